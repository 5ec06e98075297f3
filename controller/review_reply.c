/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/review_reply.h"

#include <stdbool.h>
#include <string.h>

#include "common/base64.h"
#include "inject/reasons.h"

#define DENIED_CODE 403

static void add_string(struct buf *out, const char *s)
{
	buf_add_json(out, s, strlen(s));
}

static void open_response(struct buf *out, const char *uid, size_t uid_len, bool allowed)
{
	buf_adds(out, "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\","
		      "\"response\":{\"uid\":");
	buf_add(out, uid, uid_len);
	buf_addf(out, ",\"allowed\":%s", allowed ? "true" : "false");
}

static void close_response(struct buf *out)
{
	buf_adds(out, "}}\n");
}

/* Source: Kubernetes apimachinery pkg/apis/meta/v1, StatusReason. */
static const char *status_reason(int code)
{
	static const struct {
		int code;
		const char *reason;
	} rows[] = { { 400, "BadRequest" },
		     { DENIED_CODE, "Forbidden" },
		     { 413, "RequestEntityTooLarge" },
		     { 503, "ServiceUnavailable" } };

	for (size_t i = 0; i < COUNTOF(rows); i++)
		if (rows[i].code == code)
			return rows[i].reason;
	return "InternalError";
}

static void add_status(struct buf *out, int code, const char *message)
{
	buf_addf(out,
		 ",\"status\":{\"status\":\"Failure\",\"reason\":\"%s\",\"code\":%d,\"message\":",
		 status_reason(code), code);
	add_string(out, message);
	/* The API server makes it a Retry-After: clients then try again by themselves. */
	if (code == 503)
		buf_adds(out, ",\"details\":{\"retryAfterSeconds\":1}");
	buf_addc(out, '}');
}

static void add_warnings(struct buf *out, const struct inject_result *result)
{
	if (!result->n_warnings)
		return;
	buf_adds(out, ",\"warnings\":[");
	for (size_t i = 0; i < result->n_warnings; i++) {
		if (i)
			buf_addc(out, ',');
		add_string(out, result->warnings[i].text);
	}
	buf_addc(out, ']');
}

/* Under `observe` the first warning says what would have happened; else NULL. */
static const char *observed(const struct inject_result *result)
{
	static const enum reason reasons[] = { REASON_WOULD_INJECT, REASON_WOULD_DENY };

	for (size_t i = 0; i < COUNTOF(reasons); i++)
		if (result->n_warnings && result->warnings[0].reason == reasons[i])
			return result->warnings[0].text;
	return NULL;
}

/* The API server puts the webhook's name before each key. */
static void add_audit(struct buf *out, const struct inject_result *result, const char *would)
{
	const struct {
		const char *key, *value;
	} rows[] = {
		{ "reason", reason_row(result->reason)->code },
		{ "mode", result->mode },
		{ "federation", result->federation },
		{ "rule", result->rule },
		{ "service-account", result->service_account },
		{ "observed", would ? would : "" },
	};

	buf_adds(out, ",\"auditAnnotations\":{");
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		if (!*rows[i].value)
			continue;
		buf_addf(out, "%s\"%s\":", i ? "," : "", rows[i].key);
		add_string(out, rows[i].value);
	}
	buf_addc(out, '}');
}

void review_reply(struct buf *out, const char *uid, size_t uid_len,
		  const struct inject_result *result)
{
	bool denied = result->verdict == INJECT_DENY;
	const char *would = observed(result);

	open_response(out, uid, uid_len, !denied);
	if (denied)
		add_status(out, DENIED_CODE, result->message.data);
	if (result->verdict == INJECT_PATCH) {
		buf_adds(out, ",\"patchType\":\"JSONPatch\",\"patch\":\"");
		base64_add(out, result->patch.data, result->patch.len);
		buf_addc(out, '"');
	}
	add_warnings(out, result);
	/* Not for what is skipped: called again, the webhook would contradict its first answer. */
	if (result->verdict != INJECT_SKIP || would)
		add_audit(out, result, would);
	close_response(out);
}

void review_reply_allow(struct buf *out, const char *uid, size_t uid_len)
{
	open_response(out, uid, uid_len, true);
	close_response(out);
}

void review_reply_deny(struct buf *out, const char *uid, size_t uid_len, int code, enum reason why,
		       const char *message)
{
	open_response(out, uid, uid_len, false);
	add_status(out, code, message);
	buf_addf(out, ",\"auditAnnotations\":{\"reason\":\"%s\"}", reason_row(why)->code);
	close_response(out);
}
