/* SPDX-License-Identifier: Apache-2.0 */
/* The writer as a whole, in virtual time, through the ordinary events of a pod's life. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <signal.h>
#include <stdio.h>

#include "tests/writer/pod.h"

/*
 * Whatever the course of chance, when nothing fails:
 * - assertions of 3600 s never end so soon that a grant of 600 s is cut (the kubelet
 *   replaces them with 630 s left), and each refresh comes at half of the life: 300;
 * - of those of 1200 s, the kubelet replaces the last with 150 s left, which is worth
 *   300 s. One is spent if it buys a quarter of 600 s, so the shortest grant is 450 s,
 *   refreshed at 225; and the longest wait, from 225 s left to the kubelet's 150,
 *   leaves 225 of the 300 too.
 * One second less: the bounds are in whole ones.
 */
static const struct supply_row {
	int64_t e_s, least_s;
	unsigned n;
} supplies[] = { { 3600, 299, 13 }, { 1200, 224, 6 } };

/* The least time that was ever left, in seconds. */
static int64_t live_two_hours(const struct supply_row *row, uint64_t chance)
{
	AUTO(fake_world) struct fake_world *w = fake_world_new(row->n, row->e_s, 600);
	struct options o = pod_options(w);
	struct pod_life life;
	char uid[32];

	w->chance ^= chance * UINT64_C(0xbf58476d1ce4e5b9);
	(void)snprintf(uid, sizeof(uid), "pod-%u", (unsigned)chance);
	o.pod_uid = uid;
	life = pod_live(w, &o, 7200);
	pod_expect_clean(w, &life);
	cr_expect(eq(int, life.last, 0));
	cr_expect(eq(i64, w->gap_ns, 0));
	cr_expect(le(u32, w->presentations, 28), "%u exchanges", w->presentations);
	/* Start, refresh, store: a handful of wake-ups for each, none in between. */
	cr_expect(le(i64, w->sys->poll_calls, 4 * (int64_t)w->presentations), "%lld polls",
		  (long long)w->sys->poll_calls);
	return w->least_left_s;
}

Test(serve, keeps_the_credential_fresh_for_two_hours)
{
	for (size_t i = 0; i < sizeof(supplies) / sizeof(supplies[0]); i++)
		for (uint64_t chance = 0; chance < 10; chance++)
			cr_expect(live_two_hours(&supplies[i], chance) >= supplies[i].least_s,
				  "E %lld, chance %u", (long long)supplies[i].e_s,
				  (unsigned)chance);
}

Test(serve, keeps_a_good_file_over_a_restart_without_an_exchange)
{
	struct options o;
	AUTO(fake_world) struct fake_world *w = pod_new(&o);
	struct pod_life life;

	(void)pod_live(w, &o, 100);
	cr_expect(eq(u32, w->presentations, 1));
	life = pod_live(w, &o, 100);
	cr_expect(eq(u32, w->presentations, 1));
	pod_expect_clean(w, &life);
}

Test(serve, ends_with_0_on_every_stop_signal)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGWINCH, SIGUSR1, 37 };

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		struct options o;
		AUTO(fake_world) struct fake_world *w = pod_new(&o);

		fake_world_at(w, 30, WORLD_SIGNAL, signals[i]);
		cr_expect(eq(int, pod_run(w, &o), 0), "signal %d", signals[i]);
		cr_expect(le(i64, w->sys->boot_ns / NS_PER_S, 1031), "signal %d", signals[i]);
	}
}

Test(serve, native_sidecar_stops_at_once_even_during_an_exchange)
{
	struct options o;
	AUTO(fake_world) struct fake_world *w = pod_new(&o);

	w->script[0] = WORLD_HANG;
	w->n_script = 1;
	fake_world_at(w, 3, WORLD_SIGNAL, SIGTERM);
	cr_expect(eq(int, pod_run(w, &o), 0));
	cr_expect(le(i64, w->sys->boot_ns / NS_PER_S, 1004));
}

Test(serve, classic_sidecar_refreshes_once_more_when_too_little_is_left)
{
	static const struct {
		int64_t stop_s, grace_s;
		unsigned want;
	} rows[] = { { 100, 30, 1 }, { 100, 550, 2 }, { 250, 550, 2 } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct options o;
		AUTO(fake_world) struct fake_world *w = pod_new(&o);
		struct pod_life life;

		o.classic = true;
		o.grace_s = rows[i].grace_s;
		life = pod_live(w, &o, rows[i].stop_s);
		cr_expect(eq(u32, w->presentations, rows[i].want), "row %zu", i);
		cr_expect(ge(i64, fake_world_left_s(w), rows[i].grace_s - 1), "row %zu", i);
		pod_expect_clean(w, &life);
	}
}

Test(serve, once_ends_when_there_is_a_credential)
{
	AUTO(fake_world) struct fake_world *w = fake_world_new(2, 1200, 600);
	struct options o = pod_options(w);

	o.verb = VERB_ONCE;
	w->script[0] = WORLD_NOT_SENT;
	w->script[1] = WORLD_TRANSIENT;
	w->n_script = 2;
	cr_expect(eq(int, pod_run(w, &o), 0));
	cr_expect(ge(i64, fake_world_left_s(w), 595));
	cr_expect(eq(int, pod_run(w, &o), 0), "and again, with nothing to do");
	cr_expect(eq(u32, w->presentations, 2));
}

Test(serve, sets_expires_at_right_after_a_clock_step_without_an_exchange)
{
	static const int64_t steps[] = { 600, -600, 5, -86400 };

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct options o;
		AUTO(fake_world) struct fake_world *w = pod_new(&o);
		struct pod_life life;

		fake_world_at(w, 100, WORLD_STEP, steps[i]);
		fake_world_at(w, 150, WORLD_STEP, -steps[i]);
		life = pod_live(w, &o, 200);
		cr_expect(eq(u32, w->presentations, 1), "%lld", (long long)steps[i]);
		cr_expect(eq(i64, w->gap_ns, 0), "%lld", (long long)steps[i]);
		pod_expect_clean(w, &life);
	}
}

Test(serve, takes_one_file_as_its_source)
{
	AUTO(fake_world) struct fake_world *w = fake_world_new(1, 600, 600);
	struct options o = pod_options(w);
	struct pod_life life;
	char path[200];

	(void)snprintf(path, sizeof(path), "%s/..data/assertion-0", w->assertions);
	o.assertions = path;
	o.source = SOURCE_FILE;
	life = pod_live(w, &o, 100);
	cr_expect(eq(u32, w->grants, 1));
	pod_expect_clean(w, &life);
}

/* Where the kernel has no Landlock, as here; with it, program.sh has the writer end. */
Test(serve, notices_that_the_directory_of_the_assertions_was_replaced)
{
	struct options o;
	AUTO(fake_world) struct fake_world *w = pod_new(&o);
	struct pod_life life;

	fake_world_at(w, 100, WORLD_REPLACE_DIR, 0);
	life = pod_live(w, &o, 7200);
	cr_expect(eq(i64, w->gap_ns, 0));
	pod_expect_clean(w, &life);
}

Test(serve, says_once_that_the_nodes_clock_is_off)
{
	struct options o;
	AUTO(fake_world) struct fake_world *w = pod_new(&o);

	pod_log(w);
	fake_world_at(w, 50, WORLD_STEP, 100);
	(void)pod_live(w, &o, 3600);
	cr_expect(eq(u32, pod_log_lines(w, "this node's clock is off"), 1));
}

Test(serve, says_once_what_the_exchange_is_not_confined_by)
{
	struct options o;
	AUTO(fake_world) struct fake_world *w = pod_new(&o);

	pod_log(w);
	w->unconfined = true;
	(void)pod_live(w, &o, 1000);
	cr_expect(ge(u32, w->grants, 3));
	cr_expect(eq(u32, pod_log_lines(w, "\"confinement incomplete on this kernel\","
					   "\"exchange_lacks\":\"landlock\""), 1));
}
