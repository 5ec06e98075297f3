/* SPDX-License-Identifier: Apache-2.0 */
#include "writer/assertion.h"

#include <string.h>

#include "common/jsonspan.h"

#define VALUES_MAX 1024
#define DEPTH_MAX 16
#define TIME_MAX INT64_C(9000000000) /* the year 2255: sums stay far from overflow */

/* The six bits of a base64url character, or -1. */
static int sextet(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '-' ? 62 : c == '_' ? 63 : -1;
}

/* Decode S onto OUT; false when S is not the one way to write some bytes. */
static bool decode(struct span s, struct buf *out)
{
	unsigned bits = 0, n = 0;

	for (size_t i = 0; i < s.len; i++) {
		int v = sextet(s.s[i]);

		if (v < 0)
			return false;
		bits = (bits << 6 | (unsigned)v) & 0xffff;
		n += 6;
		if (n >= 8) {
			n -= 8;
			buf_addc(out, (char)(bits >> n & 0xff));
		}
	}
	return s.len && s.len % 4 != 1 && !(bits & ((1U << n) - 1)) && !out->failed;
}

static bool take_time(const struct jsonspan *j, const char *name, int64_t *out)
{
	int64_t t;

	if (!jsonspan_int(j, jsonspan_get(j, 0, name), &t) || t < 1 || t > TIME_MAX)
		return false;
	*out = t;
	return true;
}

static int parse_claims(struct span payload, struct assertion *a, struct err *e)
{
	AUTO(jsonspan) struct jsonspan j;
	AUTO(buf) struct buf json;
	struct err inner = { 0 };

	jsonspan_init(&j, VALUES_MAX, DEPTH_MAX);
	buf_init(&json, ASSERTION_MAX_BYTES);
	if (!decode(payload, &json))
		return err_set(e, ERR_INVALID, 0, "not a JWT: its second part is not base64url");
	if (jsonspan_parse(&j, json.data, json.len, &inner) < 0 ||
	    jsonspan_type(&j, 0) != JSONSPAN_OBJECT)
		return err_set(e, ERR_INVALID, 0, "not a JWT: its claims are not a JSON object");
	if (!take_time(&j, "exp", &a->exp_s) || !take_time(&j, "iat", &a->iat_s))
		return err_set(e, ERR_INVALID, 0, "the JWT has no usable exp or iat");
	if (a->iat_s >= a->exp_s)
		return err_set(e, ERR_INVALID, 0, "the JWT expires before it was issued");
	return 0;
}

size_t assertion_trim(const char *text, size_t len)
{
	while (len && strchr(" \t\r\n", text[len - 1]) && text[len - 1])
		len--;
	return len;
}

int assertion_parse(const char *text, size_t len, struct assertion *out, struct err *e)
{
	struct assertion a = { 0 };
	struct span part[3];
	size_t n = 0, start = 0;

	len = assertion_trim(text, len);
	if (len == 0)
		return err_set(e, ERR_INVALID, 0, "empty, not a JWT");
	if (len > ASSERTION_MAX_BYTES)
		return err_set(e, ERR_TOO_BIG, 0, "larger than %d bytes, not a JWT",
			       ASSERTION_MAX_BYTES);
	for (size_t i = 0; i <= len; i++) {
		if (i < len && text[i] != '.') {
			if (sextet(text[i]) < 0)
				return err_set(e, ERR_INVALID, 0, "not a JWT: byte %zu is not "
								  "base64url", i);
			continue;
		}
		if (n == COUNTOF(part))
			return err_set(e, ERR_INVALID, 0, "not a JWT: more than three parts");
		part[n++] = (struct span){ text + start, i - start };
		start = i + 1;
	}
	if (n != COUNTOF(part) || part[0].len == 0)
		return err_set(e, ERR_INVALID, 0, "not a JWT: not three parts");
	if (part[2].len < ASSERTION_ID_LEN)
		return err_set(e, ERR_INVALID, 0, "not a JWT: its signature is too short");
	if (parse_claims(part[1], &a, e) < 0)
		return -1;
	span_copy((struct span){ part[2].s, ASSERTION_ID_LEN }, a.id, sizeof(a.id));
	*out = a;
	return 0;
}
