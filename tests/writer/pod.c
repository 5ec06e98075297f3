/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/writer/pod.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/writer/heap.h"
#include "writer/serve.h"

struct options pod_options(const struct fake_world *w)
{
	return (struct options){
		.verb = VERB_RUN,
		.assertions = w->assertions,
		.output = w->out,
		.exchange = "/bin/sh", /* looked at, never run */
		.base_url = OPTIONS_BASE_URL,
		.ca_bundle = "/dev/null",
		.ca_pem = "",
		.proxy = "",
		.no_proxy = "",
		.termination_log = "/dev/null",
		.rule = "fdrl_test",
		.organization = "00000000-0000-0000-0000-000000000000",
		.service_account = "svac_test",
		.workspace = "",
		.pod_uid = "pod-1",
		.source = SOURCE_PROJECTED,
		.log_level = LOG_LEVEL_DEBUG,
		.lifetime_s = w->lifetime_s,
		.timeout_ms = 10000,
	};
}

struct fake_world *pod_new(struct options *o)
{
	struct fake_world *w = fake_world_new(6, 1200, 600);

	*o = pod_options(w);
	return w;
}

static const char *log_path(const struct fake_world *w, char *path, size_t size)
{
	(void)snprintf(path, size, "%s/log", w->dir);
	return path;
}

void pod_log(const struct fake_world *w)
{
	char path[200];

	cr_assert(setenv("POD_LOG", log_path(w, path, sizeof(path)), 1) == 0);
}

unsigned pod_log_lines(const struct fake_world *w, const char *part)
{
	char path[200], line[1024];
	FILE *f = fopen(log_path(w, path, sizeof(path)), "re");
	unsigned n = 0;

	cr_assert(f != NULL);
	while (fgets(line, sizeof(line), f))
		n += strstr(line, part) != NULL;
	(void)fclose(f);
	return n;
}

void pod_spoil(const struct fake_world *w, const char *name, const char *text)
{
	char path[200];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", w->out, name);
	if (!text) {
		cr_assert(unlink(path) == 0);
		return;
	}
	f = fopen(path, "we");
	cr_assert(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

static unsigned open_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned n = 0;

	while (dir && readdir(dir))
		n++;
	if (dir)
		(void)closedir(dir);
	return n;
}

/* libc keeps what it needs to print a time: let it, before anything is counted. */
static void warm_up(void)
{
	time_t t = 0;
	struct tm tm;
	char text[32];

	if (gmtime_r(&t, &tm))
		(void)strftime(text, sizeof(text), "%Y", &tm);
}

static void be_the_process(struct fake_world *w, const struct options *o)
{
	struct sys sys = fake_sys_ops(w->sys);
	struct options mine = *o;
	const char *log = getenv("POD_LOG");
	int fd = log ? open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
	unsigned descriptors;
	long blocks;
	int status;

	(void)umask(022);
	if (fd < 0)
		fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (w->uid != getuid() && setresuid(w->uid, w->uid, w->uid) < 0)
		abort();
	warm_up();
	descriptors = open_descriptors();
	blocks = heap_blocks();
	status = serve(&sys, &mine, fd);
	if (heap_blocks() != blocks || open_descriptors() != descriptors)
		status = POD_LEAKED;
	_exit(status);
}

/* A sanitizer ends its process with a status of its own: that is a crash too. */
static bool ended_well(int status)
{
	return status == 0 || status == 100 || status == 111 || status == FAKE_KILLED ||
	       status == POD_LEAKED;
}

int pod_run(struct fake_world *w, const struct options *o)
{
	int status;
	pid_t pid;

	fake_sys_boot(w->sys);
	pid = fork();
	if (pid == 0)
		be_the_process(w, o);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		abort();
	if (!WIFEXITED(status) || !ended_well(WEXITSTATUS(status)))
		return POD_CRASHED;
	return WEXITSTATUS(status);
}

struct pod_life pod_live(struct fake_world *w, const struct options *o, int64_t s)
{
	int64_t end_ns = w->sys->boot_ns + s * NS_PER_S, pause_s = 10;
	struct pod_life life = { 0 };

	fake_world_at(w, s, WORLD_SIGNAL, SIGTERM);
	while (w->sys->boot_ns < end_ns) {
		life.starts++;
		life.last = pod_run(w, o);
		w->sys->fail.nth = w->sys->kill.nth = 0;
		life.crashes += life.last == POD_CRASHED;
		life.leaks += life.last == POD_LEAKED;
		life.kills += life.last == FAKE_KILLED;
		if (life.last == 0)
			break;
		fake_world_advance(w, w->sys->boot_ns + pause_s * NS_PER_S);
		pause_s = pause_s < 150 ? pause_s * 2 : 300;
	}
	return life;
}

void pod_expect_clean(const struct fake_world *w, const struct pod_life *life)
{
	cr_expect(eq(u32, w->replays, 0), "replays");
	cr_expect(eq(u32, w->torn, 0), "torn or refused files");
	cr_expect(eq(u32, w->vanished, 0), "files that vanished");
	cr_expect(eq(u32, w->wrong, 0), "expires_at beyond the truth");
	cr_expect(eq(u32, life->crashes, 0), "crashes");
	cr_expect(eq(u32, life->leaks, 0), "leaks");
}

static unsigned leftovers_in(const char *path)
{
	DIR *dir = opendir(path);
	const struct dirent *d;
	unsigned n = 0;

	while (dir && (d = readdir(dir)))
		n += d->d_name[0] == '.' && strlen(d->d_name) > 16;
	if (dir)
		(void)closedir(dir);
	return n;
}

unsigned pod_leftovers(const struct fake_world *w)
{
	static const char *const subs[] = { "", "/configs", "/credentials", "/.wif" };
	char path[200];
	unsigned n = 0;

	for (size_t i = 0; i < sizeof(subs) / sizeof(subs[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", w->out, subs[i]);
		n += leftovers_in(path);
	}
	return n;
}
