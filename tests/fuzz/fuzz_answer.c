/* SPDX-License-Identifier: Apache-2.0 */
/* The writer reading what the exchange child said. */
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "writer/answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	struct answer a = { .http_status = -7 };
	struct err e = { 0 };

	if (answer_parse(text, size, &a, &e) < 0) {
		fuzz_refused(&e);
		MUST(e.kind == ERR_TRANSIENT, "kind %d: the assertion would not be spent", e.kind);
		MUST(a.http_status == -7, "refused, but the output is written");
		return 0;
	}
	MUST(a.result > RESULT_NONE && a.result < RESULTS, "result %d", a.result);
	MUST(a.http_status >= 0 && a.http_status <= 999 && a.retry_after_s >= -1 && a.date_s >= 0,
	     "a number is out of range");
	MUST(!*a.unconfined || !strcmp(a.unconfined, "landlock") || !strcmp(a.unconfined, "seccomp") ||
		     !strcmp(a.unconfined, "landlock,seccomp"), "unconfined %s", a.unconfined);
	MUST((a.result == RESULT_GRANTED) == (a.token.len > 0), "a token comes with a grant");
	if (a.result != RESULT_GRANTED)
		return 0;
	MUST(a.expires_in_s >= 1 && a.expires_in_s <= ANSWER_LIFETIME_MAX_S, "lifetime");
	MUST(a.token.s > text && a.token.s + a.token.len + 1 == text + size &&
	     text[size - 1] == '\n' && a.token.len <= ANSWER_TOKEN_MAX,
	     "the token is not the end of the text");
	for (size_t i = 0; i < a.token.len; i++)
		MUST(a.token.s[i] > 0x20 && a.token.s[i] < 0x7f, "the token does not print");
	return 0;
}
