/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "writer/schedule.h"

#define WALL 1795000000
#define NOW 100000 /* boot seconds */

static struct mono at(int64_t s)
{
	return (struct mono){ s * NS_PER_S };
}

/* A credential of lifetime L asked for AGE seconds ago, and nothing else remarkable. */
static struct sched_view view(int64_t lifetime_s, int64_t age_s)
{
	return (struct sched_view){
		.now = at(NOW), .wall = { WALL }, .dry = SCHED_NEVER, .seed = 1,
		.lifetime_s = lifetime_s, .have = true, .ever = true,
		.requested = at(NOW - age_s), .expires = at(NOW - age_s + lifetime_s),
		.expires_at_s = WALL - age_s + lifetime_s, .last = { .retry_after_s = -1 },
	};
}

/* One more assertion, issued IAT and ending EXP seconds from now. */
static void supply(struct sched_view *v, int64_t iat, int64_t exp, enum sched_use use)
{
	v->a[v->n++] = (struct sched_assertion){ WALL + iat, WALL + exp, use, at(NOW - 50000) };
}

Test(schedule, refreshes_between_45_and_50_percent_of_the_lifetime)
{
	int64_t least = INT64_MAX, most = 0;

	for (uint64_t seed = 0; seed < 1000; seed++) {
		int64_t ns = schedule_due(at(0), at(1000), seed).ns;

		least = ns < least ? ns : least;
		most = ns > most ? ns : most;
	}
	cr_expect(ge(i64, least, 450 * NS_PER_S));
	cr_expect(le(i64, least, 455 * NS_PER_S), "the jitter uses its range");
	cr_expect(le(i64, most, 500 * NS_PER_S));
	cr_expect(ge(i64, most, 495 * NS_PER_S));
}

Test(schedule, sleeps_until_the_refresh_is_due)
{
	struct sched_view v = view(600, 100);
	struct sched_next next;

	supply(&v, -100, 1100, USE_FREE);
	next = schedule_next(&v);
	cr_expect(eq(int, next.act, ACT_WAIT));
	cr_expect(eq(i64, next.at.ns, schedule_due(v.requested, v.expires, 1).ns));
	cr_expect(not(next.waiting));
}

#define F USE_FREE
#define O USE_ONCE_MORE
#define S USE_SPENT

static const struct {
	const char *name;
	int64_t lifetime_s, age_s;
	struct {
		int64_t iat, exp;
		enum sched_use use;
	} a[3];
	int want; /* index to spend, or -1 to wait */
} picks[] = {
	{ "the freshest goes first", 600, 301, { { -500, 700, F }, { -10, 1190, F }, { -300, 900, F } }, 1 },
	{ "a spent one never goes", 600, 301, { { -10, 1190, S }, { -500, 700, F } }, 1 },
	{ "an expired one never goes", 600, 590, { { -1300, -100, F } }, -1 },
	{ "one about to expire never goes", 600, 590, { { -1195, 4, F } }, -1 },
	{ "one that buys less than a quarter is kept", 600, 301, { { -1000, 200, F } }, -1 },
	{ "one that buys a quarter goes", 600, 301, { { -1000, 225, F } }, 0 },
	{ "with a minute left any gain will do", 600, 545, { { -1000, 60, F } }, 0 },
	{ "nothing shorter than what is there", 600, 545, { { -1190, 25, F } }, 0 },
	{ "a throttled one only for want of others", 600, 301,
	  { { -10, 1190, O }, { -500, 700, F } }, 1 },
	{ "a throttled one when there is no other", 600, 301, { { -10, 1190, O } }, 0 },
	{ "one from the future waits", 600, 301, { { 100, 1300, F } }, -1 },
	{ "one from the future in need", 600, 545, { { 100, 1300, F } }, 0 },
	{ "a short life works the same", 12, 6, { { -100, 500, F } }, 0 },
	{ "nothing there", 600, 301, { { 0, 0, S } }, -1 },
};

Test(schedule, spends_what_is_worth_spending)
{
	for (size_t i = 0; i < sizeof(picks) / sizeof(picks[0]); i++) {
		struct sched_view v = view(picks[i].lifetime_s, picks[i].age_s);
		struct sched_next next;

		for (int k = 0; k < 3 && picks[i].a[k].exp; k++)
			supply(&v, picks[i].a[k].iat, picks[i].a[k].exp, picks[i].a[k].use);
		next = schedule_next(&v);
		cr_expect(eq(int, next.act == ACT_EXCHANGE ? (int)next.index : -1, picks[i].want),
			  "%s", picks[i].name);
		cr_expect(eq(int, next.waiting, picks[i].want < 0), "%s", picks[i].name);
	}
}

Test(schedule, never_asks_to_be_woken_in_the_past)
{
	for (int64_t age = 0; age < 700; age += 7) {
		for (int64_t exp = -50; exp < 1300; exp += 37) {
			struct sched_view v = view(600, age);
			struct sched_next next;

			supply(&v, exp - 1200, exp, USE_FREE);
			next = schedule_next(&v);
			cr_expect(next.act != ACT_WAIT || next.at.ns > v.now.ns, "age %lld exp %lld",
				  (long long)age, (long long)exp);
		}
	}
}

Test(schedule, without_any_credential_exchanges_at_once)
{
	struct sched_view v = view(600, 0);

	v.have = v.ever = false;
	supply(&v, -10, 1190, USE_FREE);
	cr_expect(eq(int, schedule_next(&v).act, ACT_EXCHANGE));
}

Test(schedule, rewrites_the_file_when_the_wall_clock_was_set)
{
	static const struct {
		int64_t step_s;
		enum sched_act want;
	} rows[] = { { 0, ACT_WAIT }, { 1, ACT_WAIT }, { -1, ACT_WAIT }, { 2, ACT_REWRITE },
		     { 600, ACT_REWRITE }, { -600, ACT_REWRITE } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sched_view v = view(600, 100);

		v.wall.s += rows[i].step_s;
		cr_expect(eq(int, schedule_next(&v).act, rows[i].want), "%lld",
			  (long long)rows[i].step_s);
	}
}

Test(schedule, puts_an_expired_file_right_only_when_it_claims_life)
{
	static const struct {
		int64_t step_s;
		enum sched_act want;
	} rows[] = { { 600, ACT_GIVE_UP }, { 0, ACT_GIVE_UP }, { -10, ACT_GIVE_UP },
		     { -12, ACT_REWRITE }, { -3600, ACT_REWRITE } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sched_view v = view(600, 610);

		v.wall.s += rows[i].step_s;
		v.dry = at(NOW - 10);
		v.last = (struct sched_attempt){ RESULT_DENIED, at(NOW), 1, 0, -1 };
		cr_expect(eq(int, schedule_next(&v).act, rows[i].want), "%lld",
			  (long long)rows[i].step_s);
		v.io_gate = at(NOW + 1);
		cr_expect(eq(int, schedule_next(&v).act, ACT_GIVE_UP), "a disk that fails is no excuse");
	}
}

Test(schedule, leaves_the_disk_alone_until_its_gate)
{
	struct sched_view v = view(600, 301);

	v.pending = true;
	v.pending_requested = v.now;
	v.pending_expires = at(NOW + 600);
	supply(&v, -10, 1190, USE_FREE);
	cr_expect(eq(int, schedule_next(&v).act, ACT_STORE));
	v.io_gate = at(NOW + 7);
	cr_expect(eq(int, schedule_next(&v).act, ACT_WAIT), "neither a write nor an exchange");
	cr_expect(eq(i64, schedule_next(&v).at.ns, v.io_gate.ns));
}

static const struct {
	const char *name;
	int64_t age_s;
	bool ever, once;
	enum result last;
	unsigned failures;
	bool want;
} endings[] = {
	{ "denied, but the token is still valid", 599, true, false, RESULT_DENIED, 5, false },
	{ "denied and expired", 601, true, false, RESULT_DENIED, 1, true },
	{ "misconfigured and expired", 601, true, false, RESULT_MALFORMED, 1, true },
	{ "the endpoint is away, just expired", 601, true, false, RESULT_NOT_SENT, 9, false },
	{ "the endpoint is away, expired for 5 minutes", 901, true, false, RESULT_NOT_SENT, 9, true },
	{ "no attempt made, expired for 5 minutes", 901, true, false, RESULT_NONE, 0, true },
	{ "never a success: wait on", 901, false, false, RESULT_DENIED, 9, false },
	{ "once gives up without a first success", 901, false, true, RESULT_TRANSIENT, 9, true },
	{ "once tries a second assertion after a denial", 601, false, true, RESULT_DENIED, 1, false },
	{ "once takes two denials for an answer", 601, false, true, RESULT_DENIED, 2, true },
};

Test(schedule, gives_up_visibly)
{
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		struct sched_view v = view(600, endings[i].age_s);

		v.ever = endings[i].ever;
		v.once = endings[i].once;
		v.have = v.ever;
		v.dry = endings[i].age_s < 600 ? SCHED_NEVER : at(NOW - (endings[i].age_s - 600));
		v.last = (struct sched_attempt){ endings[i].last, at(NOW), endings[i].failures, 0, -1 };
		supply(&v, -10, 1190, USE_FREE);
		cr_expect(eq(int, schedule_next(&v).act == ACT_GIVE_UP, endings[i].want), "%s",
			  endings[i].name);
	}
}

Test(schedule, a_refusal_from_before_a_suspend_is_not_the_last_word)
{
	struct sched_view v = view(600, 1500);

	v.dry = at(NOW);
	v.last = (struct sched_attempt){ RESULT_DENIED, at(NOW - 1200), 1, 1, -1 };
	cr_expect(eq(int, schedule_next(&v).act, ACT_GIVE_UP), "there is nothing to try");
	supply(&v, -10, 1190, USE_FREE);
	cr_expect(eq(int, schedule_next(&v).act, ACT_EXCHANGE));
	v.last.at = at(NOW);
	cr_expect(eq(int, schedule_next(&v).act, ACT_GIVE_UP), "tried, and refused again");
}

Test(schedule, a_restarted_writer_is_given_five_minutes_again)
{
	struct sched_view v = view(600, 5000);

	v.dry = at(NOW - 10);
	cr_expect(eq(int, schedule_next(&v).act, ACT_WAIT));
	cr_expect(eq(i64, schedule_next(&v).at.ns, at(NOW - 10 + SCHED_GIVE_UP_S).ns));
}

Test(schedule, time_in_which_nothing_could_be_tried_does_not_count)
{
	struct sched_view v = view(600, 5000);

	v.dry = at(NOW); /* resumed from a suspend, or the file was just lost */
	supply(&v, -10, 1190, USE_FREE);
	cr_expect(eq(int, schedule_next(&v).act, ACT_EXCHANGE));
	v.have = false;
	cr_expect(eq(int, schedule_next(&v).act, ACT_EXCHANGE));
}

Test(schedule, a_throttled_assertion_waits_for_those_never_presented)
{
	struct sched_view v = view(600, 320); /* due; 280 s left */

	supply(&v, -900, 200, USE_FREE); /* buys 400 s: 120 more, not worth it yet */
	supply(&v, -10, 1190, USE_ONCE_MORE);
	cr_expect(eq(int, schedule_next(&v).act, ACT_WAIT));
	v.a[0].use = USE_SPENT;
	cr_expect(eq(int, schedule_next(&v).act, ACT_EXCHANGE));
}

Test(schedule, leaving_refreshes_before_its_time)
{
	struct sched_view v = view(600, 100);

	supply(&v, -10, 1190, USE_FREE);
	v.leaving = true;
	cr_expect(eq(int, schedule_next(&v).act, ACT_EXCHANGE));
}

Test(schedule, demand_is_what_the_plan_says_less_its_two_spares)
{
	cr_expect(eq(i64, schedule_demand(600, 180), 8));
	cr_expect(eq(i64, schedule_demand(1200, 600), 4));
	cr_expect(eq(i64, schedule_demand(3600, 3600), 2));
}
