/* SPDX-License-Identifier: Apache-2.0 */
#include "inject/inject.h"

#include <stdio.h>

#include "inject/job.h"
#include "inject/settings.h"

#define VALUES_MAX (1u << 20)
#define PATCH_MAX (4u << 20) /* bytes */
#define MESSAGE_MAX 4096     /* bytes */

void inject_result_init(struct inject_result *r)
{
	*r = (struct inject_result){ .verdict = INJECT_SKIP };
	buf_init(&r->patch, PATCH_MAX);
	buf_init(&r->message, MESSAGE_MAX);
}

void inject_result_fini(struct inject_result *r)
{
	buf_fini(&r->patch);
	buf_fini(&r->message);
}

static void auto_job(struct job *job)
{
	wish_fini(&job->wish);
	pod_close(&job->pod);
}

static int refuse_fault(struct job *job, const struct pod_fault *fault)
{
	if (!fault->wanted)
		return 0;
	return JOB_REFUSE(job, job->pod.who, REASON_POD_MALFORMED, fault->where, fault->wanted);
}

/* What is worth a warning whatever was asked for. */
static void warn_surroundings(struct job *job)
{
	static const char *const shared[] = { "hostPID", "shareProcessNamespace" };
	const struct pod *p = &job->pod;

	if (job->wish.mode == MODE_ENV) {
		JOB_WARN(job, REASON_SINGLE_USE, NULL);
		return;
	}
	for (size_t i = 0; i < COUNTOF(shared); i++)
		if (jsonspan_true(p->doc, jsonspan_member(p->doc, p->spec, shared[i])))
			JOB_WARN(job, REASON_SHARED_PROCESSES, shared[i]);
	for (size_t i = p->n_init; i < p->n; i++)
		if (strlist_has(&job->set->after, p->all[i].name))
			JOB_WARN(job, REASON_MESH_NOT_NATIVE, p->all[i].name);
}

/* For the audit annotations: what was asked for, also when it is then refused. */
static void note_wish(struct job *job)
{
	const struct wish *w = &job->wish;
	struct inject_result *out = job->out;

	(void)snprintf(out->federation, sizeof(out->federation), "%.*s",
		       (int)sizeof(out->federation) - 1, w->federation->name);
	(void)snprintf(out->rule, sizeof(out->rule), "%s", w->rule);
	(void)snprintf(out->service_account, sizeof(out->service_account), "%s",
		       w->service_account);
	(void)snprintf(out->mode, sizeof(out->mode), "%s", inject_mode_name(w->mode));
}

/* Is the pod one that asks, and that we may look into? */
static int step_asked(struct job *job)
{
	const char *windows;
	int decided;

	if (pod_is_mirror(&job->pod))
		return job_skip(job, REASON_MIRROR_POD);
	decided = levels_collect(job);
	if (!decided)
		decided = wish_asked(job);
	windows = decided ? NULL : pod_windows(&job->pod);
	if (windows)
		return JOB_REFUSE(job, job->pod.who, REASON_WINDOWS_POD, windows);
	return decided;
}

static int step_wish(struct job *job)
{
	struct pod_fault fault;
	int decided;

	if (pod_list(&job->pod, &fault, job->e))
		return -1;
	decided = refuse_fault(job, &fault);
	if (!decided)
		decided = wish_resolve(job);
	if (!decided)
		note_wish(job);
	return decided;
}

static int run(struct job *job)
{
	int decided = step_asked(job);

	if (!decided)
		decided = step_wish(job);
	if (!decided)
		decided = consumers_choose(job);
	if (!decided)
		decided = statickey_check(job);
	if (!decided)
		decided = supply_choose(job);
	if (decided)
		return decided;
	warn_surroundings(job);
	return make_patch(job);
}

static int inject_parsed(const struct inject_request *req, const struct jsonspan *doc,
			 uint32_t root, struct inject_result *out, struct err *e)
{
	AUTO(job) struct job job = { .set = req->settings, .out = out, .e = e };
	struct pod_fault fault;
	int decided;

	if (pod_open(&job.pod, doc, root, req->namespace_, &fault, e))
		return -1;
	job.levels[LEVEL_POD] = (struct level){
		.who = job.pod.who,
		.noun = "pod",
		.place = ON_POD,
		.label_place = ON_POD_LABEL,
		.doc = doc,
		.annotations = job.pod.annotations,
		.labels = job.pod.labels,
	};
	decided = refuse_fault(&job, &fault);
	if (!decided)
		decided = run(&job);
	if (decided < 0)
		return -1;
	return buf_check(&out->message, "the refusal", e);
}

int inject(const struct inject_request *req, struct inject_result *out, struct err *e)
{
	AUTO(jsonspan) struct jsonspan own = { .max = VALUES_MAX, .depth_max = JSONSPAN_DEPTH_MAX };

	if (req->doc)
		return inject_parsed(req, req->doc, req->node, out, e);
	if (jsonspan_parse(&own, req->pod, req->pod_len, e))
		return err_wrap(e, "pod");
	return inject_parsed(req, &own, 0, out, e);
}
