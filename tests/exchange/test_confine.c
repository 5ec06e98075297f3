/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/attr.h"
#include "exchange/confine.h"
#include "tests/support/skip.h"

#define KERNEL_LACKS_IT 77

/* Each returns whether a confined process may do it. */
static bool read_hosts(void)
{
	AUTO(close) int fd = open("/etc/hosts", O_RDONLY);

	return fd >= 0;
}

static bool write_file(void)
{
	AUTO(close) int fd = open("/dev/null", O_WRONLY);

	return fd >= 0;
}

static bool read_passwd(void)
{
	AUTO(close) int fd = open("/etc/passwd", O_RDONLY);

	return fd >= 0;
}

static bool make_file(void)
{
	AUTO(close) int fd = open("/tmp", O_TMPFILE | O_RDWR, 0600);

	return fd >= 0;
}

static bool run_program(void)
{
	char *const argv[] = { NULL };

	(void)execve("/nonexistent", argv, argv);
	return errno == ENOENT;
}

static bool make_process(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid > 0;
}

static bool trace_parent(void)
{
	return ptrace(PTRACE_PEEKDATA, getppid(), NULL, NULL) < 0 && errno == ESRCH; /* not attached */
}

static bool signal_parent(void)
{
	return kill(getppid(), 0) == 0;
}

static bool open_socket(void)
{
	AUTO(close) int fd = socket(AF_INET, SOCK_STREAM, 0);
	const struct sockaddr_in nobody = { .sin_family = AF_INET, .sin_port = htons(1),
					    .sin_addr = { htonl(INADDR_LOOPBACK) } };

	return fd >= 0 && connect(fd, (const struct sockaddr *)&nobody, sizeof(nobody)) < 0 &&
	       errno == ECONNREFUSED;
}

static const struct {
	const char *name;
	bool (*may)(void);
	bool want;
} deeds[] = {
	{ "read /etc/hosts", read_hosts, true },
	{ "connect a socket", open_socket, true },
	{ "write a file", write_file, false },
	{ "read another file", read_passwd, false },
	{ "make a file", make_file, false },
	{ "run a program", run_program, false },
	{ "make a process", make_process, false },
	{ "trace its parent", trace_parent, false },
	{ "signal its parent", signal_parent, false },
};

/* Exit status of a child that may do DEED, confined or not. */
static int child(size_t deed, bool confined)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0) {
		if (confined && confine_late())
			_exit(KERNEL_LACKS_IT);
		_exit(deeds[deed].may() ? 1 : 0);
	}
	cr_assert(eq(int, waitpid(pid, &status, 0), pid));
	cr_assert(eq(int, !!WIFEXITED(status), 1), "%s", deeds[deed].name);
	return WEXITSTATUS(status);
}

Test(confine, leaves_hosts_and_sockets_alone)
{
	for (size_t i = 0; i < COUNTOF(deeds); i++) {
		int may = child(i, true);

		cr_expect(eq(int, child(i, false), 1), "%s, unconfined", deeds[i].name);
		if (may == KERNEL_LACKS_IT && !(skip_has_landlock() && skip_has_seccomp()))
			SKIP("confine/leaves_hosts_and_sockets_alone: no Landlock or seccomp here");
		cr_expect(eq(int, may, deeds[i].want), "%s", deeds[i].name);
	}
}

Test(confine, early_clears_the_environment_and_outlives_a_closed_pipe)
{
	int ends[2];

	cr_assert(eq(int, pipe(ends), 0));
	(void)setenv("HTTPS_PROXY", "http://127.0.0.1:1", 1);
	confine_early();
	cr_expect(eq(ptr, getenv("HTTPS_PROXY"), NULL));
	(void)close(ends[0]);
	cr_expect(eq(int, (int)write(ends[1], "x", 1), -1));
	cr_expect(eq(int, errno, EPIPE));
	(void)close(ends[1]);
}
