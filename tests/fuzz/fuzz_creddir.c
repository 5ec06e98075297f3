/* SPDX-License-Identifier: Apache-2.0 */
/* The judge of a credential directory: what it takes, jansson reads, and reads the same. */
#include <jansson.h>
#include <string.h>

#include "common/creddir.h"
#include "tests/fuzz/fuzz.h"

static void check_config(const char *text, size_t size)
{
	struct err e = { 0 };
	json_t *j;

	if (creddir_parse_config(text, size, &e) < 0) {
		fuzz_refused(&e);
		return;
	}
	j = json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
	MUST(j && json_is_string(json_object_get(json_object_get(j, "authentication"), "type")),
	     "a config that jansson does not read");
	json_decref(j);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	AUTO(buf) struct buf token;
	struct err e = { 0 };
	int64_t at_s = -7;
	json_t *j, *want;

	buf_init(&token, CREDDIR_MAX_BYTES);
	check_config(text, size);
	if (creddir_parse_credential(text, size, &token, &at_s, &e) < 0) {
		fuzz_refused(&e);
		MUST(at_s == -7 && !token.len, "refused, but the output is written");
		return 0;
	}
	for (size_t i = 0; i < token.len; i++)
		MUST(token.data[i] > 0x20 && token.data[i] < 0x7f, "a token that no header takes");
	j = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
	want = json_object_get(j, "access_token");
	MUST(json_integer_value(json_object_get(j, "expires_at")) == at_s && at_s >= 0, "expiry");
	MUST(json_string_length(want) == token.len && token.len &&
	     !memcmp(json_string_value(want), token.data, token.len), "another token");
	json_decref(j);
	return 0;
}
