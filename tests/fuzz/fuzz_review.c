/* SPDX-License-Identifier: Apache-2.0 */
/* The webhook: any body is refused in one line, or answered with JSON that has its uid. */
#include <string.h>

#include "controller/review.h"
#include "tests/fuzz/fuzz.h"
#include "tests/inject/operator.h"

static void check_reply(const struct buf *out, const struct jsonspan *asked)
{
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
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(settings) struct settings set;
	AUTO(jsonspan) struct jsonspan span;
	AUTO(buf) struct buf out;
	struct err e = { 0 };
	struct review about;

	operator_settings("federation other\npolicy kube-* rules=fdrl_x\npolicy * rules=fdrl_*", &set);
	jsonspan_init(&span, REVIEW_VALUES_MAX, JSONSPAN_DEPTH_MAX);
	buf_init(&out, REVIEW_BYTES_MAX);
	if (review_answer(&set, NULL, &span, (const char *)data, size, &about, &out, &e) < 0)
		fuzz_refused(&e);
	else
		check_reply(&out, &span);
	MUST(about.decision && about.reason, "nothing to count it under");
	return 0;
}
