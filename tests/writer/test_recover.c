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

/* {"iat":8000000000,"exp":8000000600}, the Nth of its kind. */
static void put_hostile_token(const struct fake_world *w, unsigned n)
{
	char text[200];

	(void)snprintf(text, sizeof(text),
		       "eyJhbGciOiJSUzI1NiJ9.eyJpYXQiOjgwMDAwMDAwMDAsImV4cCI6ODAwMDAwMDYwMH0.%022uAAAAAAAA",
		       n);
	put_token(w, text);
}

/* Grants of 12 s: there is always reason to spend what can be spent. */
static struct fake_world *file_world(struct options *o)
{
	struct fake_world *w = fake_world_new(1, 600, 12);

	w->allow_short = true;
	*o = pod_options(w);
	o->source = SOURCE_FILE;
	o->assertions = token_path(w);
	return w;
}

Test(recover, an_assertion_from_the_future_makes_it_forget_none_that_was_spent)
{
	struct options o;
	struct fake_world *w = file_world(&o);
	struct pod_life life;
	char honest[512];

	put_token(w, honest_token(w, honest, sizeof(honest)));
	(void)pod_live(w, &o, 5);
	cr_expect(eq(u32, w->grants, 1));
	put_hostile_token(w, 0);
	(void)pod_live(w, &o, 20);
	cr_expect(eq(u32, w->presentations, 2), "it was tried");
	put_token(w, honest);
	life = pod_live(w, &o, 60);
	cr_expect(eq(u32, w->presentations, 2));
	pod_expect_clean(w, &life);
	fake_world_free(w);
}

Test(recover, assertions_from_the_future_do_not_fill_the_ledger_for_ever)
{
	struct options o;
	struct fake_world *w = file_world(&o);
	struct pod_life life;
	char honest[512];

	put_token(w, honest_token(w, honest, sizeof(honest)));
	(void)pod_live(w, &o, 5);
	for (unsigned i = 0; i < 40; i++) {
		put_hostile_token(w, i);
		(void)pod_live(w, &o, 8);
	}
	cr_expect(ge(u32, w->presentations, 40));
	put_token(w, honest);
	(void)pod_live(w, &o, 20);
	cr_expect(eq(u32, w->grants, 1), "the spent one is not forgotten");
	(void)pod_live(w, &o, 400); /* until the kubelet has a new one */
	put_token(w, honest_token(w, honest, sizeof(honest)));
	life = pod_live(w, &o, 5);
	cr_expect(eq(u32, w->grants, 2));
	pod_expect_clean(w, &life);
	fake_world_free(w);
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
