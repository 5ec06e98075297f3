/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "common/attr.h"
#include "controller/cert_plan.h"

#define NOT { .there = false }
#define PAIR(from, to) { .there = true, .not_before = { from }, .not_after = { to } }

static const struct row {
	const char *name;
	struct cert_pair current, next;
	bool published;
	int64_t published_s, now_s;	/* since 0; published_s on the other clock, ago */
	enum cert_action want;
} rows[] = {
	{ "nothing there", NOT, NOT, true, 0, 1000, CERT_PREPARE },
	{ "young", PAIR(0, 900), NOT, true, 0, 599, CERT_KEEP },
	{ "two thirds over", PAIR(0, 900), NOT, true, 0, 600, CERT_PREPARE },
	{ "expired", PAIR(0, 900), NOT, true, 0, 900, CERT_PREPARE },
	{ "not yet valid", PAIR(100, 900), NOT, true, 0, 99, CERT_PREPARE },
	{ "young, another CA in the bundle", PAIR(0, 900), NOT, false, 0, 10, CERT_PUBLISH },
	{ "next one made", PAIR(0, 900), PAIR(600, 1500), false, 0, 601, CERT_PUBLISH },
	{ "next one published just now", PAIR(0, 900), PAIR(600, 1500), true, 29, 650, CERT_KEEP },
	{ "next one published a while ago", PAIR(0, 900), PAIR(600, 1500), true, 30, 650,
	  CERT_SWITCH },
	{ "no more than a minute's wait", PAIR(0, 90000), PAIR(60000, 150000), true, 60, 60061,
	  CERT_SWITCH },
	{ "nothing to lose", NOT, PAIR(0, 900), true, 0, 1, CERT_SWITCH },
	{ "nothing to lose, not published", NOT, PAIR(0, 900), false, 0, 1, CERT_PUBLISH },
	{ "current expired meanwhile", PAIR(0, 900), PAIR(600, 1500), true, 1, 900, CERT_SWITCH },
	{ "next expired meanwhile", PAIR(0, 9000), PAIR(10, 900), true, 100, 8000, CERT_PREPARE },
	{ "next expired, current young", PAIR(0, 9000), PAIR(10, 900), true, 100, 1000, CERT_KEEP },
	{ "next not yet valid", PAIR(0, 9000), PAIR(500, 900), true, 100, 400, CERT_KEEP },
};

Test(cert_plan, does_one_thing_at_a_time_and_publishes_before_it_switches)
{
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		const struct row *r = &rows[i];
		struct cert_view v = { r->current, r->next, r->published, { 0 } };
		struct mono mono = { r->published_s * NS_PER_S };

		cr_expect(eq(int, (int)cert_plan_next(&v, (struct wall){ r->now_s }, mono),
			     (int)r->want), "%s", r->name);
	}
}

Test(cert_plan, spreads_renewals_over_a_tenth_of_the_life)
{
	struct cert_pair p = PAIR(0, 9000);
	int64_t least = INT64_MAX, most = 0;

	for (uint32_t i = 0; i < 5000; i++) {
		int64_t at;

		p.chance = i * 2654435761u;
		at = cert_plan_renew_at(&p).s;
		least = at < least ? at : least;
		most = at > most ? at : most;
	}
	cr_expect(least >= 5100 && least < 5110, "%lld", (long long)least);
	cr_expect(most <= 6000 && most > 5990, "%lld", (long long)most);
}
