/* SPDX-License-Identifier: Apache-2.0 */
#include "inject/inject.h"

#include <stdio.h>

#include "inject/former.h"
#include "inject/settings.h"

#define VALUES_MAX (1u << 20)
#define PATCH_MAX (4u << 20) /* bytes */
#define MESSAGE_MAX 4096     /* bytes */

void inject_result_init(struct inject_result *r)
{
	*r = (struct inject_result){ .verdict = INJECT_SKIP, .reason = REASONS };
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
	levels_fini(job);
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

/* The pod's own keys; then the Namespace, which a pod that says no does not need. */
static int step_levels(struct job *job)
{
	int around, decided = levels_collect(job, LEVEL_POD);

	job->out->pod_asks = decided || ask_is_said(job);
	if (!decided && ask_is_no(job))
		return job_skip(job, REASON_OPTED_OUT);
	around = around_open(job, LEVEL_NAMESPACE);
	return around ? around : decided;
}

/* Is the pod one that asks, and that we may look into? */
static int step_asked(struct job *job)
{
	const char *windows;
	int decided;

	if (pod_is_mirror(&job->pod))
		return job_skip(job, REASON_MIRROR_POD);
	decided = step_levels(job);
	if (!decided)
		decided = ask_check(job);
	windows = decided ? NULL : pod_windows(&job->pod);
	if (windows && job->out->pod_asks)
		return JOB_REFUSE(job, job->pod.who, REASON_WINDOWS_POD, windows);
	if (windows)
		return job_skip(job, REASON_NOT_ASKED);
	return decided ? decided : around_open(job, LEVEL_SERVICE_ACCOUNT);
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
	if (!decided && !job->within)
		decided = former_renew(job);
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

static void open_pod_level(struct job *job)
{
	struct level *l = &job->levels[LEVEL_POD];

	levels_init(job);
	(void)snprintf(l->who, sizeof(l->who), "%s", job->pod.who);
	l->noun = "pod";
	l->place = ON_POD;
	l->label_place = ON_POD_LABEL;
	l->annotations = job->pod.annotations;
	l->labels = job->pod.labels;
}

/* For job_decide: what is around the pod is what JOB, in CTX, has found. */
static void find_again(void *ctx, enum inject_kind kind, const char *namespace_, const char *name,
		       struct inject_object *out)
{
	const struct job *job = ctx;
	const struct level *l =
		&job->levels[kind == INJECT_NAMESPACE ? LEVEL_NAMESPACE : LEVEL_SERVICE_ACCOUNT];

	(void)namespace_;
	(void)name;
	if (l->doc == &l->own)
		*out = (struct inject_object){ .known = INJECT_SAYS, .text = l->own.text,
					       .len = l->own.len };
}

int job_decide(struct job *job, const struct settings *set, const struct former *former,
	       const struct jsonspan *doc, uint32_t root, struct inject_result *out)
{
	const struct inject_around around = { .find = find_again, .ctx = job };
	AUTO(job) struct job again = { .set = set, .out = out, .e = job->e, .around = &around,
				       .within = true, .former = former };
	struct pod_fault fault;

	if (pod_open(&again.pod, doc, root, job->pod.namespace_, &fault, job->e))
		return -1;
	open_pod_level(&again);
	return run(&again) < 0 ? -1 : 0;
}

/*
 * The pod cannot be read (OPENED < 0), or not as far as its keys (FAULT). Its Namespace comes
 * first: one that is observed refuses nothing.
 */
static int malformed(struct job *job, int opened, const struct pod_fault *fault)
{
	int around = around_open(job, LEVEL_NAMESPACE);
	enum inject_verdict verdict = job->out->verdict;

	if (around < 0 || verdict == INJECT_ASK || verdict == INJECT_RETRY)
		return around;
	return opened < 0 ? -1 : refuse_fault(job, fault);
}

/* The core failed where nothing may be refused: say what would have been, and go on. */
static void observe_failure(struct job *job)
{
	(void)JOB_REFUSE(job, job->pod.who, REASON_POD_UNREADABLE, job->e->msg);
	*job->e = (struct err){ .kind = ERR_NONE };
}

static int inject_parsed(const struct inject_request *req, const struct jsonspan *doc,
			 uint32_t root, struct inject_result *out, struct err *e)
{
	AUTO(job) struct job job = { .set = req->settings, .out = out, .e = e,
				     .around = req->around };
	struct pod_fault fault;
	int opened = pod_open(&job.pod, doc, root, req->namespace_, &fault, e), decided;

	open_pod_level(&job);
	decided = opened < 0 || fault.wanted ? malformed(&job, opened, &fault) : run(&job);
	if (decided < 0 && !job.observe)
		return -1;
	if (decided < 0)
		observe_failure(&job);
	levels_note(&job);
	if (job.observe)
		ask_observed(&job);
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
