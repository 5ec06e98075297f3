/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "inject/value.h"

/*
 * Who asks: the pod by the annotation or label `inject`, or its Namespace by the
 * label `injection`: enabled (every pod), observe (every pod, and only to warn),
 * anything else (nobody: a pod that asks is refused). Source: design.md §4.
 */

bool ask_is_said(const struct job *job)
{
	const struct level *l = &job->levels[LEVEL_POD];

	return l->value[ANNOT_INJECT] != JSONSPAN_NONE || l->ask_label != JSONSPAN_NONE;
}

bool ask_is_no(const struct job *job)
{
	const struct level *l = &job->levels[LEVEL_POD];
	uint32_t v[] = { l->value[ANNOT_INJECT], l->ask_label };

	for (size_t i = 0; i < COUNTOF(v); i++)
		if (v[i] != JSONSPAN_NONE && !jsonspan_eq(l->doc, v[i], "false"))
			return false;
	return ask_is_said(job);
}

/* The Namespace's word about a pod that asks, or about one that says nothing. */
static int ask_namespace(struct job *job)
{
	const struct level *l = &job->levels[LEVEL_NAMESPACE];
	bool told = l->ask_label != JSONSPAN_NONE;
	char shown[SHOWN_SIZE];
	struct job_key key;

	if (job->observe || (told && jsonspan_eq(l->doc, l->ask_label, "enabled")))
		return 0;
	if (!ask_is_said(job))
		return job_skip(job, REASON_NOT_ASKED);
	if (!told)
		return 0;
	(void)job_key(job, ANNOT_INJECTION, &key);
	if (jsonspan_eq(l->doc, l->ask_label, "disabled"))
		return JOB_REFUSE(job, l->who, REASON_INJECTION_DISABLED, key.text, job->pod.who);
	return JOB_REFUSE(job, l->who, REASON_INJECTION_UNKNOWN, key.text,
			  job_show(l->doc, l->ask_label, shown), job->pod.who);
}

int ask_check(struct job *job)
{
	const struct level *l = &job->levels[LEVEL_POD];
	uint32_t v = l->value[ANNOT_INJECT], label = l->ask_label;
	char text[VALUE_MAX], a[SHOWN_SIZE], b[SHOWN_SIZE];
	struct job_key name;
	const char *fault;

	if (v == JSONSPAN_NONE && label == JSONSPAN_NONE)
		return ask_namespace(job);
	if (v != JSONSPAN_NONE && label != JSONSPAN_NONE &&
	    !jsonspan_same(l->doc, v, l->doc, label)) {
		return JOB_REFUSE(job, l->who, REASON_INJECT_TWICE,
				  job_key(job, ANNOT_INJECT, &name), job_show(l->doc, v, a),
				  job_show(l->doc, label, b));
	}
	if (v == JSONSPAN_NONE)
		v = label;
	fault = value_fault(ANNOT_INJECT, text, jsonspan_str(l->doc, v, text, sizeof(text)));
	if (fault)
		return value_refuse(job, l, v == label ? "label" : "annotation", ANNOT_INJECT, v,
				    fault);
	return ask_namespace(job);
}

/* One more warning, before all others: of many it is the one that must be seen. */
static void warn_first(struct job *job, enum reason why, const char *const *args)
{
	struct inject_result *out = job->out;
	bool full = out->n_warnings == INJECT_WARNINGS_MAX;
	struct inject_warning first;
	size_t n;

	if (out->n_warnings > INJECT_WARNINGS_MAX - 2)
		out->n_warnings = INJECT_WARNINGS_MAX - 2;
	n = out->n_warnings;
	job_warn(job, why, args);
	if (out->n_warnings > n) {
		first = out->warnings[n];
		memmove(&out->warnings[1], &out->warnings[0], n * sizeof(first));
		out->warnings[0] = first;
	}
	if (full)
		JOB_WARN(job, REASON_MORE_WARNINGS, NULL);
}

void ask_observed(struct job *job)
{
	struct inject_result *out = job->out;
	const char *const would[] = { out->mode, out->federation, NULL };
	const char *const refused[] = { out->message.data ? out->message.data : "", NULL };

	if (out->verdict == INJECT_PATCH) {
		warn_first(job, REASON_WOULD_INJECT, would);
		(void)job_skip(job, REASON_OBSERVED_INJECT);
	} else if (out->verdict == INJECT_DENY || out->verdict == INJECT_RETRY) {
		warn_first(job, REASON_WOULD_DENY, refused);
		(void)job_skip(job, REASON_OBSERVED_DENY);
	}
	if (out->verdict != INJECT_SKIP)
		return;
	buf_reset(&out->patch);
	buf_reset(&out->message);
}
