/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rotations one after another, in virtual time but with real files, while eight
 * processes read the directory as SDKs do. The full run, some minutes long:
 *	ROTATIONS=100000 build/tests/rel/writer --filter 'rotation/ *'	(without the blank)
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
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
	} by[READERS];
};

/* The clock is read first: what is read after that must still be valid then. */
static void read_on(struct fake_world *w, struct reads *r, int i)
{
	struct sys real = sys_real();
	struct creddir c;
	struct wall now;

	while (!r->stop) {
		now.s = (__atomic_load_n(&w->sys->boot_ns, __ATOMIC_ACQUIRE) +
			 w->sys->wall_off_ns) /
			NS_PER_S;
		creddir_judge(&real, w->out, CREDDIR_PROFILE, getuid(), now, 30, &c);
		r->by[i].all++;
		r->by[i].refused += c.state == CREDDIR_REFUSED;
		r->by[i].missing += c.state == CREDDIR_NONE;
		r->by[i].expired += c.state == CREDDIR_EXPIRED;
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
	unsigned long all = 0, refused = 0, missing = 0, expired = 0;
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
		all += r->by[i].all;
		refused += r->by[i].refused;
		missing += r->by[i].missing;
		expired += r->by[i].expired;
		cr_expect(r->by[i].all > 0, "reader %d read", i);
	}
	printf("rotation: %u rotations, %lu reads by %d readers: refused %lu, missing %lu, "
	       "expired %lu, "
	       "replays %u\n", w->grants, all, READERS, refused, missing, expired, w->replays);
	cr_expect(ge(u32, w->grants, rotations));
	cr_expect(eq(u64, refused + missing + expired, 0));
	cr_expect(eq(u32, w->replays + life.crashes + life.leaks, 0));
	cr_expect(eq(int, munmap(r, sizeof(*r)), 0));
	fake_world_free(w);
}
