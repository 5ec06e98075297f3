/* SPDX-License-Identifier: Apache-2.0 */
/* The writer as a whole, in virtual time, when the endpoint or the kubelet is no help. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/text.h"
#include "tests/writer/pod.h"
#include "writer/check.h"
#include "writer/status.h"

Test(trouble, rides_out_an_endpoint_that_cannot_be_reached)
{
	struct options o;
	AUTO(fake_world) struct fake_world *w = pod_new(&o);
	struct pod_life life;
	int64_t outage_s = 1200, most_ns;

	fake_world_at(w, 600, WORLD_ANSWERS, WORLD_NOT_SENT);
	fake_world_at(w, 600 + outage_s, WORLD_ANSWERS, -1);
	life = pod_live(w, &o, 7200);
	most_ns = (outage_s - 300 + 60) * NS_PER_S;
	cr_expect(le(i64, w->gap_ns, most_ns), "gap %lld s", (long long)(w->gap_ns / NS_PER_S));
	cr_expect(ge(u32, w->not_sent, 10));
	cr_expect(ge(u32, life.starts, 2), "it gave up visibly meanwhile");
	pod_expect_clean(w, &life);
}

Test(trouble, never_gives_up_before_a_first_success)
{
	struct options o;
	AUTO(fake_world) struct fake_world *w = pod_new(&o);
	struct pod_life life;

	w->answer = WORLD_DENY;
	life = pod_live(w, &o, 7200);
	cr_expect(eq(u32, life.starts, 1));
	cr_expect(le(u32, w->presentations, 48), "no more than the kubelet brought");
	pod_expect_clean(w, &life);
}

Test(trouble, waits_for_the_kubelet_and_goes_on_when_it_is_back)
{
	struct options o;
	AUTO(fake_world) struct fake_world *w = pod_new(&o);
	struct pod_life life;

	fake_world_at(w, 10, WORLD_KUBELET, 0);
	fake_world_at(w, 3610, WORLD_KUBELET, 1);
	life = pod_live(w, &o, 5400);
	cr_expect(ge(i64, fake_world_left_s(w), 200));
	cr_expect(le(i64, w->sys->poll_calls, 200), "%lld polls", (long long)w->sys->poll_calls);
	pod_expect_clean(w, &life);
}

/* All inotify instances of the uid are taken: it looks by the clock, and says what to raise. */
Test(trouble, lives_without_inotify)
{
	static const struct {
		int64_t e_s, lifetime_s, look_s;
	} rows[] = { { 1200, 600, 60 }, { 600, 100, 10 } };

	for (size_t i = 0; i < COUNTOF(rows); i++) {
		AUTO(fake_world) struct fake_world *w =
			fake_world_new(16, rows[i].e_s, rows[i].lifetime_s);
		struct options o = pod_options(w);
		struct pod_life life;
		int64_t looks = 2 * rows[i].e_s / rows[i].look_s; /* the kubelet renews twice */

		w->sys->fail.op = OP_INOTIFY_INIT;
		w->sys->fail.errnum = EMFILE;
		w->sys->fail.nth = 1;
		w->sys->fail.times = 1000000;
		pod_log(w);
		life = pod_live(w, &o, 2 * rows[i].e_s);
		cr_expect(eq(i64, w->gap_ns, 0), "row %zu", i);
		cr_expect(ge(i64, w->sys->poll_calls, looks), "row %zu", i);
		cr_expect(le(i64, w->sys->poll_calls, looks + 5 * w->grants), "row %zu", i);
		cr_expect(w->grants > 2 * rows[i].e_s / rows[i].lifetime_s, "row %zu", i);
		cr_expect(ge(u32, pod_log_lines(w, "(fs.inotify.max_user_instances is used up)"),
			     1));
		pod_expect_clean(w, &life);
	}
}

Test(trouble, a_second_assertion_is_spent_when_the_first_was_cut_off)
{
	struct options o;
	AUTO(fake_world) struct fake_world *w = pod_new(&o);
	struct pod_life life;

	w->script[0] = WORLD_CUT_OFF;
	w->script[1] = WORLD_CRASH;
	w->script[2] = WORLD_HANG;
	w->n_script = 3;
	life = pod_live(w, &o, 400);
	cr_expect(eq(u32, w->n_seen, w->presentations), "each presentation is another assertion");
	cr_expect(ge(i64, fake_world_left_s(w), 200));
	pod_expect_clean(w, &life);
}

Test(trouble, presents_a_throttled_assertion_once_more_and_not_twice)
{
	AUTO(fake_world) struct fake_world *w = fake_world_new(1, 3600, 600);
	struct options o = pod_options(w);
	struct pod_life life;

	w->answer = WORLD_THROTTLE;
	life = pod_live(w, &o, 600);
	cr_expect(eq(u32, w->presentations, 2));
	pod_expect_clean(w, &life);
}

/* Where the last words go; the file must be there. */
static const char *make_last_words(const struct fake_world *w)
{
	static char path[200];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/termination-log", w->dir);
	f = fopen(path, "we");
	cr_assert(f && fclose(f) == 0);
	return path;
}

static void expect_last_words(const char *path, const char *start)
{
	FILE *f = fopen(path, "re");
	char text[512] = "";

	cr_assert(f && fgets(text, sizeof(text), f) && fclose(f) == 0);
	cr_expect(eq(int, strncmp(text, start, strlen(start)), 0), "%s", text);
	cr_expect(strstr(text, "request id req_") != NULL, "the audit handle is there: %s", text);
}

Test(trouble, once_gives_up_on_a_second_denial_and_says_why)
{
	AUTO(fake_world) struct fake_world *w = fake_world_new(2, 1200, 600);
	struct options o = pod_options(w);

	o.verb = VERB_ONCE;
	o.termination_log = make_last_words(w);
	w->answer = WORLD_DENY;
	cr_expect(eq(int, pod_run(w, &o), 111));
	expect_last_words(o.termination_log, "WriterDenied: no credential yet; last exchange");
}

Test(trouble, shows_an_archived_rule_by_restarts_and_recovers_without_a_hand)
{
	struct options o;
	AUTO(fake_world) struct fake_world *w = pod_new(&o);
	struct pod_life life;

	o.termination_log = make_last_words(w);
	fake_world_at(w, 100, WORLD_ANSWERS, WORLD_DENY);
	life = pod_live(w, &o, 100 + 900);
	cr_expect(ge(u32, life.starts, 2), "restarts within 10 minutes of the first expiry");
	cr_expect(eq(i64, fake_world_left_s(w), 0));
	expect_last_words(o.termination_log, "WriterDenied: the credential expired ");
	w->answer = -1;
	life = pod_live(w, &o, 3600);
	cr_expect(ge(i64, fake_world_left_s(w), 200));
	pod_expect_clean(w, &life);
}

static const char *state_of(const struct fake_world *w)
{
	struct sys sys = sys_real();
	struct status s;
	struct err e = { 0 };

	cr_assert(status_load(&sys, w->out, &s, &e) == 0, "%s", e.msg);
	return status_word(&s);
}

/* A 400: the request is wrong, so more of the same is of no use, but new assertions may be. */
Test(trouble, tries_seldom_while_misconfigured_and_at_once_with_a_new_assertion)
{
	AUTO(fake_world) struct fake_world *w = fake_world_new(16, 3600, 600);
	struct options o = pod_options(w);
	struct pod_life life;
	int64_t granted_s;

	w->answer = WORLD_MALFORMED;
	fake_world_at(w, 890, WORLD_ANSWERS, -1);
	for (unsigned i = 0; i < w->n_sources; i++)
		w->token[i].renew_s = w->token[i].iat_s + 900;
	life = pod_live(w, &o, 1000);
	cr_expect(eq(u32, life.starts, 1), "before a first success it never gives up");
	cr_expect(eq(u32, w->grants, 1));
	/* 1, 4, 16, 64, 256 and then 300 s apart, or half of that. */
	cr_expect(ge(u32, w->presentations, 1 + 7));
	cr_expect(le(u32, w->presentations, 1 + 10));
	granted_s = w->token_end_s[0] - w->lifetime_s;
	cr_expect(ge(i64, granted_s - w->token[0].iat_s, 0), "the backoff held until then");
	cr_expect(le(i64, granted_s - w->token[0].iat_s, 2), "and not longer");
	pod_expect_clean(w, &life);
}

Test(trouble, says_that_it_is_misconfigured_and_gives_up_when_no_token_is_left)
{
	struct options o;
	AUTO(fake_world) struct fake_world *w = pod_new(&o);
	struct pod_life life;

	o.termination_log = make_last_words(w);
	fake_world_at(w, 100, WORLD_ANSWERS, WORLD_MALFORMED);
	life = pod_live(w, &o, 320);
	cr_expect(eq(u32, life.starts, 1), "the token is good still");
	cr_expect(eq(str, TEXT(state_of(w)), TEXT("misconfigured")));
	life = pod_live(w, &o, 300);
	cr_expect(ge(u32, life.starts, 2));
	cr_expect(eq(i64, fake_world_left_s(w), 0));
	expect_last_words(o.termination_log, "WriterMisconfigured: the credential expired ");
	w->answer = -1;
	life = pod_live(w, &o, 3600);
	cr_expect(ge(i64, fake_world_left_s(w), 200));
	pod_expect_clean(w, &life);
}

static void expect_in_status(const struct options *o, const char *part)
{
	struct sys sys = sys_real();
	AUTO(buf) struct buf out;

	buf_init(&out, 8192);
	check_status(&sys, o, &out);
	cr_expect(strstr(out.data, part) != NULL, "%s", out.data);
}

Test(trouble, says_in_its_status_when_the_assertions_are_too_few_for_the_rule)
{
	static const struct {
		unsigned n;
		enum source_kind source;
		const char *want;
	} rows[] = { { 2, SOURCE_PROJECTED, "\"assertions_needed\":4" },
		     { 4, SOURCE_PROJECTED, "\"assertions_needed\":null" },
		     { 2, SOURCE_FILE, "\"assertions_needed\":null" } };

	for (size_t i = 0; i < COUNTOF(rows); i++) {
		AUTO(fake_world) struct fake_world *w = fake_world_new(rows[i].n, 1200, 600);
		struct options o = pod_options(w);
		char path[200];

		(void)snprintf(path, sizeof(path), "%s/..data/assertion-0", w->assertions);
		o.source = rows[i].source;
		if (o.source == SOURCE_FILE)
			o.assertions = path;
		(void)pod_live(w, &o, 100);
		cr_expect(eq(u32, w->grants, 1));
		expect_in_status(&o, rows[i].want);
	}
}

Test(trouble, lives_with_tokens_of_a_few_seconds_without_spinning)
{
	AUTO(fake_world) struct fake_world *w = fake_world_new(16, 600, 12);
	struct options o = pod_options(w);
	struct pod_life life;

	w->allow_short = true;
	life = pod_live(w, &o, 70);
	cr_expect(ge(u32, w->grants, 11));
	cr_expect(le(u32, w->grants, 14));
	cr_expect(eq(i64, w->gap_ns, 0));
	cr_expect(le(i64, w->sys->poll_calls, 60), "%lld polls", (long long)w->sys->poll_calls);
	pod_expect_clean(w, &life);
}

/*
 * Shorter than planned, it outruns the supply: then all that the kubelet brings is
 * spent but for the last round, and each grant serves until its refresh at the least.
 */
static void expect_all_used(const struct fake_world *w, int64_t span_s)
{
	int64_t round_s = w->e_s * 8 / 10 + 100; /* from one renewal to the next, at the most */
	int64_t most_ns = (span_s * 100 - w->grants * w->lifetime_s * 45) * NS_PER_S / 100;

	cr_expect(ge(i64, w->grants, w->n_sources * (span_s / round_s)), "%lld",
		  (long long)w->lifetime_s);
	cr_expect(eq(u32, w->grants, w->presentations), "%lld", (long long)w->lifetime_s);
	cr_expect(le(i64, w->gap_ns, most_ns), "%lld", (long long)w->lifetime_s);
}

Test(trouble, works_with_a_lifetime_that_nobody_planned)
{
	static const int64_t lifetimes[] = { 60, 180, 3600, 86400 };

	for (size_t i = 0; i < sizeof(lifetimes) / sizeof(lifetimes[0]); i++) {
		AUTO(fake_world) struct fake_world *w = fake_world_new(6, 1200, lifetimes[i]);
		struct options o = pod_options(w);
		struct pod_life life;

		o.lifetime_s = 600;
		life = pod_live(w, &o, 7200);
		if (lifetimes[i] < 600)
			expect_all_used(w, 7200);
		else
			cr_expect(eq(i64, w->gap_ns, 0), "%lld", (long long)lifetimes[i]);
		cr_expect(le(i64, w->sys->poll_calls, 250), "%lld", (long long)lifetimes[i]);
		pod_expect_clean(w, &life);
	}
}
