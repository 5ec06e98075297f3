/* SPDX-License-Identifier: Apache-2.0 */
#include "writer/schedule.h"

#include "writer/backoff.h"

#define TRANSIT_S 5	   /* an assertion with less left may expire on the way */
#define SKEW_S 30	   /* how far into the future the endpoint accepts `iat` */
#define LAST_CALL_S 60	   /* from here on anything that lasts longer is worth spending */
#define GRANT_MIN_S 60	   /* contract.md §1: no grant is shorter */
#define STEP_S 2	   /* expires_at off by this much: the wall clock was set */

static struct mono later(struct mono a, struct mono b)
{
	return a.ns > b.ns ? a : b;
}

static int64_t seconds(struct mono until, struct mono now)
{
	return (until.ns - now.ns) / NS_PER_S;
}

/* The credential that a new one competes with: the pending one, else the file's. */
static bool current(const struct sched_view *v, struct mono *requested, struct mono *expires)
{
	if (v->pending) {
		*requested = v->pending_requested;
		*expires = v->pending_expires;
		return true;
	}
	*requested = v->requested;
	*expires = v->expires;
	return v->have;
}

static int64_t left_s(const struct sched_view *v)
{
	struct mono requested, expires;

	return current(v, &requested, &expires) ? seconds(expires, v->now) : -1;
}

struct mono schedule_due(struct mono requested, struct mono expires, uint64_t seed)
{
	int64_t half = (expires.ns - requested.ns) / 2;
	int64_t early = half / 1000 * (int64_t)backoff_permille(seed, requested) / 10;

	return (struct mono){ requested.ns + half - early };
}

int64_t schedule_demand(int64_t e_s, int64_t lifetime_s)
{
	int64_t each = 45 * (lifetime_s < 2 * e_s ? lifetime_s : 2 * e_s);

	return each > 0 ? (80 * e_s + 9000 + each - 1) / each : 0;
}

/* 0 a normal choice, 1 and 2 only for want of a better one, -1 not now. */
static int rank(const struct sched_view *v, const struct sched_assertion *a, int64_t left)
{
	int64_t remaining = a->exp_s - v->wall.s;
	int64_t buys = remaining > GRANT_MIN_S / 2 ? 2 * remaining : GRANT_MIN_S;

	if (a->use == USE_SPENT || remaining < TRANSIT_S)
		return -1;
	if (buys > v->lifetime_s)
		buys = v->lifetime_s;
	if (v->leaving || left < LAST_CALL_S ? buys <= left : buys - left < v->lifetime_s / 4)
		return -1;
	if (a->use == USE_ONCE_MORE)
		return 2;
	if (a->iat_s <= v->wall.s + SKEW_S)
		return 0;
	return left < LAST_CALL_S ? 1 : -1;
}

/* An assertion that was never presented, worth spending now or not. */
static bool any_free(const struct sched_view *v)
{
	for (size_t i = 0; i < v->n; i++)
		if (v->a[i].use == USE_FREE && v->a[i].exp_s - v->wall.s >= TRANSIT_S)
			return true;
	return false;
}

/* The index of the assertion to spend, or -1: the freshest of the best rank. */
static int pick(const struct sched_view *v)
{
	int64_t left = left_s(v);
	int best = -1, best_rank = 3;

	for (size_t i = 0; i < v->n; i++) {
		int r = rank(v, &v->a[i], left);

		if (r < 0 || r > best_rank)
			continue;
		if (r < best_rank || v->a[i].exp_s > v->a[best].exp_s) {
			best = (int)i;
			best_rank = r;
		}
	}
	return best_rank == 2 && any_free(v) ? -1 : best;
}

static bool refused(const struct sched_view *v)
{
	return v->last.failures &&
	       (v->last.result == RESULT_DENIED || v->last.result == RESULT_MALFORMED);
}

bool schedule_valid(const struct sched_view *v)
{
	return (v->have && v->expires.ns > v->now.ns) ||
	       (v->pending && v->pending_expires.ns > v->now.ns);
}

/* No exchange before this; {0} when nothing failed. */
static struct mono backoff_gate(const struct sched_view *v)
{
	return v->last.failures ? mono_add_ms(v->last.at, backoff_ms(v)) : (struct mono){ 0 };
}

/*
 * Only time in which this process could have tried counts: not a suspend, not before
 * its start. Nor does a refusal while another try is due: it is from before a suspend.
 */
static bool give_up(const struct sched_view *v)
{
	if (schedule_valid(v) || (!v->ever && !v->once))
		return false;
	if (v->dry.ns != SCHED_NEVER.ns && v->now.ns - v->dry.ns >= SCHED_GIVE_UP_S * NS_PER_S)
		return true;
	if (!refused(v))
		return false;
	return pick(v) < 0 || (backoff_gate(v).ns > v->now.ns && (v->ever || v->last.failures > 1));
}

/*
 * Whether the file's expires_at no longer says when the token truly expires. Of
 * an expired one it need only say that it is: after a step back, or with a clock
 * that stands still, it would be served as good.
 */
static bool stepped(const struct sched_view *v)
{
	int64_t off = v->wall.s + seconds(v->expires, v->now) - v->expires_at_s;

	if (v->expires.ns <= v->now.ns)
		return v->expires_at_s - v->wall.s >= STEP_S;
	return off >= STEP_S || off <= -STEP_S;
}

static void no_later(struct sched_next *next, struct mono now, struct mono t)
{
	if (t.ns > now.ns && t.ns < next->at.ns)
		next->at = t;
}

/* A refresh is due but nothing is worth spending: when could that change by itself? */
static void wait_for_worth(const struct sched_view *v, struct sched_next *next)
{
	struct mono requested, expires;

	next->waiting = true;
	if (current(v, &requested, &expires)) {
		no_later(next, v->now, mono_add_ms(expires, -LAST_CALL_S * 1000 + 1000));
		no_later(next, v->now, mono_add_ms(expires, -750 * v->lifetime_s));
	}
	for (size_t i = 0; i < v->n; i++)
		if (v->a[i].use == USE_FREE)
			no_later(next, v->now,
				 mono_add_ms(v->now,
					     (v->a[i].iat_s - SKEW_S - v->wall.s) * 1000));
}

/* The moments at which the answer to give_up, or to "is it valid", changes. */
static void wait_for_end(const struct sched_view *v, struct sched_next *next)
{
	if (v->have)
		no_later(next, v->now, v->expires);
	if (v->pending)
		no_later(next, v->now, v->pending_expires);
	if ((v->ever || v->once) && v->dry.ns != SCHED_NEVER.ns)
		no_later(next, v->now, mono_add_ms(v->dry, SCHED_GIVE_UP_S * 1000));
}

struct sched_next schedule_next(const struct sched_view *v)
{
	struct sched_next next = { .act = ACT_WAIT, .at = SCHED_NEVER };
	bool disk = v->now.ns >= v->io_gate.ns;
	struct mono requested, expires, gate;
	int chosen;

	if (disk && v->pending && v->pending_expires.ns > v->now.ns)
		return (struct sched_next){ .act = ACT_STORE, .at = v->now };
	if (disk && v->have && (v->repair || stepped(v)))
		return (struct sched_next){ .act = ACT_REWRITE, .at = v->now };
	if (give_up(v)) /* after it: what stays behind must not claim life */
		return (struct sched_next){ .act = ACT_GIVE_UP, .at = v->now };
	if (!disk)
		no_later(&next, v->now, v->io_gate);
	wait_for_end(v, &next);
	gate = later(backoff_gate(v), v->io_gate);
	if (v->leaving)
		gate = v->now;
	else if (current(v, &requested, &expires))
		gate = later(gate, schedule_due(requested, expires, v->seed));
	if (gate.ns > v->now.ns) {
		no_later(&next, v->now, gate);
		return next;
	}
	chosen = pick(v);
	if (chosen >= 0)
		return (struct sched_next){ .act = ACT_EXCHANGE, .index = (size_t)chosen };
	wait_for_worth(v, &next);
	return next;
}
