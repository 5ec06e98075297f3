/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/cert_plan.h"

#define SETTLE_MOST_S 60 /* an API server sees a changed configuration within a second */

static bool is_good(const struct cert_pair *p, struct wall now)
{
	return p->there && p->not_before.s <= now.s && now.s < p->not_after.s;
}

static int64_t life_s(const struct cert_pair *p)
{
	return p->not_after.s - p->not_before.s;
}

struct wall cert_plan_renew_at(const struct cert_pair *p)
{
	int64_t earlier_s = p->chance % (uint64_t)(life_s(p) / 10 + 1);

	return (struct wall){ p->not_after.s - life_s(p) / 3 - earlier_s };
}

bool cert_plan_settled(const struct cert_view *v, const struct cert_pair *p, struct mono mono)
{
	int64_t s = life_s(p) / 30;

	s = s < 1 ? 1 : s > SETTLE_MOST_S ? SETTLE_MOST_S : s;
	return mono_diff_ms(mono, v->since) >= s * 1000;
}

enum cert_action cert_plan_next(const struct cert_view *v, struct wall now, struct mono mono)
{
	bool current = is_good(&v->current, now), next = is_good(&v->next, now);

	if (!next && (!current || now.s >= cert_plan_renew_at(&v->current).s))
		return CERT_PREPARE;
	if (!v->published)
		return CERT_PUBLISH;
	/* Without a current one nothing is lost: who shows another waits by itself. */
	if (next && (!current || cert_plan_settled(v, &v->next, mono)))
		return CERT_SWITCH;
	return CERT_KEEP;
}
