/* SPDX-License-Identifier: Apache-2.0 */
#include "inject/plan.h"

#include "inject/names.h"

static int clamp(int v, int lo, int hi)
{
	return v < lo ? lo : v > hi ? hi : v;
}

struct plan plan_supply(int lifetime_s, int expiration_s, int assertions)
{
	int l = lifetime_s ? lifetime_s : PLAN_LIFETIME;
	int e = expiration_s ? expiration_s :
			       clamp(2 * clamp(l, 0, PLAN_EXPIRATION_MAX), PLAN_EXPIRATION_MIN,
				     PLAN_EXPIRATION_MAX);
	/* Both sides of the fraction in hundredths of a second. */
	int arrives = 80 * e + 9000, lasts = 45 * clamp(l, 1, 2 * e);
	int wanted = (arrives + lasts - 1) / lasts + 2;
	int n = assertions ? assertions : clamp(wanted, 1, ASSERTIONS_MAX);

	/* Of the two spare ones that are planned, one may be missing. */
	return (struct plan){ e, n, n < wanted - 1 };
}

static bool is_used(const struct plan_used *used, int s)
{
	return used->bits[s / 64] >> (s % 64) & 1;
}

void plan_use(struct plan_used *used, int64_t expiration_s)
{
	if (expiration_s >= 0 && expiration_s <= PLAN_EXPIRATION_MAX)
		used->bits[expiration_s / 64] |= UINT64_C(1) << (expiration_s % 64);
}

bool plan_pick(struct plan_used *used, int e_s, int n, int *out)
{
	/* Upwards first: each lives at least as long as planned; at the top, down. */
	int got = 0;

	for (int s = e_s; s <= PLAN_EXPIRATION_MAX && got < n; s++)
		if (!is_used(used, s))
			out[got++] = s;
	for (int s = e_s - 1; s >= PLAN_EXPIRATION_MIN && got < n; s--)
		if (!is_used(used, s))
			out[got++] = s;
	for (int i = 0; got == n && i < n; i++)
		plan_use(used, out[i]);
	return got == n;
}
