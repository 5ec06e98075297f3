/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/review.h"

#include <stdio.h>
#include <string.h>

#include "common/utf8.h"
#include "controller/review_reply.h"

#define UID_TEXT_MAX 256 /* bytes of a request's uid as JSON text */

_Static_assert(REVIEW_VALUES_MAX == 524288 && JSONSPAN_DEPTH_MAX == 64,
	       "inject/reasons.c, ReviewTooBig, names them");

/* The places in a review that matter; indexes into its span table. */
struct parts {
	const struct jsonspan *span;
	uint32_t request, object;
	const char *uid;	/* JSON text with its quotes */
	size_t uid_len;
};

const char *review_decision_name(enum review_decision decision)
{
	static const char *const names[REVIEW_DECISIONS] = {
		[REVIEW_PATCHED] = "patched",
		[REVIEW_UNCHANGED] = "unchanged",
		[REVIEW_DENIED] = "denied",
		[REVIEW_ERROR] = "error",
	};

	return names[decision];
}

/* Fail with the table's words about WHAT, which may be E's own. */
static int fail(enum reason why, enum err_kind kind, const char *what, struct err *e)
{
	const char *const args[] = { what, NULL };
	AUTO(buf) struct buf text = { .max = sizeof(e->msg) - 1 };

	reason_text(why, args, text.max, &text);
	if (!text.data)
		return err_set(e, ERR_NOMEM, 0, "no memory for an error's text");
	return err_set(e, kind, 0, "%s", text.data);
}

static int not_a_review(const char *what, struct err *e)
{
	return fail(REASON_NOT_A_REVIEW, ERR_INVALID, what, e);
}

static int find_parts(const struct jsonspan *j, struct parts *p, struct err *e)
{
	char namespace_[64];
	uint32_t uid;

	p->span = j;
	if (jsonspan_type(j, 0) != JSONSPAN_OBJECT)
		return not_a_review("the body is not a JSON object", e);
	if (!jsonspan_eq(j, jsonspan_member(j, 0, "kind"), "AdmissionReview"))
		return not_a_review("kind is another", e);
	if (!jsonspan_eq(j, jsonspan_member(j, 0, "apiVersion"), "admission.k8s.io/v1"))
		return not_a_review("apiVersion is another", e);
	p->request = jsonspan_member(j, 0, "request");
	if (jsonspan_type(j, p->request) != JSONSPAN_OBJECT)
		return not_a_review("it has no request", e);
	uid = jsonspan_member(j, p->request, "uid");
	p->uid = jsonspan_raw(j, uid, &p->uid_len);
	if (jsonspan_type(j, uid) != JSONSPAN_STRING || p->uid_len <= 2 ||
	    p->uid_len > UID_TEXT_MAX)
		return not_a_review("its request has no uid", e);
	p->object = jsonspan_member(j, p->request, "object");
	/* Policy goes by the namespace: it must never be judged by a part of one. */
	if (jsonspan_show(j, jsonspan_member(j, p->request, "namespace"), namespace_,
			  sizeof(namespace_)) >= sizeof(namespace_))
		return not_a_review("its namespace is longer than 63 bytes", e);
	return 0;
}

static void show(const struct parts *p, uint32_t of, const char *key, char *out, size_t size)
{
	(void)jsonspan_show(p->span, jsonspan_member(p->span, of, key), out, size);
}

/* Who it is about. A pod that a controller makes has no name yet, only the start of one. */
static void describe(const struct parts *p, struct review *about)
{
	uint32_t metadata = jsonspan_member(p->span, p->object, "metadata");
	size_t n;

	show(p, p->request, "uid", about->uid, sizeof(about->uid));
	show(p, p->request, "namespace", about->namespace_, sizeof(about->namespace_));
	show(p, p->request, "name", about->name, sizeof(about->name));
	about->dry_run = jsonspan_true(p->span, jsonspan_member(p->span, p->request, "dryRun"));
	if (*about->name)
		return;
	show(p, metadata, "name", about->name, sizeof(about->name));
	if (*about->name)
		return;
	show(p, metadata, "generateName", about->name, sizeof(about->name) - 1);
	n = strlen(about->name);
	if (n)
		(void)snprintf(about->name + n, sizeof(about->name) - n, "*");
}

/* Anything else was sent here by a webhook configuration that is not ours. */
static bool is_pod_creation(const struct parts *p)
{
	const struct jsonspan *j = p->span;
	uint32_t kind = jsonspan_member(j, p->request, "kind");
	uint32_t group = jsonspan_member(j, kind, "group");
	uint32_t sub = jsonspan_member(j, p->request, "subResource");

	return jsonspan_eq(j, jsonspan_member(j, p->request, "operation"), "CREATE") &&
	       jsonspan_eq(j, jsonspan_member(j, kind, "kind"), "Pod") &&
	       (group == JSONSPAN_NONE || jsonspan_eq(j, group, "")) &&
	       (sub == JSONSPAN_NONE || jsonspan_eq(j, sub, ""));
}

static void set_outcome(struct review *about, enum review_decision decision, enum reason reason)
{
	about->decision = decision;
	about->reason = reason;
}

static bool read_owner(const struct jsonspan *j, uint32_t ref, struct owner *out)
{
	const struct {
		const char *key;
		char *out;
		size_t size;
	} rows[] = {
		{ "apiVersion", out->api_version, sizeof(out->api_version) },
		{ "kind", out->kind, sizeof(out->kind) },
		{ "name", out->name, sizeof(out->name) },
		{ "uid", out->uid, sizeof(out->uid) },
	};

	for (size_t i = 0; i < COUNTOF(rows); i++)
		if (jsonspan_str(j, jsonspan_member(j, ref, rows[i].key), rows[i].out,
				 rows[i].size) <= 0)
			return false;
	return true;
}

/* Source: Kubernetes meta/v1 OwnerReference; at most one is the controller. */
static void find_owner(const struct parts *p, struct owner *out)
{
	const struct jsonspan *j = p->span;
	uint32_t metadata = jsonspan_member(j, p->object, "metadata");
	uint32_t refs = jsonspan_member(j, metadata, "ownerReferences");
	struct owner owner = { .name = "" };

	if (jsonspan_type(j, refs) != JSONSPAN_ARRAY)
		return;
	for (uint32_t i = jsonspan_first(j, refs); i != JSONSPAN_NONE;
	     i = jsonspan_next(j, refs, i)) {
		if (jsonspan_type(j, i) != JSONSPAN_OBJECT ||
		    !jsonspan_true(j, jsonspan_member(j, i, "controller")))
			continue;
		if (read_owner(j, i, &owner))
			*out = owner;
		return;
	}
}

/* Note why the pod is denied, and who will want to know. */
static void set_denied(const struct parts *p, struct review *about, enum reason reason,
		       const char *message)
{
	size_t n = utf8_cut(message, sizeof(about->message) - 1);

	set_outcome(about, REVIEW_DENIED, reason);
	find_owner(p, &about->owner);
	memcpy(about->message, message, n);
	about->message[n] = '\0';
}

/*
 * The core fails at a pod that cannot be read, or for want of memory. It is denied, never
 * admitted in silence; but when it may be good and does not ask, its Namespace may only be
 * observed, and the failurePolicy decides. Where it is known to be, the core does not fail.
 */
static int answer_unread(const struct parts *p, const struct inject_result *result,
			 struct review *about, struct buf *out, struct err *e)
{
	(void)fail(REASON_POD_UNREADABLE, e->kind, e->msg, e);
	(void)err_wrap(e, "pod %s/%s", about->namespace_, about->name);
	if (e->kind != ERR_INVALID && !result->pod_asks) {
		set_outcome(about, REVIEW_ERROR, REASON_POD_UNREADABLE);
		return -1;
	}
	set_denied(p, about, REASON_POD_UNREADABLE, e->msg);
	review_reply_deny(out, p->uid, p->uid_len, err_http(e), REASON_POD_UNREADABLE, e->msg);
	*e = (struct err){ .kind = ERR_NONE };
	return REVIEW_ANSWERED;
}

/* An object could not be had. A pod that asks is refused for now, never admitted in silence. */
static int answer_later(const struct parts *p, const struct inject_result *result,
			struct review *about, struct buf *out, struct err *e)
{
	if (result->pod_asks) {
		set_denied(p, about, result->reason, result->message.data);
		review_reply_deny(out, p->uid, p->uid_len, 503, result->reason,
				  result->message.data);
		return REVIEW_ANSWERED;
	}
	set_outcome(about, REVIEW_ERROR, result->reason);
	return err_set(e, ERR_TRANSIENT, 0, "%s", result->message.data);
}

static int answer_result(const struct parts *p, const struct inject_result *result,
			 struct review *about, struct buf *out, struct err *e)
{
	if (result->verdict == INJECT_ASK) {
		about->wanted = result->wanted;
		return REVIEW_WANTS;
	}
	if (result->verdict == INJECT_RETRY)
		return answer_later(p, result, about, out, e);
	if (result->verdict == INJECT_DENY)
		set_denied(p, about, result->reason, result->message.data);
	else
		set_outcome(about,
			    result->verdict == INJECT_PATCH ? REVIEW_PATCHED : REVIEW_UNCHANGED,
			    result->reason);
	review_reply(out, p->uid, p->uid_len, result);
	return REVIEW_ANSWERED;
}

static int decide(const struct settings *settings, const struct inject_around *around,
		  const struct parts *p, struct review *about, struct buf *out, struct err *e)
{
	struct inject_request req = { .namespace_ = about->namespace_, .settings = settings,
				      .around = around, .doc = p->span,
				      .node = p->object };
	struct inject_result result;
	int rc;

	inject_result_init(&result);
	if (inject(&req, &result, e) < 0)
		rc = answer_unread(p, &result, about, out, e);
	else
		rc = answer_result(p, &result, about, out, e);
	inject_result_fini(&result);
	return rc;
}

int review_answer(const struct settings *settings, const struct inject_around *around,
		  struct jsonspan *span, const char *body, size_t len, struct review *about,
		  struct buf *out, struct err *e)
{
	struct parts p = { 0 };
	int rc = REVIEW_ANSWERED;

	*about = (struct review){ .decision = REVIEW_ERROR, .reason = REASON_NOT_A_REVIEW };
	if (jsonspan_parse(span, body, len, e) < 0) {
		if (e->kind == ERR_INVALID)
			return not_a_review(e->msg, e);
		about->reason = REASON_REVIEW_TOO_BIG;
		return fail(REASON_REVIEW_TOO_BIG, e->kind, e->msg, e);
	}
	if (find_parts(span, &p, e) < 0)
		return -1;
	describe(&p, about);
	if (is_pod_creation(&p)) {
		rc = decide(settings, around, &p, about, out, e);
	} else {
		set_outcome(about, REVIEW_UNCHANGED, REASON_NOT_A_POD_CREATION);
		review_reply_allow(out, p.uid, p.uid_len);
	}
	if (rc != REVIEW_ANSWERED || buf_check(out, "the answer", e) == 0)
		return rc;
	set_outcome(about, REVIEW_ERROR, REASON_ANSWER_TOO_BIG);
	about->message[0] = '\0'; /* nobody was told of a refusal */
	buf_reset(out);
	return fail(REASON_ANSWER_TOO_BIG, e->kind, e->msg, e);
}
