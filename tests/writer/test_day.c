/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A day in the life, in virtual time: rule lifetimes from 3 minutes to a day, the
 * kubelet's rotation as measured, 5 % of all exchanges failing, an outage of 20
 * minutes, three container restarts. Prints the table of docs/schedule.md:
 *	build/tests/rel/writer --filter 'day/ *' | grep '^|'	(without the blank)
 * More days than the table's, each another course of chance: DAYS=100 before it.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/writer/pod.h"
#include "writer/schedule.h"

#define DAY_S 86400
#define DEFAULT_DAYS 10
#define OUTAGE_S 1200
#define BACKOFF_CAP_S 60
#define SPREAD_CAP_S 300
#define KUBELET_SYNC_S 90 /* a renewed token shows by then */
#define TICK_S 2 /* whole seconds and the time of one exchange */

/* Issue 4 has these bounds. */
static const struct row {
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
	int64_t least_s, gap_s, outage_gap_s, aftermath_gap_s, recovery_s;
	int64_t outage_left_s; /* valid for so long when the outage began */
	unsigned unspent; /* assertions when the outage ended */
	unsigned exchanges, assertions, replays;
};

/* A container that ended is started again: after 10 s, and twice as long each time. */
static void live(struct fake_world *w, const struct options *o)
{
	int64_t end_ns = w->sys->boot_ns + DAY_S * NS_PER_S, pause_s = 10;

	fake_world_at(w, DAY_S, WORLD_SIGNAL, 15);
	while (w->sys->boot_ns < end_ns) {
		int64_t start_ns = w->sys->boot_ns;
		int status = pod_run(w, o);

		w->sys->kill.nth = 0;
		cr_assert(status == 0 || status == FAKE_KILLED || status == 111, "status %d",
			  status);
		if (status == 0)
			break;
		/* Source: Kubernetes, CrashLoopBackOff: forgotten after 10 minutes. */
		if (w->sys->boot_ns - start_ns > 600 * NS_PER_S)
			pause_s = 10;
		fake_world_advance(w, w->sys->boot_ns + pause_s * NS_PER_S);
		pause_s = pause_s < 150 ? 2 * pause_s : 300;
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
	w->chance ^= (seed + 1) * UINT64_C(0xbf58476d1ce4e5b9); /* neighbours would run alike */
	w->watch_files = false;
	w->fail_permille = 50;
	fake_world_at(w, 30000 + 997 * (seed % 50), WORLD_ANSWERS, outage);
	fake_world_at(w, 30000 + 997 * (seed % 50) + OUTAGE_S, WORLD_ANSWERS, -1);
	for (int64_t third_s = 0; third_s < DAY_S; third_s += DAY_S / 3)
		fake_world_at(w, third_s + (int64_t)(fake_world_chance(w) % (DAY_S / 3)), WORLD_KILL,
			      1 + (int64_t)(fake_world_chance(w) % 200));
	live(w, &o);
	d = (struct day){ .least_s = w->least_left_s,
			  .gap_s = (w->gap_ns - w->outage_gap_ns - w->aftermath_gap_ns) / NS_PER_S,
			  .outage_gap_s = w->outage_gap_ns / NS_PER_S,
			  .aftermath_gap_s = w->aftermath_gap_ns / NS_PER_S,
			  .recovery_s = (w->recovery_ns + NS_PER_S - 1) / NS_PER_S,
			  .outage_left_s = w->outage_left_s,
			  .unspent = w->unspent_at_end,
			  .exchanges = w->presentations,
			  .assertions = w->n_seen,
			  .replays = w->replays };
	cr_expect(eq(u32, w->wrong, 0), "a file claimed more life than it had");
	fake_world_free(w);
	return d;
}

static int64_t most(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static unsigned days(void)
{
	const char *wish = getenv("DAYS");

	return wish ? (unsigned)strtoul(wish, NULL, 10) : DEFAULT_DAYS;
}

/* Many days of one row, all different; CHECK judges each. The worst of them, and the sums. */
static struct day live_days(const struct row *row, enum world_answer outage,
			    void (*check)(const struct row *row, const struct day *d))
{
	struct day all = { .least_s = INT64_MAX };

	for (unsigned seed = 0; seed < days(); seed++) {
		struct day d = one_day(row->lifetime_s, outage, seed);

		check(row, &d);
		all.least_s = d.least_s < all.least_s ? d.least_s : all.least_s;
		all.gap_s = most(all.gap_s, d.gap_s);
		all.outage_gap_s = most(all.outage_gap_s, d.outage_gap_s);
		all.aftermath_gap_s = most(all.aftermath_gap_s, d.aftermath_gap_s);
		all.recovery_s = most(all.recovery_s, d.recovery_s);
		all.exchanges += d.exchanges;
		all.assertions += d.assertions;
		all.replays += d.replays;
	}
	return all;
}

static void print(int64_t lifetime_s, const char *outage, const struct day *d)
{
	unsigned n;
	int64_t e = plan(lifetime_s, &n);

	printf("| %lld | %lld | %u | %s | %lld | %lld | %lld | %lld | %lld | %u | %u | %u |\n",
	       (long long)lifetime_s, (long long)e, n, outage, (long long)d->least_s,
	       (long long)d->gap_s, (long long)d->outage_gap_s, (long long)d->recovery_s,
	       (long long)d->aftermath_gap_s, d->exchanges / days(), d->assertions / days(),
	       d->replays);
	(void)fflush(stdout);
}

static void check_calm(const struct row *row, const struct day *d)
{
	cr_expect(eq(u32, d->replays, 0), "L %lld", (long long)row->lifetime_s);
	cr_expect(eq(i64, d->gap_s, 0), "L %lld", (long long)row->lifetime_s);
	cr_expect(d->least_s >= row->least_s, "L %lld: %lld s left", (long long)row->lifetime_s,
		  (long long)d->least_s);
}

static void check_unreachable(const struct row *row, const struct day *d)
{
	int64_t short_s = most(OUTAGE_S - d->outage_left_s, 0);

	check_calm(row, d);
	cr_expect(d->recovery_s <= BACKOFF_CAP_S + TICK_S, "L %lld: %lld s",
		  (long long)row->lifetime_s, (long long)d->recovery_s);
	cr_expect(d->outage_gap_s <= short_s + d->recovery_s + TICK_S &&
			  d->outage_gap_s >= short_s - TICK_S,
		  "L %lld: gap %lld s, %lld s without a token were due, recovery %lld s",
		  (long long)row->lifetime_s, (long long)d->outage_gap_s, (long long)short_s,
		  (long long)d->recovery_s);
	cr_expect(eq(i64, d->aftermath_gap_s, 0), "nothing was eaten");
}

/*
 * Each try may cost an assertion and a pod has N of them, so that no schedule can
 * try once a minute for 20 minutes. With some left the cap of the spread gaps is
 * the bound, with none the kubelet's next rotation.
 */
static void check_503(const struct row *row, const struct day *d)
{
	unsigned n;
	int64_t rotation_s = 4 * plan(row->lifetime_s, &n) / 5 + KUBELET_SYNC_S + BACKOFF_CAP_S;
	int64_t short_s = most(OUTAGE_S + rotation_s - d->outage_left_s, 0);

	check_calm(row, d);
	cr_expect(d->recovery_s <= (d->unspent ? SPREAD_CAP_S + TICK_S : rotation_s),
		  "L %lld: %lld s", (long long)row->lifetime_s, (long long)d->recovery_s);
	cr_expect(d->outage_gap_s + d->aftermath_gap_s <= short_s, "L %lld: %lld s and %lld s",
		  (long long)row->lifetime_s, (long long)d->outage_gap_s,
		  (long long)d->aftermath_gap_s);
}

Test(day, with_an_endpoint_that_cannot_be_reached_for_20_minutes)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct day d = live_days(&rows[i], WORLD_NOT_SENT, check_unreachable);

		print(rows[i].lifetime_s, "unreachable", &d);
	}
}

Test(day, with_an_endpoint_that_answers_503_for_20_minutes)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct day d = live_days(&rows[i], WORLD_TRANSIENT, check_503);

		print(rows[i].lifetime_s, "503", &d);
	}
}
