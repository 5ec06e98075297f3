/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "common/buf.h"
#include "tests/support/leaks.h"
#include "tests/support/text.h"
#include "writer/answer.h"

#define TEXT_AND_LEN(s) s, sizeof(s) - 1

static const struct {
	const char *name, *text;
	size_t len;
} bad[] = {
	{ "nothing", TEXT_AND_LEN("") },
	{ "no empty line", TEXT_AND_LEN("result denied\n") },
	{ "no last newline", TEXT_AND_LEN("result denied\n\nx") },
	{ "only an empty line", TEXT_AND_LEN("\n") },
	{ "no result", TEXT_AND_LEN("status 200\n\n") },
	{ "unknown result", TEXT_AND_LEN("result maybe\n\n") },
	{ "the result \"none\"", TEXT_AND_LEN("result none\n\n") },
	{ "unknown key", TEXT_AND_LEN("result denied\ncolour red\n\n") },
	{ "repeated key", TEXT_AND_LEN("result denied\nstatus 401\nstatus 401\n\n") },
	{ "repeated result", TEXT_AND_LEN("result denied\nresult granted\n\n") },
	{ "no space", TEXT_AND_LEN("result\n\n") },
	{ "upper case key", TEXT_AND_LEN("Result denied\n\n") },
	{ "NUL in a value", TEXT_AND_LEN("result denied\ndetail a\0b\n\n") },
	{ "NUL in a key", TEXT_AND_LEN("res\0ult denied\n\n") },
	{ "carriage return", TEXT_AND_LEN("result denied\r\n\r\n") },
	{ "status too big", TEXT_AND_LEN("result denied\nstatus 1000\n\n") },
	{ "status negative", TEXT_AND_LEN("result denied\nstatus -1\n\n") },
	{ "bytes after a refusal", TEXT_AND_LEN("result denied\n\nsk-ant-oat01-x\n") },
	{ "a grant without lifetime", TEXT_AND_LEN("result granted\n\nsk-ant-oat01-x\n") },
	{ "lifetime zero", TEXT_AND_LEN("result granted\nexpires-in 0\n\nsk-ant-oat01-x\n") },
	{ "lifetime negative", TEXT_AND_LEN("result granted\nexpires-in -5\n\nsk-ant-oat01-x\n") },
	{ "lifetime fractional",
	  TEXT_AND_LEN("result granted\nexpires-in 600.5\n\nsk-ant-oat01-x\n") },
	{ "lifetime of 30 digits",
	  TEXT_AND_LEN("result granted\nexpires-in 600000000000000000000000000000\n\nsk-ant\n") },
	{ "lifetime empty", TEXT_AND_LEN("result granted\nexpires-in \n\nsk-ant-oat01-x\n") },
	{ "lifetime on a refusal", TEXT_AND_LEN("result denied\nexpires-in 600\n\n") },
	{ "no token", TEXT_AND_LEN("result granted\nexpires-in 600\n\n") },
	{ "empty token", TEXT_AND_LEN("result granted\nexpires-in 600\n\n\n") },
	{ "token cut off", TEXT_AND_LEN("result granted\nexpires-in 600\n\nsk-ant-oat01-x") },
	{ "token with a space", TEXT_AND_LEN("result granted\nexpires-in 600\n\nsk ant\n") },
	{ "token with a newline", TEXT_AND_LEN("result granted\nexpires-in 600\n\nsk\nant\n") },
	{ "token with NUL", TEXT_AND_LEN("result granted\nexpires-in 600\n\nsk\0ant\n") },
	{ "token beyond ASCII", TEXT_AND_LEN("result granted\nexpires-in 600\n\nsk\xc3\xa9\n") },
	{ "two newlines at the end", TEXT_AND_LEN("result granted\nexpires-in 600\n\nsk-ant\n\n") },
	{ "request id with a space", TEXT_AND_LEN("result denied\nrequest-id a b\n\n") },
	{ "request id empty", TEXT_AND_LEN("result denied\nrequest-id \n\n") },
	{ "unconfined by nothing", TEXT_AND_LEN("result denied\nunconfined \n\n") },
	{ "unconfined by a word of its own", TEXT_AND_LEN("result denied\nunconfined yes\n\n") },
	{ "unconfined in another order",
	  TEXT_AND_LEN("result denied\nunconfined seccomp,landlock\n\n") },
	{ "unconfined, and more", TEXT_AND_LEN("result denied\nunconfined landlock,seccomp,x\n\n") },
	{ "unconfined, a long text",
	  TEXT_AND_LEN("result denied\nunconfined landlocklandlocklandlocklandlock\n\n") },
	{ "unconfined twice",
	  TEXT_AND_LEN("result denied\nunconfined seccomp\nunconfined landlock\n\n") },
	{ "retry-after negative", TEXT_AND_LEN("result throttled\nretry-after -1\n\n") },
	{ "retry-after as a date", TEXT_AND_LEN("result throttled\nretry-after Fri, 1 Jan\n\n") },
};

Test(answer, refuses_what_is_not_exactly_the_protocol)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct answer a = { .http_status = 7 };
		struct err e = { 0 };

		cr_expect(answer_parse(bad[i].text, bad[i].len, &a, &e) < 0, "%s", bad[i].name);
		cr_expect(eq(int, e.kind, ERR_TRANSIENT), "%s", bad[i].name);
		cr_expect(eq(int, a.http_status, 7), "%s: the output is untouched", bad[i].name);
		cr_expect(strstr(e.msg, "sk-ant") == NULL && strstr(e.msg, "sk ant") == NULL,
			  "%s: %s",
			  bad[i].name, e.msg);
	}
	NO_LEAKS();
}

Test(answer, takes_a_grant_apart)
{
	static const char text[] = "result granted\nstatus 200\nexpires-in 600\ndate 1795000000\n"
				   "request-id req_011\nunconfined landlock,seccomp\n\n"
				   "sk-ant-oat01-abc\n";
	struct err e = { 0 };
	struct answer a;

	cr_assert(answer_parse(text, sizeof(text) - 1, &a, &e) == 0, "%s", e.msg);
	cr_expect(eq(int, a.result, RESULT_GRANTED));
	cr_expect(eq(int, a.http_status, 200));
	cr_expect(eq(i64, a.expires_in_s, 600));
	cr_expect(eq(i64, a.date_s, 1795000000));
	cr_expect(eq(i64, a.retry_after_s, -1));
	cr_expect(eq(str, a.request_id, TEXT("req_011")));
	cr_expect(eq(str, a.unconfined, TEXT("landlock,seccomp")));
	cr_expect(span_is(a.token, "sk-ant-oat01-abc"));
}

Test(answer, takes_refusals_apart)
{
	static const char text[] = "result throttled\nretry-after 30\n"
				   "detail HTTP 429: slow down\n\n";
	struct err e = { 0 };
	struct answer a;

	cr_assert(answer_parse(text, sizeof(text) - 1, &a, &e) == 0, "%s", e.msg);
	cr_expect(eq(int, a.result, RESULT_THROTTLED));
	cr_expect(eq(i64, a.retry_after_s, 30));
	cr_expect(eq(str, a.detail, TEXT("HTTP 429: slow down")));
	cr_expect(eq(sz, a.token.len, 0));
}

Test(answer, cuts_a_lifetime_to_what_a_rule_can_grant)
{
	static const char text[] = "result granted\nexpires-in 999999999999999999\n\nsk-ant\n";
	struct err e = { 0 };
	struct answer a;

	cr_assert(answer_parse(text, sizeof(text) - 1, &a, &e) == 0, "%s", e.msg);
	cr_expect(eq(i64, a.expires_in_s, 86400));
}

static int with_token_of(size_t len)
{
	AUTO(buf) struct buf b;
	struct err e = { 0 };
	struct answer a;

	buf_init(&b, 100000);
	buf_adds(&b, "result granted\nexpires-in 600\n\n");
	for (size_t i = 0; i < len; i++)
		buf_addc(&b, 'x');
	buf_addc(&b, '\n');
	return answer_parse(b.data, b.len, &a, &e);
}

Test(answer, takes_tokens_up_to_16_KiB)
{
	cr_expect(eq(int, with_token_of(16384), 0));
	cr_expect(eq(int, with_token_of(16385), -1));
	cr_expect(eq(int, with_token_of(65536), -1));
	NO_LEAKS();
}

Test(answer, survives_every_cut_and_every_flipped_byte)
{
	static const char text[] = "result granted\nstatus 200\nexpires-in 600\n"
				   "request-id r\n\nsk-a\n";
	char copy[sizeof(text)];
	struct err e = { 0 };
	struct answer a;

	for (size_t n = 0; n < sizeof(text) - 1; n++)
		cr_expect(answer_parse(text, n, &a, &e) < 0, "cut to %zu", n);
	for (size_t i = 0; i < sizeof(text) - 1; i++) {
		for (int c = 0; c < 256; c++) {
			memcpy(copy, text, sizeof(text));
			copy[i] = (char)c;
			if (answer_parse(copy, sizeof(text) - 1, &a, &e) == 0)
				cr_expect(a.token.len <= 4 && a.expires_in_s > 0);
		}
	}
}
