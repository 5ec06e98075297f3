/* SPDX-License-Identifier: Apache-2.0 */
/* What the supervisor gives up: by the kernel where it has Landlock, else as it was asked for. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/leaks.h"
#include "tests/support/scratch.h"
#include "tests/support/skip.h"
#include "tests/writer/pod.h"
#include "writer/confine.h"
#include "writer/serve.h"

Test(confine, gives_up_what_it_can_before_anything_is_opened)
{
	struct fake_world *w = fake_world_new(1, 1200, 600);
	struct sys sys = fake_sys_ops(w->sys);
	struct options o = pod_options(w);

	w->sys->fail.op = OP_OPENAT;
	w->sys->fail.nth = 1;
	w->sys->fail.errnum = EIO;
	cr_expect(ne(int, serve(&sys, &o, -1), 0));
	cr_expect(w->sys->fail.hit);
	cr_expect(eq(u32, w->sys->calls[OP_CALL], 3), "core limit, dumpable, no_new_privs");
	fake_world_free(w);
	NO_LEAKS();
}

/* A kernel that knows Landlock and refuses each rule. */
static long refusing_call(struct sys *sys, long number, const long args[5])
{
	(void)sys;
	if (number == SYS_landlock_create_ruleset && args[0])
		return open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (number == SYS_landlock_create_ruleset)
		return 1;
	if (number == SYS_landlock_restrict_self)
		return 0;
	errno = ENOMEM;
	return -1;
}

static struct options some_options(const struct scratch *s, char *paths, size_t size)
{
	size_t n = strlen(s->path) + 32;

	cr_assert(size >= 3 * n);
	(void)snprintf(paths, n, "%s/in/token.jwt", s->path);
	(void)snprintf(paths + n, n, "%s/out", s->path);
	(void)snprintf(paths + 2 * n, n, "%s/ca/bundle.pem", s->path);
	return (struct options){ .source = SOURCE_FILE, .assertions = paths, .output = paths + n,
				 .ca_bundle = paths + 2 * n, .exchange = "/bin/sh",
				 .termination_log = "/nowhere" };
}

/* in/token.jwt is a link to real/token, as Vault's agent or a SPIFFE helper may have it. */
static struct scratch some_files(void)
{
	struct scratch s = scratch_new();

	scratch_write(&s, "real/token", "one", 0600);
	scratch_write(&s, "ca/bundle.pem", "one", 0600);
	scratch_write(&s, "secret/key", "no", 0600);
	scratch_mkdir(&s, "out");
	scratch_mkdir(&s, "in");
	cr_assert(symlink("../real/token", scratch_path(&s, "in/token.jwt")) == 0);
	return s;
}

Test(confine, a_rule_that_the_kernel_refuses_is_one_line_each)
{
	AUTO(scratch) struct scratch s = some_files();
	struct sys real = sys_real();
	struct sys_ops ops = *real.ops;
	struct sys sys = { .ops = &ops };
	char paths[512], text[8192];
	const struct options o = some_options(&s, paths, sizeof(paths));
	struct log log;
	AUTO(close) int fd = open(scratch_path(&s, "log"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	cr_assert(fd >= 0);
	ops.call = refusing_call;
	log_init(&log, &sys, fd, LOG_LEVEL_INFO);
	cr_expect(confine(&sys, &log, &o));
	(void)scratch_read(&s, "log", text, sizeof(text));
	cr_expect(strstr(text, "a Landlock rule for ") != NULL, "%s", text);
	cr_expect(strstr(text, "Cannot allocate memory") != NULL, "%s", text);
	NO_LEAKS();
}

static bool readable(const struct scratch *s, const char *name)
{
	int fd = open(scratch_path(s, name), O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		(void)close(fd);
	return fd >= 0;
}

static void replace(const struct scratch *s, const char *from, const char *to)
{
	cr_assert(rename(scratch_path(s, from), scratch_path(s, to)) == 0);
}

enum { NO_LANDLOCK = 1, SAW_TOKEN = 2, SAW_CA = 4, SAW_SECRET = 8, WROTE = 16,
       WROTE_SOURCE = 32 };

/* In a process of its own: confine it, wait until FD ends, and see what can be reached. */
static int look(const struct scratch *s, const struct options *o, int go)
{
	struct sys sys = sys_real();
	struct log log;
	int saw = 0;
	char c;

	log_init(&log, &sys, -1, LOG_LEVEL_ERROR);
	confine_early(&sys, &log);
	if (!confine(&sys, &log, o))
		return NO_LANDLOCK;
	if (write(go, "", 1) != 1 || read(go, &c, 1) != 1)
		return -1;
	saw |= readable(s, "in/token.jwt") ? SAW_TOKEN : 0;
	saw |= readable(s, "ca/bundle.pem") ? SAW_CA : 0;
	saw |= readable(s, "secret/key") ? SAW_SECRET : 0;
	saw |= open(scratch_path(s, "out/f"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600) >= 0 ? WROTE
											: 0;
	saw |= mkdir(scratch_path(s, "in/d"), 0700) == 0 ? WROTE_SOURCE : 0;
	return saw;
}

Test(confine, leaves_files_that_are_replaced_readable_and_nothing_beside)
{
	AUTO(scratch) struct scratch s = some_files();
	char paths[512], c;
	const struct options o = some_options(&s, paths, sizeof(paths));
	int pair[2], status;
	pid_t pid;

	cr_assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
	pid = fork();
	if (pid == 0)
		_exit(look(&s, &o, pair[0]));
	(void)close(pair[0]);
	if (read(pair[1], &c, 1) == 1) { /* confined by now */
		scratch_write(&s, "real/new", "two", 0600);
		scratch_write(&s, "ca/new", "two", 0600);
		replace(&s, "real/new", "real/token");
		replace(&s, "ca/new", "ca/bundle.pem");
		cr_assert(write(pair[1], "", 1) == 1);
	}
	cr_assert(waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	(void)close(pair[1]);
	if (WEXITSTATUS(status) == NO_LANDLOCK && !skip_has_landlock())
		SKIP("confine/leaves_files_that_are_replaced_readable_and_nothing_beside: no Landlock");
	cr_expect(eq(int, WEXITSTATUS(status), SAW_TOKEN | SAW_CA | WROTE));
}
