/* SPDX-License-Identifier: Apache-2.0 */
/* The exchange reading what the writer asks: what it takes makes a JSON body with the assertion. */
#include <string.h>

#include "common/jsonspan.h"
#include "exchange/request.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(free) char *text = fuzz_text(data, size);
	AUTO(jsonspan) struct jsonspan j;
	AUTO(buf) struct buf body;
	struct request r = { .timeout_ms = -7 };
	struct err e = { 0 };

	jsonspan_init(&j, 64, 2);
	buf_init(&body, REQUEST_MAX);
	if (request_parse(text, size, &r, &e) < 0) {
		fuzz_refused(&e);
		MUST(r.timeout_ms == -7, "refused, but the output is written");
		return 0;
	}
	MUST(r.insecure || !strncmp(r.base_url, "https://", 8), "%s without insecure", r.base_url);
	MUST(strlen(r.assertion) == r.assertion_len, "the assertion does not end");
	request_body(&r, &body);
	fuzz_is_json(&body, "the body");
	MUST(jsonspan_parse(&j, body.data, body.len, &e) == 0, "%s", e.msg);
	MUST(jsonspan_eq(&j, jsonspan_get(&j, 0, "assertion"), r.assertion) &&
	     jsonspan_eq(&j, jsonspan_get(&j, 0, "federation_rule_id"), r.federation_rule),
	     "the body says something else");
	return 0;
}
