/* SPDX-License-Identifier: Apache-2.0 */
#include "writer/backoff.h"

#include "writer/schedule.h"

#define CAP_S 60	      /* of full jitter */
#define CAP_REFUSED_S 300     /* after 400 and 401 */
#define RETRY_AFTER_MAX_S 3600 /* a longer wish is cut: it would outlive every token */
#define FLOOR_MS 100	      /* full jitter may draw nothing; do not spin */
#define QUICK_WITHOUT 2	      /* failures until assertions are spread, without a valid file */
#define QUICK_WITH_FILE 3     /* … with one, each after a tenth of the life that is left */
#define QUICK_PART 10
#define KUBELET_SYNC_S 90     /* contract.md §2: a renewed token shows by then */

/* splitmix64's output step. Source: Steele, Lea, Flood, OOPSLA 2014. */
static uint64_t mix(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

unsigned backoff_permille(uint64_t seed, struct mono t)
{
	return (unsigned)(mix(seed ^ mix((uint64_t)t.ns)) % 1000);
}

/* BASE^(failures - 1) seconds, at most CAP. */
static int64_t grown_s(unsigned failures, int64_t base, int64_t cap)
{
	int64_t s = 1;

	while (failures-- > 1 && s < cap)
		s *= base;
	return s < cap ? s : cap;
}

/* Wall seconds at which the kubelet should have replaced the first of the tokens. */
static int64_t next_supply(const struct sched_view *v)
{
	int64_t first = INT64_MAX;

	for (size_t i = 0; i < v->n; i++) {
		const struct sched_assertion *a = &v->a[i];
		int64_t at = a->iat_s + (a->exp_s - a->iat_s) * 4 / 5 + KUBELET_SYNC_S;

		if (at < first)
			first = at;
	}
	return first > v->wall.s && v->n ? first : v->wall.s + KUBELET_SYNC_S;
}

/* The gap that makes the assertions left last until the next rotation. */
static int64_t spread_s(const struct sched_view *v, int64_t life)
{
	int64_t since = (v->now.ns - v->last.at.ns) / NS_PER_S;
	int64_t span = next_supply(v) - (v->wall.s - since);
	int64_t cap = life / 2 > CAP_REFUSED_S ? life / 2 : CAP_REFUSED_S;
	int spare = 0;

	for (size_t i = 0; i < v->n; i++)
		spare += v->a[i].use == USE_FREE && v->a[i].exp_s > v->wall.s;
	span >>= spare < 20 ? spare : 20;
	return span < cap ? span : cap;
}

/* How long an assertion is worth more than trying again: see backoff.h. */
static int64_t pace_ms(const struct sched_view *v)
{
	int64_t life = v->have ? (v->expires.ns - v->last.at.ns) / NS_PER_S : 0;

	if (v->last.spent <= (life > 0 ? QUICK_WITH_FILE : QUICK_WITHOUT))
		return life > 0 ? life * 1000 / QUICK_PART : 0;
	return 1000 * spread_s(v, life);
}

static int64_t jitter_ms(const struct sched_view *v, int64_t from_ms, int64_t to_ms)
{
	int64_t ms = from_ms + (to_ms - from_ms) * backoff_permille(v->seed, v->last.at) / 1000;

	return ms > FLOOR_MS ? ms : FLOOR_MS;
}

static int64_t longer(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* A refusal is about the identity: only an assertion that came after it is worth trying early. */
static bool new_since(const struct sched_view *v)
{
	for (size_t i = 0; i < v->n; i++)
		if (v->a[i].use == USE_FREE && v->a[i].seen.ns > v->last.at.ns)
			return true;
	return false;
}

int64_t backoff_ms(const struct sched_view *v)
{
	bool unsent = v->last.result == RESULT_NOT_SENT;
	unsigned like_it = unsent ? v->last.failures - v->last.spent : v->last.spent;
	int64_t cap = 1000 * grown_s(like_it, 2, CAP_S);
	int64_t refused = 1000 * grown_s(v->last.spent, 4, CAP_REFUSED_S);
	int64_t wish = v->last.retry_after_s;

	switch (v->last.result) {
	case RESULT_NONE:
	case RESULT_GRANTED:
	case RESULTS:
		return 0;
	case RESULT_DENIED:
	case RESULT_MALFORMED:
		if (new_since(v))
			return FLOOR_MS;
		return longer(jitter_ms(v, refused / 2, refused), pace_ms(v));
	case RESULT_THROTTLED:
		wish = wish < RETRY_AFTER_MAX_S ? wish : RETRY_AFTER_MAX_S;
		return longer(wish, 0) * 1000 + jitter_ms(v, 0, cap);
	case RESULT_TRANSIENT:
		wish = wish < RETRY_AFTER_MAX_S ? wish : RETRY_AFTER_MAX_S;
		return longer(longer(wish * 1000, jitter_ms(v, 0, cap)), pace_ms(v));
	case RESULT_NOT_SENT:
		return jitter_ms(v, 0, cap);
	}
	return 0;
}
