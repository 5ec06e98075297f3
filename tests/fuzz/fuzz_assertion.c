/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The writer reading a token file: the input as the file, then the input as the
 * claims of a JWT, which chance alone would not write in base64url.
 */
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "writer/assertion.h"

#define SIGNATURE "0123456789-_abcdefghijKLMNOP"

static void check(const char *text, size_t len)
{
	struct assertion a = { .exp_s = -7 };
	struct err e = { 0 };
	const char *last;

	if (assertion_parse(text, len, &a, &e) < 0) {
		fuzz_refused(&e);
		MUST(a.exp_s == -7, "refused, but the output is written");
		return;
	}
	last = memrchr(text, '.', len);
	MUST(strlen(a.id) == ASSERTION_ID_LEN && last && !memcmp(last + 1, a.id, ASSERTION_ID_LEN),
	     "the id is not the signature's start");
	MUST(a.iat_s > 0 && a.iat_s < a.exp_s && a.exp_s < INT64_C(9000000001), "times");
}

/* Source: RFC 4648 §5, without padding. */
static void add_base64url(struct buf *out, const uint8_t *p, size_t len)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	unsigned bits = 0, n = 0;

	for (size_t i = 0; i < len; i++) {
		bits = (bits << 8 | p[i]) & 0xffff;
		for (n += 8; n >= 6; n -= 6)
			buf_addc(out, digits[bits >> (n - 6) & 63]);
	}
	if (n)
		buf_addc(out, digits[bits << (6 - n) & 63]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(buf) struct buf jwt;

	buf_init(&jwt, (size_t)2 * ASSERTION_MAX_BYTES);
	check((const char *)data, size);
	buf_adds(&jwt, "e30.");
	add_base64url(&jwt, data, size);
	buf_adds(&jwt, "." SIGNATURE "\n");
	if (!jwt.failed)
		check(jwt.data, jwt.len);
	return 0;
}
