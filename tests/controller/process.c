/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/controller/process.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "common/attr.h"

#define WAIT_MS 30000
#define ARGS_MAX 24

struct process process_prepare(void)
{
	struct process p = { .dir = workdir_open() };
	struct workdir data = { "tests/data/config" };
	AUTO(free) char *config = workdir_read(&data, "minimal.yaml");

	workdir_write(&p.dir, "config.yaml", config);
	workdir_pair(&p.dir, "tls.crt", "tls.key", 3600);
	return p;
}

/* Standard stream FD into W/NAME. */
static bool redirect(const struct workdir *w, const char *name, int fd)
{
	AUTO(close) int to = open(workdir_path(w, name),
				  O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	return to >= 0 && dup2(to, fd) == fd;
}

static void spawn(struct process *p, const char *const *args)
{
	const char *bin = getenv("WIF_BIN_DIR");
	char program[256], values[ARGS_MAX][128], *argv[ARGS_MAX + 2] = { program };

	(void)snprintf(program, sizeof(program), "%s/wif-controller", bin ? bin : "build/asan");
	for (int i = 0; args[i]; i++) {
		cr_assert(i < ARGS_MAX);
		(void)snprintf(values[i], sizeof(values[i]), "%s%s%s",
			       *args[i] == '%' ? p->dir.path : "", *args[i] == '%' ? "/" : "",
			       args[i] + (*args[i] == '%'));
		argv[i + 1] = values[i];
	}
	p->pid = fork();
	cr_assert(p->pid >= 0);
	if (p->pid)
		return;
	/* A test that fails is gone at once: its server must go with it. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && redirect(&p->dir, "out", 1) &&
	    redirect(&p->dir, "log", 2))
		(void)execv(program, argv);
	_exit(127);
}

static void expect_no_report(struct process *p)
{
	AUTO(free) char *log = workdir_read(&p->dir, "log");

	cr_assert(!strstr(log, "Sanitizer") && !strstr(log, "runtime error:"), "%s", log);
}

static int reap(struct process *p)
{
	int status = 0;

	cr_assert(waitpid(p->pid, &status, 0) == p->pid);
	p->pid = 0;
	expect_no_report(p);
	cr_assert(WIFEXITED(status), "ended by signal %d", WTERMSIG(status));
	return WEXITSTATUS(status);
}

int process_run(struct process *p, const char *const *args)
{
	spawn(p, args);
	return reap(p);
}

/* The port file appears by a rename, or the process ends first. */
static void await_ports(struct process *p, int events)
{
	AUTO(close) int end = (int)syscall(SYS_pidfd_open, p->pid, 0);
	struct pollfd fds[] = {{.fd = events, .events = POLLIN}, {.fd = end, .events = POLLIN}};
	char drop[4096];

	while (access(workdir_path(&p->dir, "ports"), R_OK) != 0) {
		cr_assert(poll(fds, 2, WAIT_MS) > 0, "no port file");
		if (fds[1].revents) {
			AUTO(free) char *log = workdir_read(&p->dir, "log");

			cr_assert(false, "the controller did not start: %s", log);
		}
		cr_assert(read(events, drop, sizeof(drop)) > 0);
	}
}

#define ARGS_SERVE(drain)                                                                          \
	"--config", "%config.yaml", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0",  \
		"--port-file", "%ports", "--drain", drain
#define ARGS_FILES "--tls-cert", "%tls.crt", "--tls-key", "%tls.key"

static void serve(struct process *p, const char *const *args)
{
	AUTO(close) int events = inotify_init1(IN_CLOEXEC);
	AUTO(free) char *ports = NULL;

	cr_assert(inotify_add_watch(events, p->dir.path, IN_MOVED_TO) >= 0);
	spawn(p, args);
	await_ports(p, events);
	ports = workdir_read(&p->dir, "ports");
	cr_assert(sscanf(ports, "listen %d\nmetrics %d\n", &p->port, &p->metrics_port) == 2, "%s",
		  ports);
}

void process_serve(struct process *p, const char *drain)
{
	const char *const args[] = { ARGS_SERVE(drain), ARGS_FILES, "--no-cluster", NULL };

	serve(p, args);
}

void process_serve_for(struct process *p, const char *service)
{
	const char *const args[] = { ARGS_SERVE("0"), ARGS_FILES, "--no-cluster", "--service",
				     service, NULL };

	serve(p, args);
}

static void write_kubeconfig(struct process *p, int port)
{
	AUTO(free) char *text = NULL;

	cr_assert(asprintf(&text,
			   "apiVersion: v1\nkind: Config\ncurrent-context: c\n"
			   "contexts: [{name: c, context: {cluster: k, user: u}}]\n"
			   "clusters: [{name: k, cluster: {server: 'http://127.0.0.1:%d'}}]\n"
			   "users: [{name: u, user: {token: t}}]\n", port) > 0);
	workdir_write(&p->dir, "kubeconfig", text);
}

void process_follow(struct process *p, int port)
{
	const char *const args[] = { ARGS_SERVE("0"), ARGS_FILES, "--kubeconfig", "%kubeconfig",
				     NULL };

	write_kubeconfig(p, port);
	serve(p, args);
}

void process_keep(struct process *p, int port, const char *life_s)
{
	const char *const args[] = { ARGS_SERVE("0"), "--kubeconfig", "%kubeconfig", "--tls-secret",
				     "wif-tls", "--webhook-config", "claude-wif", "--service",
				     "wif-system/wif", "--tls-life", life_s, NULL };

	write_kubeconfig(p, port);
	serve(p, args);
}

int process_end(struct process *p, int signo)
{
	cr_assert(kill(p->pid, signo) == 0);
	return reap(p);
}

void process_close(struct process *p)
{
	if (p->pid) {
		(void)kill(p->pid, SIGKILL);
		(void)waitpid(p->pid, NULL, 0);
		p->pid = 0;
	}
	workdir_close(&p->dir);
}
