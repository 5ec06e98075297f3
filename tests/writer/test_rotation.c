/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rotations one after another, in virtual time but with real files, while eight
 * processes read the directory as SDKs do, and access-token as scripts do. The full run, some minutes long:
 *	ROTATIONS=100000 build/tests/rel/writer --filter 'rotation/ *'	(without the blank)
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/creddir.h"
#include "tests/writer/pod.h"

#define READERS 8
#define DEFAULT_ROTATIONS 1000

struct reads {
	volatile bool stop;
	struct {
		volatile unsigned long all, refused, missing, expired;
		volatile unsigned long tokens, torn; /* of the file access-token */
	} by[READERS];
};

/* The number of the token in access-token; -1 when what is there is not a whole one, -2 no file. */
static long read_token(const struct fake_world *w, const char *path)
{
	static const char start[] = "sk-ant-oat01-";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[64] = "", *end;
	unsigned long number;
	ssize_t n;

	if (fd < 0)
		return errno == ENOENT ? -2 : -1;
	n = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	if (n <= 0 || strncmp(text, start, strlen(start)) != 0)
		return -1;
	number = strtoul(text + strlen(start), &end, 10);
	if (end == text + strlen(start) || end != text + n ||
	    number >= __atomic_load_n(&w->n_tokens, __ATOMIC_ACQUIRE))
		return -1;
	return (long)number;
}

/* The clock is read first: what is read after that must still be valid then. */
static void read_on(struct fake_world *w, struct reads *r, int i)
{
	struct sys real = sys_real();
	struct creddir c;
	struct wall now;
	char path[200];
	long number;

	(void)snprintf(path, sizeof(path), "%s/access-token", w->out);
	while (!r->stop) {
		now.s = (__atomic_load_n(&w->sys->boot_ns, __ATOMIC_ACQUIRE) +
			 w->sys->wall_off_ns) /
			NS_PER_S;
		creddir_judge(&real, w->out, CREDDIR_PROFILE, getuid(), now, 30, &c);
		r->by[i].all++;
		r->by[i].refused += c.state == CREDDIR_REFUSED;
		r->by[i].missing += c.state == CREDDIR_NONE;
		r->by[i].expired += c.state == CREDDIR_EXPIRED;
		number = read_token(w, path);
		r->by[i].tokens++;
		r->by[i].torn += number == -1;
		r->by[i].missing += number == -2;
		r->by[i].expired += number >= 0 && w->token_end_s[number % WORLD_SEEN_MAX] <= now.s + 30;
	}
	_exit(0);
}

static void start_readers(struct fake_world *w, struct reads *r, pid_t *pids)
{
	for (int i = 0; i < READERS; i++) {
		pids[i] = fork();
		cr_assert(pids[i] >= 0);
		if (pids[i] == 0) {
			(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
			read_on(w, r, i);
		}
	}
}

static void stop_readers(struct reads *r, const pid_t *pids)
{
	r->stop = true;
	for (int i = 0; i < READERS; i++)
		cr_expect(eq(int, waitpid(pids[i], NULL, 0), pids[i]));
}

Test(rotation, eight_readers_never_see_a_torn_or_expired_file)
{
	const char *wish = getenv("ROTATIONS");
	unsigned rotations = wish ? (unsigned)strtoul(wish, NULL, 10) : DEFAULT_ROTATIONS;
	struct fake_world *w = fake_world_new(6, 1200, 600);
	struct options o = pod_options(w);
	struct reads *r = mmap(NULL, sizeof(*r), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			       -1, 0);
	unsigned long all = 0, torn = 0, refused = 0, missing = 0, expired = 0;
	struct pod_life life;
	pid_t pids[READERS];

	cr_assert(r != MAP_FAILED);
	w->watch_files = false;
	o.log_level = LOG_LEVEL_ERROR;
	(void)pod_live(w, &o, 10);
	start_readers(w, r, pids);
	life = pod_live(w, &o, 300 * (int64_t)rotations);
	stop_readers(r, pids);
	for (int i = 0; i < READERS; i++) {
		all += r->by[i].all + r->by[i].tokens;
		torn += r->by[i].torn;
		refused += r->by[i].refused;
		missing += r->by[i].missing;
		expired += r->by[i].expired;
		cr_expect(r->by[i].all > 0 && r->by[i].tokens > 0, "reader %d read", i);
	}
	printf("rotation: %u rotations, %lu reads by %d readers: torn %lu, refused %lu, "
	       "missing %lu, expired %lu, replays %u\n", w->grants, all, READERS, torn, refused, missing,
	       expired, w->replays);
	cr_expect(ge(u32, w->grants, rotations));
	cr_expect(eq(u64, torn + refused + missing + expired, 0));
	cr_expect(eq(u32, w->replays + life.crashes + life.leaks, 0));
	cr_expect(eq(int, munmap(r, sizeof(*r)), 0));
	fake_world_free(w);
}
