/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The exchange judging what the endpoint said. The input is the status, the
 * request id, Retry-After and Date, a line each, then the body. Whatever it
 * is, the writer understands what the exchange makes of it.
 */
#include <string.h>

#include "exchange/answer.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/heard.h"

#define NOW INT64_C(1795000000)
#define WORD "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~+/="

/* The next line of *REST, terminated in place. */
static char *line(char **rest)
{
	char *s = *rest, *newline = strchr(s, '\n');

	*rest = newline ? newline + 1 : s + strlen(s);
	if (newline)
		*newline = '\0';
	return s;
}

static void check(const struct answer *a)
{
	static const char *const names[] = { "granted", "denied", "malformed", "throttled",
					     "transient", "not-sent" };
	AUTO(buf) struct buf text;
	const char *heard;
	struct err e;

	buf_init(&text, (size_t)2 * TOKEN_MAX);
	answer_print(a, &text);
	MUST(buf_check(&text, "the answer", &e) == 0, "%s", e.msg);
	heard = heard_result(text.data, text.len);
	MUST(heard && !strcmp(heard, names[a->result]), "said %s, heard %s", names[a->result], heard);
	MUST((a->result == ANSWER_GRANTED) == !!a->token[0], "a token comes with a grant");
	for (const char *p = a->detail; *p; p += strcspn(p, WORD)) {
		size_t n = strspn(p, WORD);

		MUST(n <= 48, "a word that could be a secret is told");
		p += n;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(free) char *text = fuzz_text(data, size);
	char *rest = text;
	struct answer_http http = { .status = (int)(strtoul(line(&rest), NULL, 10) % 1000) };
	struct answer a;

	http.request_id = line(&rest);
	http.retry_after = line(&rest);
	http.date = line(&rest);
	http.body = rest;
	http.body_len = size - (size_t)(rest - text);
	answer_judge(&http, (struct wall){ NOW }, &a);
	check(&a);
	answer_fini(&a);
	return 0;
}
