/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The webhook, given a review and what is around (parts.h): any body is refused in one line, or
 * answered with JSON that has its uid; a patch applies, takes nothing away, and the same review
 * of the patched pod gets none; where the Namespace is observed, nothing is refused.
 */
#include <string.h>

#include "controller/review.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/parts.h"
#include "tests/inject/operator.h"
#include "tests/inject/properties.h"

struct webhook {
	struct settings set;
	struct golden_around around;
	struct jsonspan span;
	struct buf out;
	struct review about;
};

/* Does the Namespace say so? The core reads it with the same ceilings. */
static bool observed(const struct webhook *w)
{
	AUTO(jsonspan) struct jsonspan j;
	AUTO(buf) struct buf key = { .max = 512 };
	const char *text = w->around.text[INJECT_NAMESPACE];
	uint32_t labels;
	struct err e;

	jsonspan_init(&j, 1u << 17, JSONSPAN_DEPTH_MAX);
	if (!text || text[0] != '{' || jsonspan_parse(&j, text, strlen(text), &e))
		return false;
	buf_addf(&key, "%s/injection", w->set.prefix);
	labels = jsonspan_member(&j, jsonspan_member(&j, 0, "metadata"), "labels");
	return jsonspan_eq(&j, jsonspan_member(&j, labels, key.data), "observe");
}

static void check_reply(const struct webhook *w)
{
	const struct buf *out = &w->out;
	const struct jsonspan *asked = &w->span;
	AUTO(jsonspan) struct jsonspan j;
	uint32_t uid = jsonspan_member(asked, jsonspan_member(asked, 0, "request"), "uid");
	uint32_t response;
	struct err e;

	fuzz_is_json(out, "the answer");
	jsonspan_init(&j, 1024, JSONSPAN_DEPTH_MAX);
	MUST(jsonspan_parse(&j, out->data, out->len, &e) == 0, "%s", e.msg);
	response = jsonspan_get(&j, 0, "response");
	MUST(jsonspan_same(asked, uid, &j, jsonspan_get(&j, response, "uid")), "another uid");
	MUST(jsonspan_type(&j, jsonspan_get(&j, response, "allowed")) == JSONSPAN_BOOL,
	     "neither allowed nor denied");
	MUST(jsonspan_true(&j, jsonspan_get(&j, response, "allowed")) || !observed(w),
	     "refused where the Namespace is observed: %s", out->data);
}

/* One review: true when there is an answer to it, in W->out. */
static bool ask(struct webhook *w, const char *body, size_t len)
{
	const struct inject_around who = golden_view(&w->around);
	struct err e = { 0 };
	int rc;

	buf_reset(&w->out);
	rc = review_answer(&w->set, &who, &w->span, body, len, &w->about, &w->out, &e);
	MUST(rc == REVIEW_WANTS || w->about.reason < REASONS, "nothing to count it under");
	if (rc == REVIEW_ANSWERED)
		check_reply(w);
	else
		MUST(!w->out.len, "an answer beside an error");
	if (rc < 0)
		fuzz_refused(&e);
	return rc == REVIEW_ANSWERED;
}

/* The bytes that TEXT, base64 of our own making, stands for. Source: RFC 4648 §4. */
static void decode(const char *text, struct buf *out)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	unsigned bits = 0, n = 0;

	for (; *text && *text != '='; text++) {
		const char *digit = strchr(digits, *text);

		MUST(digit, "no base64: %s", text);
		bits = bits << 6 | (unsigned)(digit - digits);
		n += 6;
		if (n >= 8)
			buf_addc(out, (char)(bits >> (n -= 8)));
	}
}

/* The patch of the answer, NULL when there is none. REMOVES: it may take static keys away. */
static json_t *patch_of(const struct buf *answer, bool *removes)
{
	json_t *doc = json_loadb(answer->data, answer->len, 0, NULL), *patch = NULL;
	json_t *response = json_object_get(doc, "response");
	const char *text = json_string_value(json_object_get(response, "patch"));
	AUTO(buf) struct buf decoded = { .max = answer->len + 1 };

	*removes = strstr(answer->data, "(static-key=remove)") != NULL;
	if (text) {
		decode(text, &decoded);
		patch = json_loadb(decoded.data, decoded.len, JSON_REJECT_DUPLICATES, NULL);
		MUST(patch, "the patch is no JSON: %s", decoded.data);
	}
	json_decref(doc);
	return patch;
}

static void check_patch(struct webhook *w, json_t *review)
{
	json_t *pod = json_object_get(json_object_get(review, "request"), "object"), *patch;
	char *fault, *text;
	bool removes;

	patch = patch_of(&w->out, &removes);
	if (patch) {
		fault = properties_patch_fault(pod, patch, w->set.prefix, removes);
		MUST(!fault, "%s", fault);
		text = json_dumps(review, JSON_COMPACT);
		MUST(ask(w, text, strlen(text)), "the patched pod is not answered: %s", text);
		MUST(w->about.reason == REASON_ALREADY_INJECTED, "again: %s: %s",
		     reason_row(w->about.reason)->code, text);
		free(text);
	}
	json_decref(patch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct parts parts = parts_of(data, size);
	const struct part *body = &parts.part[PART_POD];
	struct webhook w = { .around = parts_around(&parts) };
	json_t *review;

	operator_settings("federation other\npolicy kube-* rules=fdrl_x\npolicy * rules=fdrl_*",
			  &w.set);
	jsonspan_init(&w.span, REVIEW_VALUES_MAX, JSONSPAN_DEPTH_MAX);
	buf_init(&w.out, REVIEW_BYTES_MAX);
	if (ask(&w, (const char *)body->data, body->len)) {
		review = json_loadb((const char *)body->data, body->len, 0, NULL);
		if (review) /* jansson's limits are narrower */
			check_patch(&w, review);
		json_decref(review);
	}
	buf_fini(&w.out);
	jsonspan_fini(&w.span);
	golden_around_fini(&w.around);
	settings_fini(&w.set);
	return 0;
}
