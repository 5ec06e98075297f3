/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/admission.h"

#include <stdio.h>
#include <string.h>

#include "inject/reasons.h"

#define PATH "/mutate"
#define ANSWER_BYTES_MAX (4u << 20)	/* the API server reads no more than 3 MiB */
#define WAIT_MS 2000			/* for a review's objects; the API server waits 5 s */
#define SCRATCH_KEPT (1u << 13)		/* JSON values: what common pods need, 128 KiB */

void admission_init(struct admission *a, struct log *log, struct metrics *metrics,
		    const struct settings *settings)
{
	*a = (struct admission){ .log = log, .metrics = metrics, .settings = settings };
	jsonspan_init(&a->span, REVIEW_VALUES_MAX, JSONSPAN_DEPTH_MAX);
}

void admission_fini(struct admission *a)
{
	parked_fini(&a->parked);
	jsonspan_fini(&a->span);
}

static void log_review(struct admission *a, const struct review *about, const struct err *e)
{
	log_event(a->log, LOG_LEVEL_INFO, "review", "uid", about->uid, "namespace",
		  about->namespace_, "name", about->name, "decision",
		  review_decision_name(about->decision), "reason",
		  reason_row(about->reason)->code, "dry_run#",
		  about->dry_run ? "true" : "false", "error", e->kind ? e->msg : NULL, NULL);
}

/* One line of text, for who calls by hand or by mistake. */
static void answer_line(struct httpd_request *req, int status, const char *line)
{
	char text[sizeof(((struct err *)0)->msg) + 1];
	int n = snprintf(text, sizeof(text), "%s\n", line);

	httpd_answer(req, status, "text/plain; charset=utf-8", text, (size_t)n, NULL);
}

/* A large review must not leave a large table behind. */
static void trim_scratch(struct admission *a)
{
	if (a->span.cap <= SCRATCH_KEPT)
		return;
	jsonspan_fini(&a->span);
	jsonspan_init(&a->span, REVIEW_VALUES_MAX, JSONSPAN_DEPTH_MAX);
}

/* What one review knows: its own findings, and the store. */
struct view {
	const struct admission *a;
	const struct parked *found;
};

/* Was the store's word on the Namespace doubted, and the API server could not be asked? */
static bool is_unsettled(const struct parked *found)
{
	const struct parked_object *o = &found->object[INJECT_NAMESPACE];

	return found->doubted && o->found && o->known == INJECT_UNKNOWN;
}

static void find(void *ctx, enum inject_kind kind, const char *namespace_, const char *name,
		 struct inject_object *out)
{
	const struct view *v = ctx;
	const struct parked_object *o = &v->found->object[kind];

	if (kind == INJECT_NAMESPACE && is_unsettled(v->found)) {
		store_find(v->a->store, kind, namespace_, name, out);
		if (out->known != INJECT_MISSING)
			return;
	}
	if (o->found)
		*out = (struct inject_object){ .known = o->known, .text = o->text, .why = o->why,
					       .len = o->text ? strlen(o->text) : 0 };
	else if (kind == INJECT_SERVICE_ACCOUNT &&
		 store_is_young(v->a->store, kind, namespace_, name))
		out->known = INJECT_MISSING;
	else if (*name)
		store_find(v->a->store, kind, namespace_, name, out);
}

/* Is the pod left alone because of what is known of its Namespace? */
static bool is_left_alone(const struct admission *a, const struct review *about)
{
	static const enum reason left_alone[] = { REASON_NOT_ASKED, REASON_OBSERVED_INJECT,
						  REASON_OBSERVED_DENY };

	if (!a->store || !*about->namespace_)
		return false;
	for (size_t i = 0; i < COUNTOF(left_alone); i++)
		if (about->reason == left_alone[i])
			return true;
	return false;
}

/*
 * The pod is left alone by the store's word. The API server, which goes by the Namespace's label
 * too, sent the review all the same: the store may be behind, and the Namespace is read anew. If
 * that fails, the failurePolicy of the entry that the API server chose must decide: a refusal
 * would be one in a Namespace that is observed, and an admission one in silence.
 */
static int doubt(struct parked *found, struct review *about, struct buf *out, struct err *e)
{
	const struct parked_object *o = &found->object[INJECT_NAMESPACE];

	if (o->found && !is_unsettled(found))
		return REVIEW_ANSWERED;
	buf_reset(out);
	about->decision = REVIEW_ERROR;
	about->reason = REASON_OBJECT_UNKNOWN;
	if (o->found)
		return err_set(e, ERR_TRANSIENT, 0,
			       "unable to read Namespace %s anew: %s; the webhook's failurePolicy "
			       "decides", about->namespace_, o->why);
	found->doubted = true;
	about->wanted = (struct inject_wanted){ .kind = INJECT_NAMESPACE };
	memcpy(about->wanted.name, about->namespace_, sizeof(about->namespace_));
	return REVIEW_WANTS;
}

static int review(struct admission *a, struct parked *found, const char *body, size_t len,
		  struct review *about, struct buf *out, struct err *e)
{
	struct settings settings = *a->settings; /* its texts are borrowed */
	struct view view = { a, found };
	const struct inject_around around = { .find = find, .ctx = &view };
	int rc;

	if (settings.sidecar == SIDECAR_AUTO)
		settings.sidecar = a->sidecar;
	rc = review_answer(&settings, a->store ? &around : NULL, &a->span, body, len, about, out,
			   e);
	trim_scratch(a);
	if (rc != REVIEW_ANSWERED || !is_left_alone(a, about))
		return rc;
	return doubt(found, about, out, e);
}

/*
 * After a patch the API server asks about the pod once more, at once and on the connection
 * that it has just used. Another replica may have another config, and refuse our patch: so
 * that question stays here, even while we wind down.
 */
static void answer_review(struct httpd_request *req, const struct review *about,
			  const struct buf *text)
{
	if (about->decision == REVIEW_PATCHED)
		httpd_keep(req);
	httpd_answer(req, 200, "application/json", text->data, text->len, NULL);
}

/* Answer REQ; or REVIEW_WANTS, with the object in WANTED. */
static int try_answer(struct admission *a, struct httpd_request *req, struct parked *found,
		      struct inject_wanted *wanted)
{
	struct sys *sys = a->log->sys;
	struct mono since = httpd_since(req);
	AUTO(buf) struct buf out;
	struct review about;
	struct err e = { 0 };
	const char *body;
	size_t len = 0;
	int rc;

	buf_init(&out, ANSWER_BYTES_MAX);
	body = httpd_body(req, &len);
	rc = review(a, found, body, len, &about, &out, &e);
	*wanted = about.wanted;
	if (rc == REVIEW_WANTS)
		return rc;
	if (rc < 0)
		answer_line(req, err_http(&e), e.msg);
	else
		answer_review(req, &about, &out);
	metrics_review(a->metrics, about.decision, about.reason,
		       sys->ops->boot_now(sys).ns - since.ns);
	log_review(a, &about, &e);
	if (a->denied && *about.message)
		a->denied(a->ctx, &about);
	return rc;
}

/*
 * Answer REQ by what it has FOUND, or park it until one object more is read. At
 * most one question for each kind: the second try for one has its answer, good or bad.
 */
static void serve(struct admission *a, struct httpd_request *req, struct parked *found)
{
	struct inject_wanted wanted;
	struct parked *p;
	struct err e = { 0 };

	while (try_answer(a, req, found, &wanted) == REVIEW_WANTS) {
		p = parked_add(&a->parked, req, found, wanted.kind);
		if (!p) {
			parked_found(found, wanted.kind, INJECT_UNKNOWN, NULL,
				     "too many reviews wait for the API server");
			continue;
		}
		if (a->ask(a->ctx, p->id, &wanted, p->deadline, &e) == 0)
			return;
		parked_take(p, found);
		parked_found(found, wanted.kind, INJECT_UNKNOWN, NULL, e.msg);
	}
}

void admission_on_request(void *ctx, struct httpd_request *req)
{
	struct admission *a = ctx;
	struct sys *sys = a->log->sys;
	AUTO(parked) struct parked found = {
		.deadline = mono_add_ms(sys->ops->boot_now(sys), WAIT_MS),
	};

	if (strcmp(httpd_path(req), PATH) != 0)
		answer_line(req, 404, "not found; POST an AdmissionReview to " PATH);
	else
		serve(a, req, &found);
}

void admission_on_gone(void *ctx, struct httpd_request *req)
{
	struct admission *a = ctx;

	parked_drop(&a->parked, req);
}

/* P's object came, or did not. */
static void resume(struct admission *a, struct parked *p, enum inject_known known, char *text,
		   const char *why)
{
	struct httpd_request *req = p->req;
	enum inject_kind kind = p->wants;
	AUTO(parked) struct parked found = { .req = NULL };

	parked_take(p, &found);
	parked_found(&found, kind, known, text, why);
	serve(a, req, &found);
}

void admission_on_got(struct admission *a, uint64_t id, enum inject_known known, char *text,
		      const char *why)
{
	struct parked *p = parked_by_id(&a->parked, id);

	if (p)
		resume(a, p, known, text, why);
	else
		free(text); /* its client is gone */
}

void admission_poll(struct admission *a)
{
	struct mono now = a->log->sys->ops->boot_now(a->log->sys);
	struct parked *p;

	while ((p = parked_late(&a->parked, now)))
		resume(a, p, INJECT_UNKNOWN, NULL, "no answer in time");
}
