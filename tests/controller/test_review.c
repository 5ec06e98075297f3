/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "common/fileio.h"
#include "config/config.h"
#include "controller/review.h"
#include "inject/settings.h"
#include "tests/support/leaks.h"
#include "tests/support/text.h"

#define ANSWER_MAX (4u << 20)

/* A reviewer with the smallest config, and its last answer. */
struct desk {
	struct settings settings;
	struct jsonspan span;
	struct review about;
	struct buf out;
	struct err e;
};

static void desk_open(struct desk *d)
{
	struct sys sys = sys_real();

	*d = (struct desk){ 0 };
	settings_init(&d->settings);
	jsonspan_init(&d->span, REVIEW_VALUES_MAX, JSONSPAN_DEPTH_MAX);
	buf_init(&d->out, ANSWER_MAX);
	cr_assert(eq(int, config_load(&sys, "tests/data/config/minimal.yaml", &d->settings, &d->e),
		     0));
}

static void desk_close(struct desk *d)
{
	settings_fini(&d->settings);
	jsonspan_fini(&d->span);
	buf_fini(&d->out);
}

/* Answer BODY; the `response` object, which the caller frees, or NULL with an error in D. */
static json_t *ask(struct desk *d, const char *body, size_t len)
{
	json_t *answer, *response;

	d->e = (struct err){ 0 };
	buf_reset(&d->out);
	if (review_answer(&d->settings, NULL, &d->span, body, len, &d->about, &d->out, &d->e) < 0) {
		cr_expect(eq(sz, d->out.len, 0), "no answer beside an error");
		return NULL;
	}
	answer = json_loadb(d->out.data, d->out.len, JSON_REJECT_DUPLICATES, NULL);
	cr_assert(answer != NULL, "%s", d->out.data);
	cr_expect(eq(str, TEXT(json_string_value(json_object_get(answer, "kind"))),
		     TEXT("AdmissionReview")));
	cr_expect(eq(str, TEXT(json_string_value(json_object_get(answer, "apiVersion"))),
		     TEXT("admission.k8s.io/v1")));
	response = json_incref(json_object_get(answer, "response"));
	json_decref(answer);
	return response;
}

static json_t *ask_file(struct desk *d, const char *path)
{
	AUTO(buf) struct buf text;
	struct sys sys = sys_real();

	buf_init(&text, 1 << 20);
	cr_assert(eq(int, fileio_read(&sys, AT_FDCWD, path, 0, &text, &d->e), 0), "%s", d->e.msg);
	return ask(d, text.data, text.len);
}

static char *get(json_t *response, const char *object, const char *key)
{
	json_t *o = object ? json_object_get(response, object) : response;
	const char *s = json_string_value(json_object_get(o, key));

	return TEXT(s ? s : "");
}

static bool allowed(json_t *response)
{
	json_t *value = json_object_get(response, "allowed");

	cr_assert(value == json_true() || value == json_false());
	return json_boolean_value(value);
}

static const struct {
	const char *file, *uid, *name;
	enum review_decision decision;
	enum reason reason;
} recorded[] = {
	{ "bare-pod", "0e99e92d-41c5-4609-aa5a-0fa7d1ab98b1", "debug", REVIEW_UNCHANGED,
	  REASON_NOT_ASKED },
	{ "daemonset-pod", "72319d24-e26b-400d-a83d-41c9c72bc668", "node-agent-*",
	  REVIEW_UNCHANGED, REASON_NOT_ASKED },
	{ "deployment-pod", "ecc3807f-c509-4692-bdc8-169caae6ff34", "chat-api-569b9d9d7c-*",
	  REVIEW_PATCHED, REASON_INJECTED },
	{ "job-pod", "a84cd3eb-9129-4fa0-a889-7992a2b05f85", "summarise-*", REVIEW_PATCHED,
	  REASON_INJECTED },
};

Test(review, answers_what_a_real_api_server_sent)
{
	struct desk d;

	desk_open(&d);
	for (size_t i = 0; i < COUNTOF(recorded); i++) {
		char path[64];
		json_t *r;

		(void)snprintf(path, sizeof(path), "tests/data/reviews/%s.json", recorded[i].file);
		r = ask_file(&d, path);
		cr_assert(r != NULL, "%s: %s", path, d.e.msg);
		cr_expect(eq(str, get(r, NULL, "uid"), TEXT(recorded[i].uid)), "%s", path);
		cr_expect(allowed(r), "%s", path);
		cr_expect(eq(str, d.about.uid, TEXT(recorded[i].uid)));
		cr_expect(eq(str, d.about.namespace_, TEXT("default")));
		cr_expect(eq(str, d.about.name, TEXT(recorded[i].name)));
		cr_expect(eq(int, d.about.decision, recorded[i].decision), "%s", path);
		cr_expect(eq(int, d.about.reason, recorded[i].reason), "%s", path);
		cr_expect(not(d.about.dry_run));
		json_decref(r);
	}
	desk_close(&d);
	NO_LEAKS();
}

Test(review, patch_is_base64_of_a_json_array_and_the_audit_names_the_identity)
{
	struct desk d;
	unsigned char raw[32768];
	char *patch;
	json_t *r, *ops;
	int n;

	desk_open(&d);
	r = ask_file(&d, "tests/data/reviews/deployment-pod.json");
	cr_assert(r != NULL);
	patch = get(r, NULL, "patch");
	cr_assert(strlen(patch) % 4 == 0 && strlen(patch) < sizeof(raw));
	n = EVP_DecodeBlock(raw, (unsigned char *)patch, (int)strlen(patch));
	for (const char *pad = strchr(patch, '='); pad && *pad; pad++)
		n--; /* EVP_DecodeBlock counts the padding */
	ops = json_loadb((char *)raw, (size_t)n, 0, NULL);
	cr_expect(json_array_size(ops) > 3, "%.*s", n, raw);
	cr_expect(eq(str, get(r, NULL, "patchType"), TEXT("JSONPatch")));
	cr_expect(eq(str, get(r, "auditAnnotations", "rule"), TEXT("fdrl_x")));
	cr_expect(eq(str, get(r, "auditAnnotations", "service-account"), TEXT("svac_x")));
	cr_expect(eq(str, get(r, "auditAnnotations", "federation"), TEXT("default")));
	cr_expect(eq(str, get(r, "auditAnnotations", "mode"), TEXT("sidecar")));
	cr_expect(eq(str, get(r, "auditAnnotations", "reason"), TEXT("Injected")));
	json_decref(ops);
	json_decref(r);
	desk_close(&d);
}

#define HEAD                                                                                       \
	"{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/"                         \
	"v1\",\"request\":{\"uid\":\"u\","
#define POD                                                                                        \
	HEAD "\"kind\":{\"kind\":\"Pod\"},\"operation\":\"CREATE\",\"namespace\":\"n\","           \
	     "\"object\":"

static const struct {
	const char *body, *want; /* the start of the message */
} others[] = {
	{"", "not an AdmissionReview: "},
	{"x", "not an AdmissionReview: invalid JSON at byte 0"},
	{"[]", "not an AdmissionReview: the body is not a JSON object"},
	{"{\"apiVersion\":\"admission.k8s.io/v1\"}", "not an AdmissionReview: kind is another"},
	{"{\"kind\":\"Pod\",\"apiVersion\":\"v1\"}", "not an AdmissionReview: kind is another"},
	{"{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1beta1\"}",
	 "not an AdmissionReview: apiVersion is another; send kind AdmissionReview of apiVersion "
	 "admission.k8s.io/v1 with a request that has a uid"},
	{"{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\",\"request\":null}",
	 "not an AdmissionReview: it has no request"},
	{"{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\",\"request\":{}}",
	 "not an AdmissionReview: its request has no uid"},
	{"{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/"
	 "v1\",\"request\":{\"uid\":\"\"}}",
	 "not an AdmissionReview: its request has no uid"},
	{"{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/"
	 "v1\",\"request\":{\"uid\":1}}",
	 "not an AdmissionReview: its request has no uid"},
	{HEAD
	 "\"namespace\":\"0123456789012345678901234567890123456789012345678901234567890123\"}}",
	 "not an AdmissionReview: its namespace is longer than 63 bytes"},
	{HEAD "\"uid\":\"u\"}", "not an AdmissionReview: invalid JSON"},
};

Test(review, says_what_is_no_review)
{
	struct desk d;

	desk_open(&d);
	for (size_t i = 0; i < COUNTOF(others); i++) {
		json_t *r = ask(&d, others[i].body, strlen(others[i].body));

		cr_expect(r == NULL, "%s", others[i].body);
		cr_expect(eq(int, err_http(&d.e), 400), "%s", others[i].body);
		cr_expect(eq(int, strncmp(d.e.msg, others[i].want, strlen(others[i].want)), 0),
			  "%s", d.e.msg);
		cr_expect(eq(int, d.about.decision, REVIEW_ERROR));
		cr_expect(eq(int, d.about.reason, REASON_NOT_A_REVIEW));
	}
	desk_close(&d);
	NO_LEAKS();
}

static const char *const elsewhere[] = {
	HEAD "\"kind\":{\"kind\":\"Pod\"},\"operation\":\"UPDATE\"}}",
	HEAD "\"kind\":{\"kind\":\"Pod\"}}}",
	HEAD "\"operation\":\"CREATE\"}}",
	HEAD "\"kind\":{\"kind\":\"Deployment\",\"group\":\"apps\"},\"operation\":\"CREATE\"}}",
	HEAD "\"kind\":{\"kind\":\"Pod\",\"group\":\"metrics.k8s.io\"},\"operation\":\"CREATE\"}}",
	HEAD "\"kind\":{\"kind\":\"Pod\"},\"operation\":\"CREATE\",\"subResource\":\"binding\"}}",
};

Test(review, leaves_alone_what_is_not_the_creation_of_a_pod)
{
	struct desk d;

	desk_open(&d);
	for (size_t i = 0; i < COUNTOF(elsewhere); i++) {
		json_t *r = ask(&d, elsewhere[i], strlen(elsewhere[i]));

		cr_assert(r != NULL, "%s", d.e.msg);
		cr_expect(allowed(r), "%s", elsewhere[i]);
		cr_expect(json_object_get(r, "patch") == NULL);
		cr_expect(eq(int, d.about.reason, REASON_NOT_A_POD_CREATION), "%s", elsewhere[i]);
		json_decref(r);
	}
	desk_close(&d);
}

static const struct {
	const char *object;
	int code;
	const char *reason, *message; /* message: a part of it */
} denied[] = {
	{ "null", 400, "BadRequest", "pod n/: " },
	{ "[]", 400, "BadRequest", "pod n/: " },
	{ "{\"metadata\":{\"generateName\":\"web-\",\"annotations\":{\"wif.anthropic.com/inject\":"
	  "\"yes\"}},\"spec\":{\"containers\":[{\"name\":\"a\",\"image\":\"b\"}]}}",
	  403, "Forbidden", "pod n/web-*: annotation wif.anthropic.com/inject=\"yes\"" },
	{ "{\"metadata\":{\"name\":\"a\",\"annotations\":{\"wif.anthropic.com/inject\":\"true\","
	  "\"wif.anthropic.com/mode\":\"sidcar\"}},\"spec\":{\"containers\":[{\"name\":\"a\"}]}}",
	  403, "Forbidden", "not a mode; use sidecar, init or env" },
	{ "{\"metadata\":{\"name\":\"a\",\"annotations\":{\"wif.anthropic.com/inject\":\"true\"}},"
	  "\"spec\":{\"containers\":[]}}", 403, "Forbidden", "pod n/a: " },
};

Test(review, denies_with_code_and_reason)
{
	struct desk d;

	desk_open(&d);
	for (size_t i = 0; i < COUNTOF(denied); i++) {
		AUTO(buf) struct buf body;
		json_t *r, *status;

		buf_init(&body, 65536);
		buf_addf(&body, POD "%s,\"dryRun\":true}}", denied[i].object);
		r = ask(&d, body.data, body.len);
		cr_assert(r != NULL, "%s", d.e.msg);
		status = json_object_get(r, "status");
		cr_expect(not(allowed(r)), "%s", denied[i].object);
		cr_expect(json_object_get(r, "patch") == NULL);
		cr_expect(eq(int, (int)json_integer_value(json_object_get(status, "code")),
			     denied[i].code),
			  "%s", denied[i].object);
		cr_expect(eq(str, get(r, "status", "reason"), TEXT(denied[i].reason)));
		cr_expect(strstr(get(r, "status", "message"), denied[i].message) != NULL, "%s",
			  get(r, "status", "message"));
		cr_expect(eq(int, d.about.decision, REVIEW_DENIED));
		cr_expect(eq(str, get(r, "auditAnnotations", "reason"),
			     TEXT(reason_row(d.about.reason)->code)));
		cr_expect(d.about.dry_run);
		json_decref(r);
	}
	desk_close(&d);
	NO_LEAKS();
}

Test(review, echoes_a_strange_uid_byte_for_byte)
{
	static const char body[] =
		"{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\","
		"\"request\":{\"uid\":\"\\u0061\\\"\\\\ \xc3\xa9\"}}";
	struct desk d;
	json_t *r;

	desk_open(&d);
	r = ask(&d, body, strlen(body));
	cr_assert(r != NULL, "%s", d.e.msg);
	cr_expect(eq(str, get(r, NULL, "uid"), TEXT("a\"\\ \xc3\xa9")));
	json_decref(r);
	desk_close(&d);
}

static void expect_too_big(struct desk *d, const struct buf *body, const char *what)
{
	cr_expect(ask(d, body->data, body->len) == NULL);
	cr_expect(eq(int, err_http(&d->e), 413));
	cr_expect(eq(int, d->about.decision, REVIEW_ERROR));
	cr_expect(eq(int, d->about.reason, REASON_REVIEW_TOO_BIG));
	cr_expect(strstr(d->e.msg, what) != NULL, "%s", d->e.msg);
}

Test(review, refuses_a_text_of_too_many_values_or_layers)
{
	AUTO(buf) struct buf body;
	struct desk d;

	desk_open(&d);
	buf_init(&body, 8 << 20);
	buf_adds(&body, POD "[0");
	for (uint32_t i = 0; i < REVIEW_VALUES_MAX; i++)
		buf_adds(&body, ",0");
	buf_adds(&body, "]}}");
	expect_too_big(&d, &body, "too many values; send a review of at most 524288 JSON values");
	buf_reset(&body);
	buf_adds(&body, POD);
	for (uint32_t i = 0; i < JSONSPAN_DEPTH_MAX; i++)
		buf_addc(&body, '[');
	expect_too_big(&d, &body, "too deeply nested; send a review of at most");
	desk_close(&d);
}
