/* SPDX-License-Identifier: Apache-2.0 */
/* The writer as a whole, in virtual time, around the events of a pod's life. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <signal.h>

#include "tests/writer/pod.h"

static void check_clean(const struct fake_world *w, const struct pod_life *life)
{
	cr_expect(eq(u32, w->replays, 0), "replays");
	cr_expect(eq(u32, w->torn, 0), "torn or refused files");
	cr_expect(eq(u32, w->vanished, 0), "files that vanished");
	cr_expect(eq(u32, w->wrong, 0), "expires_at beyond the truth");
	cr_expect(eq(u32, life->crashes, 0), "crashes");
	cr_expect(eq(u32, life->leaks, 0), "leaks");
}

Test(serve, keeps_the_credential_fresh_for_two_hours)
{
	struct fake_world *w = fake_world_new(6, 1200, 600);
	struct options o = pod_options(w);
	struct pod_life life = pod_live(w, &o, 7200);

	check_clean(w, &life);
	cr_expect(eq(int, life.last, 0));
	cr_expect(eq(i64, w->gap_ns, 0));
	cr_expect(ge(i64, w->least_left_s, 290), "least left %lld", (long long)w->least_left_s);
	cr_expect(le(u32, w->presentations, 28), "%u exchanges", w->presentations);
	/* Start, refresh, store: a handful of wake-ups for each, none in between. */
	cr_expect(le(i64, w->sys->poll_calls, 8 * (int64_t)w->presentations), "%lld polls",
		  (long long)w->sys->poll_calls);
	fake_world_free(w);
}
