/* SPDX-License-Identifier: Apache-2.0 */
/* What the writer makes of a lost ledger, a useless grant and an early stop. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>

#include "tests/writer/pod.h"

static void spoil_ledger(const struct fake_world *w)
{
	char path[256];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/.wif/ledger", w->out);
	f = fopen(path, "w");
	cr_assert(ne(ptr, f, NULL));
	(void)fputs("wif-ledger 1\nspent", f);
	(void)fclose(f);
}

Test(recover, a_lost_ledger_spends_what_is_present_whatever_the_clock_says)
{
	static const int64_t steps[] = { 0, -600, 600 };

	for (size_t i = 0; i < COUNTOF(steps); i++) {
		struct fake_world *w = fake_world_new(6, 1200, 600);
		struct options o = pod_options(w);
		unsigned before;

		fake_world_at(w, 400, WORLD_STEP, steps[i] ? steps[i] : 1);
		fake_world_at(w, 410, WORLD_SIGNAL, SIGTERM);
		cr_expect(eq(int, pod_run(w, &o), 0));
		before = w->presentations;
		spoil_ledger(w);
		(void)pod_live(w, &o, 60);
		cr_expect(eq(u32, w->presentations, before), "step %lld", (long long)steps[i]);
		(void)pod_live(w, &o, 3600);
		cr_expect(w->presentations > before + 5, "it goes on with new ones");
		cr_expect(eq(u32, w->replays, 0), "step %lld", (long long)steps[i]);
		fake_world_free(w);
	}
}

Test(recover, orphans_are_reaped_and_none_is_taken_for_the_exchange)
{
	/* Before the exchange ends after 3 s, with it, and while nothing runs. */
	static const struct {
		int64_t at_s, n;
	} ends[] = { { 1, 1 }, { 2, 3 }, { 3, 2 }, { 100, 1 }, { 200, 20 } };
	struct fake_world *w = fake_world_new(6, 1200, 600);
	struct options o = pod_options(w);
	struct pod_life life;

	w->latency_ms = 3000;
	for (size_t i = 0; i < COUNTOF(ends); i++)
		fake_world_at(w, ends[i].at_s, WORLD_ORPHANS, ends[i].n);
	life = pod_live(w, &o, 250);
	cr_expect(eq(u32, w->sys->orphans, 0));
	cr_expect(eq(u32, w->presentations, 1), "one exchange, heard to its end");
	cr_expect(ge(i64, fake_world_left_s(w), 300));
	pod_expect_clean(w, &life);
	fake_world_free(w);
}

Test(recover, a_grant_that_is_no_use_does_not_burn_the_supply)
{
	struct fake_world *w = fake_world_new(6, 1200, 600);
	struct options o = pod_options(w);
	unsigned before;

	fake_world_at(w, 100, WORLD_SIGNAL, SIGTERM);
	cr_expect(eq(int, pod_run(w, &o), 0));
	w->lifetime_s = 60; /* the rule was changed; the file has 500 s left */
	before = w->presentations;
	(void)pod_live(w, &o, 240); /* due after 170 to 200 s */
	cr_expect(ge(u32, w->presentations - before, 1));
	cr_expect(le(u32, w->presentations - before, 3));
	cr_expect(eq(u32, w->replays, 0));
	fake_world_free(w);
}

Test(recover, once_that_is_stopped_without_a_credential_has_failed)
{
	struct fake_world *w = fake_world_new(2, 1200, 600);
	struct options o = pod_options(w);

	o.verb = VERB_ONCE;
	w->answer = WORLD_NOT_SENT;
	fake_world_at(w, 5, WORLD_SIGNAL, SIGTERM);
	cr_expect(eq(int, pod_run(w, &o), 111));
	fake_world_free(w);
}
