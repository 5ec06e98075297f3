/* SPDX-License-Identifier: Apache-2.0 */
#include "inject/resources.h"

#include <string.h>

#include "common/syntax.h"
#include "inject/qos.h"

#define CPU_LIMIT "100m" /* a TLS handshake takes 99 ms under 5m, and 10 at best */
#define GUARANTEED_CPU "50m"
#define GUARANTEED_MEMORY "32Mi"

static const char *first_of(const char *a, const char *b, const char *c)
{
	return a[0] ? a : b[0] ? b : c;
}

static bool all_cpu_limited(const struct job *job)
{
	for (size_t i = 0; i < job->pod.n; i++)
		if (job->pod.all[i].writer >= 0 && !qos_has_cpu_limit(&job->pod, &job->pod.all[i]))
			return false;
	return true;
}

static bool is_above(const char *a, const char *b)
{
	int64_t x, y;

	return a[0] && b[0] && syntax_quantity(a, &x) && syntax_quantity(b, &y) && x > y;
}

/*
 * Requests must not be above limits. Where the pod's author chose only the
 * limit, the config's request gives way; the reverse is for the author to say.
 */
static int fit(struct job *job, const char *what, const char *asked, enum annot limit_key,
	       const char **request, const char *limit)
{
	struct job_key key;

	if (!is_above(*request, limit))
		return 0;
	if (asked[0])
		return JOB_REFUSE(job, job->pod.who, REASON_RESOURCES_INVERTED, what, *request,
				  limit, job_key(job, limit_key, &key));
	*request = limit;
	return 0;
}

int resources_choose(struct job *job, struct resources *out)
{
	const struct wish *w = &job->wish;
	const struct settings *set = job->set;
	enum qos qos = qos_of(&job->pod);
	int decided;

	*out = (struct resources){ w->cpu_request, w->memory_request, w->cpu_limit,
				   w->memory_limit };
	if (qos == QOS_GUARANTEED && !qos_is_pod_level(&job->pod)) {
		out->cpu_limit = first_of(first_of(w->cpu_limit, w->cpu_request, ""),
					  set->cpu_limit, GUARANTEED_CPU);
		out->memory_limit = first_of(first_of(w->memory_limit, w->memory_request, ""),
					     set->memory_limit, GUARANTEED_MEMORY);
		out->cpu_request = out->cpu_limit;
		out->memory_request = out->memory_limit;
		return 0;
	}
	if (qos == QOS_BURSTABLE && !qos_is_pod_level(&job->pod)) {
		out->cpu_request = first_of(w->cpu_request, set->cpu_request, "");
		out->memory_request = first_of(w->memory_request, set->memory_request, "");
		out->cpu_limit = first_of(w->cpu_limit, set->cpu_limit,
					  all_cpu_limited(job) ? CPU_LIMIT : "");
		out->memory_limit = first_of(w->memory_limit, set->memory_limit, "");
	}
	decided =
		fit(job, "CPU", w->cpu_request, ANNOT_CPU_LIMIT, &out->cpu_request, out->cpu_limit);
	if (!decided)
		decided = fit(job, "memory", w->memory_request, ANNOT_MEMORY_LIMIT,
			      &out->memory_request, out->memory_limit);
	return decided;
}

static void render_pair(struct buf *out, const char *kind, const char *cpu, const char *memory)
{
	if (!cpu[0] && !memory[0])
		return;
	if (out->data[out->len - 1] != '{')
		buf_addc(out, ',');
	buf_addf(out, "\"%s\":{", kind);
	if (cpu[0])
		buf_addf(out, "\"cpu\":\"%s\"%s", cpu, memory[0] ? "," : "");
	if (memory[0])
		buf_addf(out, "\"memory\":\"%s\"", memory);
	buf_addc(out, '}');
}

void resources_render(const struct resources *r, struct buf *out)
{
	buf_addc(out, '{');
	if (out->failed)
		return;
	render_pair(out, "limits", r->cpu_limit, r->memory_limit);
	render_pair(out, "requests", r->cpu_request, r->memory_request);
	buf_addc(out, '}');
}
