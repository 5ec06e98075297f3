/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "inject/job.h"
#include "inject/plan.h"

/* Mark the expirations of the pod's own tokens for our audience. */
static void mark_volume(const struct job *job, uint32_t volume, struct plan_used *used)
{
	const struct jsonspan *d = job->pod.doc;
	uint32_t sources = jsonspan_member(d, jsonspan_member(d, volume, "projected"), "sources");

	for (uint32_t i = jsonspan_first(d, sources); i != JSONSPAN_NONE;
	     i = jsonspan_next(d, sources, i)) {
		uint32_t token = jsonspan_member(d, i, "serviceAccountToken");
		uint32_t v = jsonspan_member(d, token, "expirationSeconds");
		int64_t s = PLAN_EXPIRATION_MAX; /* the API server's default */

		if (!jsonspan_eq(d, jsonspan_member(d, token, "audience"),
				 job->wish.federation->audience))
			continue;
		if (v == JSONSPAN_NONE || jsonspan_int(d, v, &s))
			plan_use(used, s);
	}
}

static struct plan plan_for(const struct wish *w)
{
	struct plan p =
		plan_supply(w->federation->token_lifetime_s, w->token_expiration_s, w->assertions);

	/* Without a writer that runs on, one token is read and one is spare. */
	if (w->mode == MODE_INIT)
		p = (struct plan){ .expiration_s = p.expiration_s,
				   .assertions = w->assertions ? w->assertions : 2 };
	if (w->mode == MODE_ENV)
		p = (struct plan){ .expiration_s = p.expiration_s, .assertions = 1 };
	return p;
}

static void warn_short(struct job *job, const struct plan *p)
{
	int lifetime_s = job->wish.federation->token_lifetime_s;
	char n[12], e[12], l[12];
	struct job_key key;

	(void)snprintf(n, sizeof(n), "%d", p->assertions);
	(void)snprintf(e, sizeof(e), "%d", p->expiration_s);
	(void)snprintf(l, sizeof(l), "%d", lifetime_s ? lifetime_s : PLAN_LIFETIME);
	JOB_WARN(job, REASON_SUPPLY_SHORT,
		 job_key(job, job->wish.assertions ? ANNOT_ASSERTIONS : ANNOT_TOKEN_EXPIRATION,
			 &key),
		 e, n, l);
}

int supply_choose(struct job *job)
{
	const struct pod *p = &job->pod;
	struct plan plan = plan_for(&job->wish);
	struct plan_used used = { { 0 } };

	if (plan.is_short)
		warn_short(job, &plan);
	job->n_assertions = plan.assertions;
	for (uint32_t i = jsonspan_first(p->doc, p->volumes); i != JSONSPAN_NONE;
	     i = jsonspan_next(p->doc, p->volumes, i))
		if (!pod_name_begins(p->doc, jsonspan_member(p->doc, i, "name"), NAMES_PREFIX))
			mark_volume(job, i, &used);
	for (size_t i = 0; i < job->n_writers; i++)
		if (!plan_pick(&used, plan.expiration_s, plan.assertions,
			       job->writers[i].expirations))
			return JOB_REFUSE(job, p->who, REASON_NO_EXPIRATION_LEFT,
					  job->wish.federation->audience);
	return 0;
}
