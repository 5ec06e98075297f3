/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "inject/job.h"
#include "inject/settings.h"

static int refuse_federation(struct job *job, const struct strlist *given, unsigned char from)
{
	const char *who = from < LEVELS ? job->levels[from].who : job->pod.who;
	AUTO(buf) struct buf list = { .max = 1024 };

	for (size_t i = 0; i < given->len; i++)
		buf_addf(&list, "%s%s", i ? ", " : "", given->items[i]);
	return JOB_REFUSE(job, who, REASON_POLICY_FEDERATION, job->wish.federation->name,
			  job->pod.namespace_, list.data ? list.data : "");
}

int policy_check(struct job *job, const unsigned char *from)
{
	const struct wish *w = &job->wish;
	const struct federation *f = w->federation;
	const struct policy_rule *p = settings_policy(job->set, job->pod.namespace_);
	const struct {
		enum annot key;
		const char *asked, *own;
		const struct strlist *allowed;
	} rows[] = {
		{ ANNOT_RULE, w->rule, f->rule, p ? &p->rules : NULL },
		{ ANNOT_ORGANIZATION, w->organization, f->organization,
		  p ? &p->organizations : NULL },
		{ ANNOT_SERVICE_ACCOUNT, w->service_account, f->service_account,
		  p ? &p->service_accounts : NULL },
		{ ANNOT_WORKSPACE, w->workspace, f->workspace, p ? &p->workspaces : NULL },
	};
	struct job_key key;

	if (job->set->n_policy && !p)
		return JOB_REFUSE(job, job->pod.who, REASON_POLICY_NO_RULE, job->pod.namespace_);
	if (p && p->federations.len && !strlist_match(&p->federations, f->name))
		return refuse_federation(job, &p->federations, from[ANNOT_FEDERATION]);
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		if (!strcmp(rows[i].asked, rows[i].own) ||
		    (rows[i].allowed && strlist_match(rows[i].allowed, rows[i].asked)))
			continue;
		/* It differs from the federation's own, so some level has set it. */
		return JOB_REFUSE(job, job->levels[from[rows[i].key]].who, REASON_POLICY_VALUE,
				  job_key(job, rows[i].key, &key), rows[i].asked,
				  job->pod.namespace_, rows[i].own[0] ? rows[i].own : "none");
	}
	return 0;
}
