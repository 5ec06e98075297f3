/* SPDX-License-Identifier: Apache-2.0 */
#include "writer/backoff.h"

#include "writer/schedule.h"

#define CAP_S 60	      /* of full jitter */
#define CAP_REFUSED_S 300     /* after 400 and 401 */
#define RETRY_AFTER_MAX_S 3600 /* a longer wish is cut: it would outlive every token */
#define FLOOR_MS 100	      /* full jitter may draw nothing; do not spin */
#define QUICK_FAILURES 2
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

static int64_t longest(const struct sched_view *v)
{
	int64_t e = 0;

	for (size_t i = 0; i < v->n; i++)
		if (v->a[i].exp_s - v->a[i].iat_s > e)
			e = v->a[i].exp_s - v->a[i].iat_s;
	return e;
}

/* The gap that makes the assertions left last until the next rotation; 0 when there are plenty. */
static int64_t pace_ms(const struct sched_view *v)
{
	int64_t since = (v->now.ns - v->last.at.ns) / NS_PER_S;
	int64_t span = next_supply(v) - (v->wall.s - since), e = longest(v), each, cap;
	int64_t life = v->have ? (v->expires.ns - v->last.at.ns) / NS_PER_S : 0;
	int64_t spare = 0;

	for (size_t i = 0; i < v->n; i++)
		spare += v->a[i].use == USE_FREE && v->a[i].exp_s > v->wall.s;
	each = 45 * (v->lifetime_s < 2 * e ? v->lifetime_s : 2 * e) / 100;
	if (v->last.failures <= QUICK_FAILURES || (each > 0 && spare > span / each + 1))
		return 0;
	cap = life / 2 > CAP_REFUSED_S ? life / 2 : CAP_REFUSED_S;
	span >>= spare < 20 ? spare : 20;
	return 1000 * (span < cap ? span : cap);
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
	int64_t cap = 1000 * grown_s(v->last.failures, 2, CAP_S), wish = v->last.retry_after_s;
	int64_t refused = 1000 * grown_s(v->last.failures, 4, CAP_REFUSED_S);

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
