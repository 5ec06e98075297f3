/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/leaks.h"
#include "tests/support/text.h"
#include "writer/assertion.h"

#define SIG "abcdefghijklmnopqrstuvwxyz"
/* {"iat":1795000000,"exp":1795003600} */
#define CLAIMS "eyJpYXQiOjE3OTUwMDAwMDAsImV4cCI6MTc5NTAwMzYwMH0"

static int parse(const char *text, struct assertion *a, struct err *e)
{
	return assertion_parse(text, strlen(text), a, e);
}

Test(assertion, reads_id_and_times)
{
	struct assertion a;
	struct err e = { 0 };

	cr_assert(parse("eyJ9." CLAIMS "." SIG "\n", &a, &e) == 0, "%s", e.msg);
	cr_expect(eq(str, a.id, TEXT("abcdefghijklmnopqrstuv")));
	cr_expect(eq(i64, a.iat_s, 1795000000));
	cr_expect(eq(i64, a.exp_s, 1795003600));
	NO_LEAKS();
}

static const struct {
	const char *name, *text;
} bad[] = {
	{ "empty", "" },
	{ "white space alone", " \n\n" },
	{ "not a JWT at all", "hello" },
	{ "two parts", "e30." CLAIMS },
	{ "four parts", "e30." CLAIMS "." SIG "." SIG },
	{ "five, as an encrypted one", "e30." CLAIMS "." SIG ".." SIG },
	{ "no header", "." CLAIMS "." SIG },
	{ "no claims", "e30.." SIG },
	{ "no signature", "e30." CLAIMS "." },
	{ "signature shorter than an id", "e30." CLAIMS ".abcdefghijklmnopqrstu" },
	{ "padding", "e30." CLAIMS "=." SIG },
	{ "base64, not base64url", "e30." CLAIMS ".ab+/" SIG },
	{ "white space within", "e30." CLAIMS " ." SIG },
	{ "two lines", "e30." CLAIMS "." SIG "\ne30" },
	{ "a length that no bytes have", "e30.eyJpYXQ6." SIG },
	{ "stray bits", "e30.e31." SIG },
	{ "claims not JSON", "e30.aGVsbG8." SIG },
	{ "claims an array", "e30.W10." SIG },
	{ "claims empty", "e30.e30." SIG },
	{ "no exp", "e30.eyJpYXQiOjF9." SIG },					/* {"iat":1} */
	{ "no iat", "e30.eyJleHAiOjF9." SIG },					/* {"exp":1} */
	{ "exp a string", "e30.eyJpYXQiOjEsImV4cCI6IjIifQ." SIG },		/* "exp":"2" */
	{ "exp negative", "e30.eyJpYXQiOjEsImV4cCI6LTJ9." SIG },		/* "exp":-2 */
	{ "exp a fraction", "e30.eyJpYXQiOjEsImV4cCI6Mi41fQ." SIG },		/* "exp":2.5 */
	{ "exp null", "e30.eyJpYXQiOjEsImV4cCI6bnVsbH0." SIG },			/* "exp":null */
	{ "exp 1e300", "e30.eyJpYXQiOjEsImV4cCI6MWUzMDB9." SIG },		/* "exp":1e300 */
	{ "exp beyond reckoning", "e30.eyJpYXQiOjEsImV4cCI6OTAwMDAwMDAwMX0." SIG }, /* 9000000001 */
	{ "exp before iat", "e30.eyJpYXQiOjIsImV4cCI6MX0." SIG },		/* iat 2, exp 1 */
};

Test(assertion, refuses_what_is_no_usable_JWT)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct assertion a = { .exp_s = 7 };
		struct err e = { 0 };

		cr_expect(parse(bad[i].text, &a, &e) < 0, "%s", bad[i].name);
		cr_expect(eq(int, e.kind, ERR_INVALID), "%s", bad[i].name);
		cr_expect(eq(i64, a.exp_s, 7), "%s: the output is untouched", bad[i].name);
		cr_expect(strstr(e.msg, SIG) == NULL, "%s: %s", bad[i].name, e.msg);
	}
	NO_LEAKS();
}

Test(assertion, refuses_NUL_and_control_bytes_anywhere)
{
	static const char good[] = "e30." CLAIMS "." SIG;
	char text[sizeof(good)];
	struct assertion a;
	struct err e = { 0 };

	for (size_t i = 0; i + 1 < sizeof(good); i++) {
		memcpy(text, good, sizeof(good));
		text[i] = '\0';
		cr_expect(assertion_parse(text, sizeof(good) - 1, &a, &e) < 0, "NUL at %zu", i);
	}
}

Test(assertion, refuses_what_is_too_big)
{
	AUTO(buf) struct buf b;
	struct assertion a;
	struct err e = { 0 };

	buf_init(&b, 100000);
	buf_adds(&b, "e30." CLAIMS ".");
	while (b.len < ASSERTION_MAX_BYTES)
		buf_addc(&b, 'x');
	cr_expect(eq(int, assertion_parse(b.data, b.len, &a, &e), 0));
	buf_addc(&b, 'x');
	cr_expect(eq(int, assertion_parse(b.data, b.len, &a, &e), -1));
	cr_expect(eq(int, e.kind, ERR_TOO_BIG));
}

Test(assertion, survives_claims_nested_deeply)
{
	AUTO(buf) struct buf b;
	struct assertion a;
	struct err e = { 0 };

	buf_init(&b, 100000);
	buf_adds(&b, "e30.");
	while (b.len < 12000)
		buf_adds(&b, "W1tb"); /* [[[ */
	buf_adds(&b, "." SIG);
	cr_expect(eq(int, assertion_parse(b.data, b.len, &a, &e), -1));
	NO_LEAKS();
}
