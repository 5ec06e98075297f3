/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A day in the life, in virtual time: rule lifetimes from 3 minutes to a day, the
 * kubelet's rotation as measured, 5 % of all exchanges failing, an outage of 20
 * minutes, three container restarts. Prints the table of docs/schedule.md:
 *	build/tests/rel/writer --filter 'day/ *' | grep '^|'	(without the blank)
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

#include "tests/writer/pod.h"
#include "writer/schedule.h"

#define DAY_S 86400
#define DAYS 10
#define OUTAGE_S 1200

static const struct {
	int64_t lifetime_s, least_s;
} rows[] = { { 180, 60 }, { 300, 60 }, { 600, 200 }, { 1200, 300 }, { 3600, 300 }, { 86400, 300 } };

/* design.md §6, plan(L). */
static int64_t plan(int64_t lifetime_s, unsigned *n)
{
	int64_t e = 2 * lifetime_s;

	e = e < 600 ? 600 : e > 3600 ? 3600 : e;
	*n = (unsigned)schedule_demand(e, lifetime_s) + 2;
	return e;
}

struct day {
	int64_t least_s, gap_s, outage_gap_s, recovery_s;
	unsigned exchanges, assertions, replays, not_sent;
};

/* Three times a container is killed in the middle of something, and starts anew. */
static void live(struct fake_world *w, const struct options *o)
{
	int64_t end_ns = w->sys->boot_ns + DAY_S * NS_PER_S;
	unsigned restarts = 3;

	fake_world_at(w, DAY_S, WORLD_SIGNAL, 15);
	while (w->sys->boot_ns < end_ns) {
		int status;

		w->sys->kill.nth = restarts ? 500 + (unsigned)(fake_world_chance(w) % 2000) : 0;
		restarts -= restarts > 0;
		status = pod_run(w, o);
		cr_assert(status == 0 || status == FAKE_KILLED || status == 111, "status %d",
			  status);
		if (status != 0)
			fake_world_advance(w, w->sys->boot_ns + 5 * NS_PER_S);
	}
}

static struct day one_day(int64_t lifetime_s, enum world_answer outage, unsigned seed)
{
	unsigned n;
	int64_t e = plan(lifetime_s, &n);
	struct fake_world *w = fake_world_new(n, e, lifetime_s);
	struct options o = pod_options(w);
	char uid[16];
	struct day d;

	(void)snprintf(uid, sizeof(uid), "pod-%u", seed);
	o.pod_uid = uid;
	o.log_level = LOG_LEVEL_WARN;
	w->chance += seed;
	w->watch_files = false;
	w->fail_permille = 50;
	fake_world_at(w, 30000 + 997 * seed, WORLD_ANSWERS, outage);
	fake_world_at(w, 30000 + 997 * seed + OUTAGE_S, WORLD_ANSWERS, -1);
	live(w, &o);
	d = (struct day){ w->least_left_s, (w->gap_ns - w->outage_gap_ns) / NS_PER_S,
			  w->outage_gap_ns / NS_PER_S, (w->recovery_ns + NS_PER_S - 1) / NS_PER_S,
			  w->presentations, w->n_seen, w->replays, w->not_sent };
	cr_expect(eq(u32, w->wrong, 0), "a file claimed more life than it had");
	fake_world_free(w);
	return d;
}

static struct day worst(int64_t lifetime_s, enum world_answer outage)
{
	struct day all = { .least_s = INT64_MAX };

	for (unsigned seed = 0; seed < DAYS; seed++) {
		struct day d = one_day(lifetime_s, outage, seed);

		all.least_s = d.least_s < all.least_s ? d.least_s : all.least_s;
		all.gap_s = d.gap_s > all.gap_s ? d.gap_s : all.gap_s;
		if (d.outage_gap_s > all.outage_gap_s)
			all.outage_gap_s = d.outage_gap_s;
		all.recovery_s = d.recovery_s > all.recovery_s ? d.recovery_s : all.recovery_s;
		all.exchanges += d.exchanges;
		all.assertions += d.assertions;
		all.replays += d.replays;
		all.not_sent += d.not_sent;
	}
	return all;
}

static void print(int64_t lifetime_s, const char *outage, const struct day *d)
{
	unsigned n;
	int64_t e = plan(lifetime_s, &n);

	printf("| %lld | %lld | %u | %s | %lld | %lld | %lld | %lld | %u | %u | %u |\n",
	       (long long)lifetime_s, (long long)e, n, outage, (long long)d->least_s,
	       (long long)d->gap_s, (long long)d->outage_gap_s, (long long)d->recovery_s,
	       d->exchanges / DAYS, d->assertions / DAYS, d->replays);
	(void)fflush(stdout);
}

Test(day, with_an_endpoint_that_cannot_be_reached_for_20_minutes)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct day d = worst(rows[i].lifetime_s, WORLD_NOT_SENT);
		int64_t left = rows[i].lifetime_s < 7200 ? rows[i].lifetime_s / 2 : 3600;

		print(rows[i].lifetime_s, "unreachable", &d);
		cr_expect(eq(u32, d.replays, 0));
		cr_expect(eq(i64, d.gap_s, 0));
		cr_expect(ge(i64, d.least_s, rows[i].least_s), "L %lld",
			  (long long)rows[i].lifetime_s);
		cr_expect(le(i64, d.recovery_s, 61), "L %lld", (long long)rows[i].lifetime_s);
		cr_expect(le(i64, d.outage_gap_s, OUTAGE_S > left ? OUTAGE_S - left + 61 : 0),
			  "L %lld",
			  (long long)rows[i].lifetime_s);
	}
}

Test(day, with_an_endpoint_that_answers_503_for_20_minutes)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct day d = worst(rows[i].lifetime_s, WORLD_TRANSIENT);

		print(rows[i].lifetime_s, "503", &d);
		cr_expect(eq(u32, d.replays, 0));
	}
}
