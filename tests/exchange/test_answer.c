/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "exchange/answer.h"
#include "tests/support/leaks.h"
#include "tests/support/text.h"

#define NOW 1700000000 /* Tue, 14 Nov 2023 22:13:20 GMT */
#define TOKEN "sk-ant-oat01-abc_DEF-123"
#define GRANT(members) "{\"access_token\":\"" TOKEN "\",\"token_type\":\"Bearer\"," members "}"
#define EXPIRES "HTTP 200, but expires_in is "
#define BAD_TOKEN "HTTP 200, but access_token is not 1 to 16384 plain characters"

static void judge(int status, const char *body, struct answer *a)
{
	const struct answer_http http = {
		.status = status, .body = body, .body_len = strlen(body),
		.request_id = "req_1", .retry_after = "", .date = "",
	};

	answer_judge(&http, (struct wall){ NOW }, a);
}

static const struct {
	int status;
	const char *body;
	enum answer_result want;
	const char *detail;
} rows[] = {
	/* what the contract's endpoint says */
	{ 200, GRANT("\"expires_in\":600,\"scope\":\"workspace:developer\""), ANSWER_GRANTED, "" },
	{ 200, "{\"token_type\":\"bEARER\",\"expires_in\":1,\"access_token\":\"opaque\"}",
	  ANSWER_GRANTED, "" },
	{ 400,
	  "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":"
	  "\"federation_rule_id: not a rule\"}}",
	  ANSWER_MALFORMED, "federation_rule_id: not a rule" },
	{ 400, "{\"error\":\"invalid_grant\",\"error_description\":\"Authentication failed\"}",
	  ANSWER_DENIED, "Authentication failed" },
	{ 400, "{\"error\":{\"type\":\"invalid_grant\",\"message\":\"no\"}}", ANSWER_DENIED, "no" },
	{ 400, "{\"error\":\"invalid_request\"}", ANSWER_MALFORMED, "HTTP 400 without a message" },
	{ 401, "{\"error\":{\"type\":\"authentication_error\",\"message\":\"secret\"}}", ANSWER_DENIED,
	  "HTTP 401: the endpoint refuses this identity" },
	{ 403, "", ANSWER_DENIED, "HTTP 403: the endpoint refuses this identity" },
	{ 429, "{}", ANSWER_THROTTLED, "HTTP 429: too many requests" },
	{ 500, "<html>", ANSWER_TRANSIENT, "HTTP 500" },
	{ 503, "", ANSWER_TRANSIENT, "HTTP 503" },
	{ 529, "", ANSWER_TRANSIENT, "HTTP 529" },
	{ 404, "", ANSWER_TRANSIENT, "HTTP 404" },
	{ 201, GRANT("\"expires_in\":600"), ANSWER_TRANSIENT, "HTTP 201" },
	{ 204, "", ANSWER_TRANSIENT, "HTTP 204" },
	{ 302, "", ANSWER_TRANSIENT,
	  "HTTP 302: a redirect, which is never followed; is base-url right?" },
	/* a 400 that is no JSON, or of another shape */
	{ 400, "", ANSWER_MALFORMED, "HTTP 400 without a message" },
	{ 400, "<html>", ANSWER_MALFORMED, "HTTP 400 without a message" },
	{ 400, "[1]", ANSWER_MALFORMED, "HTTP 400 without a message" },
	{ 400, "{\"error\":{\"message\":7}}", ANSWER_MALFORMED, "HTTP 400 without a message" },
	/* a 400 whose text is hostile */
	{ 400, "{\"error\":{\"message\":\"a\\nb\\u001b[2J\\u00e9\"}}", ANSWER_MALFORMED, "a?b?[2J??" },
	{ 400,
	  "{\"error\":{\"message\":\"bad assertion "
	  "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzeXN0ZW06c2VydmljZWFjY291bnQifQ.c2ln here\"}}",
	  ANSWER_MALFORMED, "bad assertion * here" },
	/* a 200 that is none */
	{ 200, "", ANSWER_TRANSIENT, "HTTP 200, but the body is no JSON object" },
	{ 200, "{", ANSWER_TRANSIENT, "HTTP 200, but the body is no JSON object" },
	{ 200, "[]", ANSWER_TRANSIENT, "HTTP 200, but the body is no JSON object" },
	{ 200, "null", ANSWER_TRANSIENT, "HTTP 200, but the body is no JSON object" },
	{ 200, GRANT("\"expires_in\":600") "x", ANSWER_TRANSIENT,
	  "HTTP 200, but the body is no JSON object" },
	{ 200, GRANT("\"expires_in\":600,\"expires_in\":60"), ANSWER_TRANSIENT,
	  "HTTP 200, but the body is no JSON object" },
	{ 200, "{}", ANSWER_TRANSIENT, "HTTP 200, but token_type is not Bearer" },
	{ 200, "{\"access_token\":\"t\",\"token_type\":\"mac\",\"expires_in\":600}", ANSWER_TRANSIENT,
	  "HTTP 200, but token_type is not Bearer" },
	{ 200, "{\"access_token\":\"t\",\"token_type\":1,\"expires_in\":600}", ANSWER_TRANSIENT,
	  "HTTP 200, but token_type is not Bearer" },
	{ 200, GRANT("\"x\":1"), ANSWER_TRANSIENT, EXPIRES "missing; an integer is needed" },
	{ 200, GRANT("\"expires_in\":\"600\""), ANSWER_TRANSIENT,
	  EXPIRES "a string; an integer is needed" },
	{ 200, GRANT("\"expires_in\":600.0"), ANSWER_TRANSIENT,
	  EXPIRES "a fraction; an integer is needed" },
	{ 200, GRANT("\"expires_in\":6e2"), ANSWER_TRANSIENT,
	  EXPIRES "a fraction; an integer is needed" },
	{ 200, GRANT("\"expires_in\":null"), ANSWER_TRANSIENT,
	  EXPIRES "null; an integer is needed" },
	{ 200, GRANT("\"expires_in\":true"), ANSWER_TRANSIENT,
	  EXPIRES "true; an integer is needed" },
	{ 200, GRANT("\"expires_in\":[600]"), ANSWER_TRANSIENT,
	  EXPIRES "an array; an integer is needed" },
	{ 200, GRANT("\"expires_in\":0"), ANSWER_TRANSIENT, EXPIRES "0; 1 to 31536000 s are taken" },
	{ 200, GRANT("\"expires_in\":-600"), ANSWER_TRANSIENT,
	  EXPIRES "-600; 1 to 31536000 s are taken" },
	{ 200, GRANT("\"expires_in\":31536001"), ANSWER_TRANSIENT,
	  EXPIRES "31536001; 1 to 31536000 s are taken" },
	{ 200, GRANT("\"expires_in\":9223372036854775807"), ANSWER_TRANSIENT,
	  EXPIRES "9223372036854775807; 1 to 31536000 s are taken" },
	{ 200, GRANT("\"expires_in\":9223372036854775808"), ANSWER_TRANSIENT,
	  "HTTP 200, but the body is no JSON object" },
	{ 200, "{\"token_type\":\"Bearer\",\"expires_in\":600}", ANSWER_TRANSIENT, BAD_TOKEN },
	{ 200, "{\"access_token\":\"\",\"token_type\":\"Bearer\",\"expires_in\":600}",
	  ANSWER_TRANSIENT, BAD_TOKEN },
	{ 200, "{\"access_token\":7,\"token_type\":\"Bearer\",\"expires_in\":600}", ANSWER_TRANSIENT,
	  BAD_TOKEN },
	{ 200, "{\"access_token\":\"a b\",\"token_type\":\"Bearer\",\"expires_in\":600}",
	  ANSWER_TRANSIENT, BAD_TOKEN },
	{ 200, "{\"access_token\":\"a\\nb\",\"token_type\":\"Bearer\",\"expires_in\":600}",
	  ANSWER_TRANSIENT, BAD_TOKEN },
	{ 200, "{\"access_token\":\"a\\\"b\",\"token_type\":\"Bearer\",\"expires_in\":600}",
	  ANSWER_TRANSIENT, BAD_TOKEN },
	{ 200, "{\"access_token\":\"a\\\\b\",\"token_type\":\"Bearer\",\"expires_in\":600}",
	  ANSWER_TRANSIENT, BAD_TOKEN },
	{ 200, "{\"access_token\":\"\\u00e9\",\"token_type\":\"Bearer\",\"expires_in\":600}",
	  ANSWER_TRANSIENT, BAD_TOKEN },
	{ 200, "{\"access_token\":\"a\\u0000b\",\"token_type\":\"Bearer\",\"expires_in\":600}",
	  ANSWER_TRANSIENT, "HTTP 200, but the body is no JSON object" },
};

Test(answer, tells_the_contracts_answers_and_hostile_ones_apart)
{
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		struct answer a;
		bool granted = rows[i].want == ANSWER_GRANTED;

		judge(rows[i].status, rows[i].body, &a);
		cr_expect(eq(int, (int)a.result, (int)rows[i].want), "row %zu: %d %s", i,
			  rows[i].status, rows[i].body);
		cr_expect(eq(str, a.detail, TEXT(rows[i].detail)), "row %zu: %s", i, rows[i].body);
		cr_expect(eq(int, a.status, rows[i].status), "row %zu", i);
		cr_expect(eq(int, a.expires_in_s > 0, granted), "row %zu", i);
		cr_expect(eq(int, a.token[0] != '\0', granted), "row %zu", i);
		answer_fini(&a);
	}
	NO_LEAKS();
}

Test(answer, a_nul_byte_after_the_json_is_no_json)
{
	static const char body[] = GRANT("\"expires_in\":600");
	const struct answer_http http = { .status = 200, .body = body, .body_len = sizeof(body),
					  .request_id = "", .retry_after = "", .date = "" };
	struct answer a;

	answer_judge(&http, (struct wall){ NOW }, &a);
	cr_expect(eq(int, (int)a.result, (int)ANSWER_TRANSIENT));
}

Test(answer, nesting_of_any_depth_is_refused_without_a_crash)
{
	static char body[65536];
	static const char open[] = "[{";

	for (size_t i = 0; i < 2; i++) {
		struct answer a;

		memset(body, open[i], sizeof(body) - 1);
		for (size_t k = 0; i == 1 && k + 5 < sizeof(body); k += 5)
			memcpy(body + k, "{\"a\":", 5);
		judge(200, body, &a);
		cr_expect(eq(int, (int)a.result, (int)ANSWER_TRANSIENT));
		judge(400, body, &a);
		cr_expect(eq(int, (int)a.result, (int)ANSWER_MALFORMED));
	}
	NO_LEAKS();
}

Test(answer, the_longest_token_passes_and_one_byte_more_does_not)
{
	static char body[TOKEN_MAX + 100];

	for (size_t over = 0; over < 2; over++) {
		struct answer a;
		char *p = stpcpy(body, "{\"token_type\":\"Bearer\",\"expires_in\":60,\"access_token\":\"");

		memset(p, 't', TOKEN_MAX + over);
		strcpy(p + TOKEN_MAX + over, "\"}");
		judge(200, body, &a);
		cr_expect(eq(int, (int)a.result, (int)(over ? ANSWER_TRANSIENT : ANSWER_GRANTED)));
		cr_expect(eq(sz, strlen(a.token), over ? 0 : TOKEN_MAX));
	}
}

static const struct {
	const char *retry_after, *date;
	int64_t want;
} waits[] = {
	{ "", "", -1 },
	{ "0", "", 0 },
	{ "120", "", 120 },
	{ "86401", "", 86400 },
	{ "99999999999999999999", "", 86400 },
	{ "-1", "", -1 },
	{ "+1", "", -1 },
	{ "1.5", "", -1 },
	{ "soon", "", -1 },
	{ "Tue, 14 Nov 2023 22:14:20 GMT", "", 60 },	/* against our clock */
	{ "Tue, 14 Nov 2023 22:14:20 GMT", "Tue, 14 Nov 2023 22:14:00 GMT", 20 },
	{ "Tue, 14 Nov 2023 22:13:20 GMT", "Tue, 14 Nov 2023 22:14:00 GMT", 0 },
	{ "Fri, 31 Dec 9999 23:59:59 GMT", "", 86400 },
};

Test(answer, retry_after_is_seconds_or_a_date)
{
	for (size_t i = 0; i < COUNTOF(waits); i++) {
		const struct answer_http http = { .status = 429, .request_id = "",
						  .retry_after = waits[i].retry_after,
						  .date = waits[i].date };
		struct answer a;

		answer_judge(&http, (struct wall){ NOW }, &a);
		cr_expect(eq(i64, a.retry_after_s, waits[i].want), "'%s' at '%s'",
			  waits[i].retry_after, waits[i].date);
	}
}

Test(answer, an_unprintable_or_long_request_id_is_dropped)
{
	char longest[130];
	const char *const ids[][2] = {
		{ "req_011CSHoEeqs5C35K2UUqR7Fy", "req_011CSHoEeqs5C35K2UUqR7Fy" },
		{ "", "" }, { "a b", "" }, { "a\tb", "" }, { "\xc3\xa9", "" }, { "a\x7f", "" },
		{ longest, "" }, { longest + 1, longest + 1 },
	};

	memset(longest, 'r', 129);
	longest[129] = '\0';
	for (size_t i = 0; i < COUNTOF(ids); i++) {
		const struct answer_http http = { .status = 500, .request_id = ids[i][0],
						  .retry_after = "", .date = "" };
		struct answer a;

		answer_judge(&http, (struct wall){ NOW }, &a);
		cr_expect(eq(str, a.request_id, TEXT(ids[i][1])), "row %zu", i);
	}
}

Test(answer, prints_lines_then_an_empty_one_then_the_token)
{
	AUTO(buf) struct buf out = { .max = 4096 };
	const struct answer_http http = {
		.status = 200, .body = GRANT("\"expires_in\":600"),
		.body_len = strlen(GRANT("\"expires_in\":600")), .request_id = "req_1",
		.retry_after = "7", .date = "Tue, 14 Nov 2023 22:13:20 GMT",
	};
	struct answer a;

	answer_judge(&http, (struct wall){ NOW }, &a);
	a.unconfined = "landlock";
	answer_print(&a, &out);
	cr_expect(eq(str, out.data,
		     TEXT("result granted\nstatus 200\nexpires-in 600\nrequest-id req_1\n"
			  "retry-after 7\ndate 1700000000\nunconfined landlock\n\n" TOKEN "\n")));
	answer_fini(&a);
	cr_expect(eq(int, a.token[0], 0), "the token is wiped");
	buf_fini(&out);
	NO_LEAKS();
}

Test(answer, prints_no_line_for_what_is_not_known)
{
	AUTO(buf) struct buf out = { .max = 4096 };
	struct answer a;

	answer_none(ANSWER_NOT_SENT, "Could not resolve host: x\ny", &a);
	answer_print(&a, &out);
	cr_expect(eq(str, out.data,
		     TEXT("result not-sent\ndetail Could not resolve host: x?y\n\n")));
}

Test(answer, every_result_has_the_name_the_writer_knows)
{
	static const char *const names[] = { "granted", "denied", "malformed", "throttled",
					     "transient", "not-sent" };

	cr_assert(eq(sz, COUNTOF(names), ANSWER_RESULTS));
	for (size_t i = 0; i < COUNTOF(names); i++) {
		AUTO(buf) struct buf out = { .max = 4096 };
		struct answer a;
		char want[64];

		answer_none((enum answer_result)i, "", &a);
		answer_print(&a, &out);
		(void)snprintf(want, sizeof(want), "result %s\n", names[i]);
		cr_expect(eq(int, strncmp(out.data, want, strlen(want)), 0), "%s", out.data);
	}
}
