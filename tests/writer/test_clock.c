/* SPDX-License-Identifier: Apache-2.0 */
/* The writer as a whole when the clocks of its machine do what clocks should not. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

#include "tests/writer/pod.h"

#define HALF_S 300	  /* of the lifetime of 600 s that all here have */
#define ROUNDING_S 2	  /* two clocks in whole seconds */
#define AT_ONCE_MS 1100	  /* one exchange, and the second of rest after a rewrite */
#define KUBELET_SYNC_S 90 /* renewed tokens show by then */

/* As pod_expect_clean, less `wrong`: while a clock errs and nobody says so, the file errs too. */
static void expect_no_harm(const struct fake_world *w, const struct pod_life *life)
{
	cr_expect(eq(u32, w->replays, 0));
	cr_expect(eq(u32, w->torn + w->vanished, 0));
	cr_expect(eq(u32, life->crashes + life->leaks, 0));
	cr_expect(le(i64, w->fooled_ns, ROUNDING_S * NS_PER_S), "dead and served as alive: %lld s",
		  (long long)(w->fooled_ns / NS_PER_S));
}

/* A clock that stands still makes no event: that it does shows at the next refresh. */
Test(clock, a_frozen_wall_clock_costs_no_token_while_there_are_assertions)
{
	struct options o;
	AUTO(fake_world) struct fake_world *w = pod_new(&o);
	struct pod_life life;

	fake_world_at(w, 100, WORLD_FREEZE, 1);
	fake_world_at(w, 700, WORLD_FREEZE, 0);
	fake_world_at(w, 700, WORLD_STEP, 600);
	life = pod_live(w, &o, 3600);
	cr_expect(eq(i64, w->gap_ns, 0));
	cr_expect(ge(i64, w->least_left_s, HALF_S - ROUNDING_S));
	cr_expect(ge(i64, w->most_over_s, 100), "it was frozen");
	cr_expect(le(i64, w->most_over_s, HALF_S + ROUNDING_S));
	cr_expect(le(i64, w->sys->poll_calls, 100), "%lld polls", (long long)w->sys->poll_calls);
	expect_no_harm(w, &life);
}

/* The kubelet's clock is the same: it renews nothing, and the supply ends. */
Test(clock, a_frozen_wall_clock_does_not_keep_a_dead_token_alive)
{
	struct options o;
	AUTO(fake_world) struct fake_world *w = pod_new(&o);
	struct pod_life life;

	pod_log(w);
	fake_world_at(w, 100, WORLD_FREEZE, 1);
	life = pod_live(w, &o, 7200);
	cr_expect(eq(i64, fake_world_left_s(w), 0));
	cr_expect(le(u32, w->presentations, w->n_sources));
	cr_expect(le(i64, w->most_over_s, HALF_S + ROUNDING_S));
	cr_expect(ge(u32, life.starts, 2), "it gave up visibly");
	expect_no_harm(w, &life);
	fake_sys_freeze(w->sys, false);
	fake_sys_step_clock(w->sys, 7100);
	w->gap_ns = w->fooled_ns = 0;
	life = pod_live(w, &o, 3600);
	cr_expect(le(i64, w->gap_ns, (KUBELET_SYNC_S + ROUNDING_S) * NS_PER_S), "gap %lld s",
		  (long long)(w->gap_ns / NS_PER_S));
	cr_expect(eq(u32, pod_log_lines(w, "another lifetime than planned"), 0));
	expect_no_harm(w, &life);
}

Test(clock, a_step_back_does_not_bring_a_dead_token_back_to_life)
{
	struct options o;
	AUTO(fake_world) struct fake_world *w = pod_new(&o);
	struct pod_life life;

	fake_world_at(w, 100, WORLD_ANSWERS, WORLD_NOT_SENT);
	fake_world_at(w, 700, WORLD_STEP, -3600);
	life = pod_live(w, &o, 1500);
	cr_expect(eq(i64, fake_world_left_s(w), 0));
	pod_expect_clean(w, &life);
	expect_no_harm(w, &life);
}

/* By the time that it wakes, its token or its assertions too may be dead. */
Test(clock, a_suspended_machine_goes_on_at_once_when_it_wakes)
{
	static const struct {
		int64_t s, gap_ms;
	} sleeps[] = { { 60, 0 }, { 350, 0 }, { 700, AT_ONCE_MS }, { 1000, AT_ONCE_MS },
		       { 1200, KUBELET_SYNC_S * 1000 + AT_ONCE_MS },
		       { 86400, KUBELET_SYNC_S * 1000 + AT_ONCE_MS } };

	for (size_t i = 0; i < COUNTOF(sleeps); i++) {
		for (int told = 0; told < 2; told++) {
			struct options o;
			AUTO(fake_world) struct fake_world *w = pod_new(&o);
			struct pod_life life;

			fake_world_at(w, 100, WORLD_SUSPEND, sleeps[i].s);
			if (told) /* a kernel may cancel the timer of the wall clock, too */
				fake_world_at(w, 100, WORLD_STEP, 0);
			life = pod_live(w, &o, sleeps[i].s + 1200);
			cr_expect(le(i64, w->gap_ns, sleeps[i].gap_ms * NS_PER_MS),
				  "%lld s: %lld ms without a token", (long long)sleeps[i].s,
				  (long long)(w->gap_ns / NS_PER_MS));
			cr_expect(ge(i64, fake_world_left_s(w), HALF_S - ROUNDING_S));
			cr_expect(eq(u32, life.starts, 1), "no restart");
			pod_expect_clean(w, &life);
			expect_no_harm(w, &life);
		}
	}
}

/* Refused when it fell asleep, and what was wrong is mended when it wakes: it tries, and does not end. */
Test(clock, a_refusal_from_before_a_suspend_is_not_the_last_word)
{
	struct options o;
	AUTO(fake_world) struct fake_world *w = pod_new(&o);
	struct pod_life life;

	fake_world_at(w, 100, WORLD_ANSWERS, WORLD_DENY);
	fake_world_at(w, 310, WORLD_SUSPEND, 600);
	fake_world_at(w, 320, WORLD_ANSWERS, -1);
	life = pod_live(w, &o, 1500);
	cr_expect(eq(u32, life.starts, 1));
	cr_expect(le(i64, w->gap_ns, AT_ONCE_MS * NS_PER_MS), "%lld ms",
		  (long long)(w->gap_ns / NS_PER_MS));
	pod_expect_clean(w, &life);
	expect_no_harm(w, &life);
}

/* Between any two steps of a start and two refreshes, for S seconds. Returns at how many calls. */
static unsigned suspend_everywhere(int64_t s)
{
	unsigned points = 0;

	for (bool hit = true; hit; points += hit) {
		struct options o;
		AUTO(fake_world) struct fake_world *w = pod_new(&o);
		struct pod_life life;

		w->latency_ms = 3000;
		w->sys->sleep.nth = points + 1;
		w->sys->sleep.s = s;
		fake_world_at(w, 350, WORLD_SIGNAL, SIGTERM);
		(void)pod_run(w, &o);
		hit = w->sys->sleep.hit;
		w->sys->sleep.nth = 0;
		life = pod_live(w, &o, KUBELET_SYNC_S + 10);
		cr_expect(ge(i64, fake_world_left_s(w), HALF_S - ROUNDING_S), "call %u, %lld s",
			  points + 1, (long long)s);
		pod_expect_clean(w, &life);
		expect_no_harm(w, &life);
	}
	return points;
}

Test(clock, a_suspend_at_any_system_call_does_no_harm)
{
	static const int64_t sleeps[] = { 5, 1200 };

	for (size_t i = 0; i < COUNTOF(sleeps); i++) {
		unsigned points = suspend_everywhere(sleeps[i]);

		printf("suspended for %lld s at each of %u system calls\n", (long long)sleeps[i],
		       points);
		cr_expect(ge(u32, points, 150));
	}
}
