/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "writer/backoff.h"
#include "writer/schedule.h"

#define WALL 1795000000
#define NOW 100000

/* N unspent assertions of 1200 s, all issued 200 s ago, and a file with 300 s left. */
static struct sched_view view(enum result last, unsigned failures, size_t n)
{
	struct sched_view v = { .now = { NOW * NS_PER_S }, .wall = { WALL }, .lifetime_s = 600,
				.have = true, .expires = { (NOW + 300) * NS_PER_S }, .n = n };

	v.last = (struct sched_attempt){ last, v.now, failures,
					 last == RESULT_NOT_SENT ? 0 : failures, -1 };
	for (size_t i = 0; i < n; i++)
		v.a[i] = (struct sched_assertion){ WALL - 200, WALL + 1000, USE_FREE, { 0 } };
	return v;
}

static void range(struct sched_view v, int64_t *least, int64_t *most)
{
	*least = INT64_MAX;
	*most = 0;
	for (v.seed = 0; v.seed < 500; v.seed++) {
		int64_t ms = backoff_ms(&v);

		*least = ms < *least ? ms : *least;
		*most = ms > *most ? ms : *most;
	}
}

static const struct {
	const char *name;
	enum result last;
	unsigned failures;
	size_t n;
	int64_t retry_after_s, least_ms, most_ms;
} rows[] = {
	{ "not sent, first", RESULT_NOT_SENT, 1, 6, -1, 100, 1000 },
	{ "not sent, third", RESULT_NOT_SENT, 3, 6, -1, 100, 4000 },
	{ "not sent, many", RESULT_NOT_SENT, 1000000, 6, -1, 100, 60000 },
	{ "not sent does not care for supply", RESULT_NOT_SENT, 9, 1, -1, 100, 60000 },
	{ "throttled says when", RESULT_THROTTLED, 1, 6, 7, 7100, 8000 },
	{ "throttled does not say", RESULT_THROTTLED, 1, 6, -1, 100, 1000 },
	{ "throttled for ever is cut to an hour", RESULT_THROTTLED, 1, 6, 999999999, 3600100,
	  3601000 },
	{ "a lost answer costs a tenth of what is left", RESULT_TRANSIENT, 1, 3, -1, 30000, 30000 },
	{ "and the third too", RESULT_TRANSIENT, 3, 2, -1, 30000, 30000 },
	{ "then the rest is spread: 850 s / 2^2", RESULT_TRANSIENT, 4, 2, -1, 212000, 212000 },
	{ "the last one waits longest, 300 s at most", RESULT_TRANSIENT, 5, 1, -1, 300000, 300000 },
	{ "many left make the gaps short", RESULT_TRANSIENT, 4, 10, -1, 100, 8000 },
	{ "denied, first", RESULT_DENIED, 1, 5, -1, 30000, 30000 },
	{ "denied, many", RESULT_DENIED, 90, 20, -1, 150000, 300000 },
	{ "misconfigured, many", RESULT_MALFORMED, 90, 20, -1, 150000, 300000 },
};

Test(backoff, waits_as_the_failure_asks)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sched_view v = view(rows[i].last, rows[i].failures, rows[i].n);
		int64_t least, most;

		v.last.retry_after_s = rows[i].retry_after_s;
		range(v, &least, &most);
		cr_expect(ge(i64, least, rows[i].least_ms), "%s", rows[i].name);
		cr_expect(le(i64, most, rows[i].most_ms), "%s", rows[i].name);
		cr_expect(ge(i64, most, rows[i].most_ms * 98 / 100), "%s uses its range",
			  rows[i].name);
	}
}

Test(backoff, tries_twice_quickly_while_there_is_no_file)
{
	struct sched_view v = view(RESULT_TRANSIENT, 2, 3);
	int64_t least, most;

	v.have = false;
	range(v, &least, &most);
	cr_expect(le(i64, most, 2000));
	v.last.failures = v.last.spent = 3;
	cr_expect(eq(i64, backoff_ms(&v), 106000), "850 s / 2^3");
}

Test(backoff, failures_that_cost_nothing_do_not_slow_those_that_do)
{
	struct sched_view v = view(RESULT_TRANSIENT, 30, 3);

	v.last.spent = 1;
	cr_expect(eq(i64, backoff_ms(&v), 30000));
}

Test(backoff, a_new_assertion_ends_the_wait_after_a_denial)
{
	struct sched_view v = view(RESULT_DENIED, 9, 3);

	v.now.ns += 5 * NS_PER_S;
	v.a[1].seen = v.now;
	cr_expect(eq(i64, backoff_ms(&v), 100));
	v.a[1].use = USE_SPENT;
	cr_expect(ge(i64, backoff_ms(&v), 100000), "a spent one is not new");
}

Test(backoff, a_new_assertion_does_not_end_the_wait_of_an_outage)
{
	struct sched_view v = view(RESULT_NOT_SENT, 9, 3);
	int64_t before = backoff_ms(&v);

	v.a[1].seen.ns = v.now.ns + 1;
	cr_expect(eq(i64, backoff_ms(&v), before));
}
