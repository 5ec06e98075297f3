/* SPDX-License-Identifier: Apache-2.0 */
/* What the writer makes of a lost ledger, a useless grant and an early stop. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <signal.h>
#include <stdio.h>

#include "tests/writer/pod.h"

Test(recover, a_lost_ledger_spends_what_is_present_whatever_the_clock_says)
{
	static const int64_t steps[] = { 0, -600, 600 };

	for (size_t i = 0; i < COUNTOF(steps); i++) {
		struct options o;
		AUTO(fake_world) struct fake_world *w = pod_new(&o);
		unsigned before;

		fake_world_at(w, 400, WORLD_STEP, steps[i] ? steps[i] : 1);
		fake_world_at(w, 410, WORLD_SIGNAL, SIGTERM);
		cr_expect(eq(int, pod_run(w, &o), 0));
		before = w->presentations;
		pod_spoil(w, ".wif/ledger", "wif-ledger 1\nspent");
		(void)pod_live(w, &o, 60);
		cr_expect(eq(u32, w->presentations, before), "step %lld", (long long)steps[i]);
		(void)pod_live(w, &o, 3600);
		cr_expect(w->presentations > before + 5, "it goes on with new ones");
		cr_expect(eq(u32, w->replays, 0), "step %lld", (long long)steps[i]);
	}
}

static const char *token_path(const struct fake_world *w)
{
	static char path[200];

	(void)snprintf(path, sizeof(path), "%s/token", w->dir);
	return path;
}

static void put_token(const struct fake_world *w, const char *text)
{
	FILE *f = fopen(token_path(w), "we");

	cr_assert(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

/* The token that the world's kubelet has now. */
static const char *honest_token(const struct fake_world *w, char *text, int size)
{
	char path[200];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/..data/assertion-0", w->assertions);
	f = fopen(path, "re");
	cr_assert(f && fgets(text, size, f) && fclose(f) == 0);
	return text;
}

/* One file for a source, its first token spent; grants of 12 s: always reason to spend more. */
static struct fake_world *file_world(struct options *o, char *honest, int size)
{
	struct fake_world *w = fake_world_new(1, 600, 12);

	w->allow_short = true;
	*o = pod_options(w);
	o->source = SOURCE_FILE;
	o->assertions = token_path(w);
	put_token(w, honest_token(w, honest, size));
	(void)pod_live(w, o, 5);
	cr_expect(eq(u32, w->grants, 1));
	return w;
}

/* Let it have the Nth token of {"iat":8000000000,"exp":8000000600} for S seconds. */
static void live_hostile(struct fake_world *w, const struct options *o, unsigned n, int64_t s)
{
	char text[200];

	(void)snprintf(text, sizeof(text),
		       "eyJhbGciOiJSUzI1NiJ9.eyJpYXQiOjgwMDAwMDAwMDAsImV4cCI6ODAwMDAwMDYwMH0."
		       "%022uAAAAAAAA", n);
	put_token(w, text);
	(void)pod_live(w, o, s);
}

Test(recover, an_assertion_from_the_future_makes_it_forget_none_that_was_spent)
{
	struct options o;
	char honest[512];
	AUTO(fake_world) struct fake_world *w = file_world(&o, honest, sizeof(honest));
	struct pod_life life;

	live_hostile(w, &o, 0, 20);
	cr_expect(eq(u32, w->presentations, 2), "it was tried");
	put_token(w, honest);
	life = pod_live(w, &o, 60);
	cr_expect(eq(u32, w->presentations, 2));
	pod_expect_clean(w, &life);
}

Test(recover, assertions_from_the_future_do_not_fill_the_ledger_for_ever)
{
	struct options o;
	char honest[512];
	AUTO(fake_world) struct fake_world *w = file_world(&o, honest, sizeof(honest));
	struct pod_life life;

	for (unsigned i = 0; i < 40; i++)
		live_hostile(w, &o, i, 8);
	cr_expect(ge(u32, w->presentations, 40));
	put_token(w, honest);
	(void)pod_live(w, &o, 20);
	cr_expect(eq(u32, w->grants, 1), "the spent one is not forgotten");
	(void)pod_live(w, &o, 400); /* until the kubelet has a new one */
	put_token(w, honest_token(w, honest, sizeof(honest)));
	life = pod_live(w, &o, 5);
	cr_expect(eq(u32, w->grants, 2));
	pod_expect_clean(w, &life);
}

Test(recover, orphans_are_reaped_and_none_is_taken_for_the_exchange)
{
	/* Before the exchange ends after 3 s, with it, and while nothing runs. */
	static const struct {
		int64_t at_s, n;
	} ends[] = { { 1, 1 }, { 2, 3 }, { 3, 2 }, { 100, 1 }, { 200, 20 } };
	struct options o;
	AUTO(fake_world) struct fake_world *w = pod_new(&o);
	struct pod_life life;

	w->latency_ms = 3000;
	for (size_t i = 0; i < COUNTOF(ends); i++)
		fake_world_at(w, ends[i].at_s, WORLD_ORPHANS, ends[i].n);
	life = pod_live(w, &o, 250);
	cr_expect(eq(u32, w->sys->orphans, 0));
	cr_expect(eq(u32, w->presentations, 1), "one exchange, heard to its end");
	cr_expect(ge(i64, fake_world_left_s(w), 300));
	pod_expect_clean(w, &life);
}

Test(recover, a_grant_that_is_no_use_does_not_burn_the_supply)
{
	struct options o;
	AUTO(fake_world) struct fake_world *w = pod_new(&o);
	unsigned before;

	fake_world_at(w, 100, WORLD_SIGNAL, SIGTERM);
	cr_expect(eq(int, pod_run(w, &o), 0));
	w->lifetime_s = 60; /* the rule was changed; the file has 500 s left */
	before = w->presentations;
	(void)pod_live(w, &o, 240); /* due after 170 to 200 s */
	cr_expect(ge(u32, w->presentations - before, 1));
	cr_expect(le(u32, w->presentations - before, 3));
	cr_expect(eq(u32, w->replays, 0));
}

Test(recover, once_that_is_stopped_without_a_credential_has_failed)
{
	AUTO(fake_world) struct fake_world *w = fake_world_new(2, 1200, 600);
	struct options o = pod_options(w);

	o.verb = VERB_ONCE;
	w->answer = WORLD_NOT_SENT;
	fake_world_at(w, 5, WORLD_SIGNAL, SIGTERM);
	cr_expect(eq(int, pod_run(w, &o), 111));
}
