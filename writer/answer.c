/* SPDX-License-Identifier: Apache-2.0 */
#include "writer/answer.h"

#include <string.h>

static const char *const names[RESULTS] = { "none",	 "granted",   "denied",	 "malformed",
					    "throttled", "transient", "not-sent" };

const char *result_name(enum result r)
{
	return (unsigned)r < RESULTS ? names[r] : "unknown";
}

enum result result_parse(struct span s)
{
	int i;

	for (i = 0; i < RESULTS; i++)
		if (span_is(s, names[i]))
			break;
	return (enum result)i;
}

enum key {
	K_RESULT, K_STATUS, K_EXPIRES_IN, K_REQUEST_ID, K_RETRY_AFTER, K_DATE, K_UNCONFINED, K_DETAIL,
	KEYS
};

static const char *const keys[KEYS] = { "result",      "status", "expires-in", "request-id",
					"retry-after", "date",	 "unconfined", "detail" };

static bool printable(struct span s, unsigned char from, size_t max)
{
	if (s.len == 0 || s.len > max)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if ((unsigned char)s.s[i] < from || (unsigned char)s.s[i] > 0x7e)
			return false;
	return true;
}

static bool take_text(struct span v, unsigned char from, char *out, size_t size)
{
	if (!printable(v, from, size - 1))
		return false;
	span_copy(v, out, size);
	return true;
}

static bool take_value(enum key k, struct span v, struct answer *a)
{
	int64_t n = 0;

	switch (k) {
	case K_RESULT:
		a->result = result_parse(v);
		return a->result != RESULTS && a->result != RESULT_NONE;
	case K_STATUS:
		if (!span_number(v, 999, &n))
			return false;
		a->http_status = (int)n;
		return true;
	case K_EXPIRES_IN:
		if (!span_number(v, INT64_MAX, &n) || n == 0)
			return false;
		a->expires_in_s = n < ANSWER_LIFETIME_MAX_S ? n : ANSWER_LIFETIME_MAX_S;
		return true;
	case K_REQUEST_ID:
		return take_text(v, 0x21, a->request_id, sizeof(a->request_id));
	case K_RETRY_AFTER:
		return span_number(v, INT64_MAX, &a->retry_after_s);
	case K_DATE:
		return span_number(v, INT64_MAX, &a->date_s);
	case K_UNCONFINED:
		span_copy(v, a->unconfined, sizeof(a->unconfined));
		return span_is(v, "landlock") || span_is(v, "seccomp") ||
		       span_is(v, "landlock,seccomp");
	case K_DETAIL:
		return take_text(v, 0x20, a->detail, sizeof(a->detail));
	case KEYS:
		break;
	}
	return false;
}

static int bad(struct err *e, const char *what)
{
	return err_set(e, ERR_TRANSIENT, 0, "the exchange's answer is not valid: %s", what);
}

/* All lines up to the empty one; REST is then what follows it. */
static int parse_head(struct span *rest, struct answer *a, struct err *e)
{
	struct span key, value;
	unsigned seen = 0;

	for (;;) {
		enum kv_step step = kv_next(rest, &key, &value);
		int k = 0;

		if (step == KV_EMPTY)
			break;
		if (step != KV_LINE)
			return bad(e, step == KV_END ? "no empty line"
						     : "a line is not \"key value\"");
		while (k < KEYS && !span_is(key, keys[k]))
			k++;
		if (k == KEYS)
			return bad(e, "unknown key");
		if (seen & (1U << k))
			return bad(e, "repeated key");
		seen |= 1U << k;
		if (!take_value((enum key)k, value, a))
			return bad(e, keys[k]);
	}
	if (!(seen & (1U << K_RESULT)))
		return bad(e, "no result");
	if ((a->result == RESULT_GRANTED) != !!(seen & (1U << K_EXPIRES_IN)))
		return bad(e, "expires-in and result do not fit");
	return 0;
}

int answer_parse(const char *text, size_t len, struct answer *out, struct err *e)
{
	struct answer a = { .retry_after_s = -1 };
	struct span rest = { text, len };

	if (parse_head(&rest, &a, e) < 0)
		return -1;
	if (a.result == RESULT_GRANTED) {
		if (rest.len < 2 || rest.s[rest.len - 1] != '\n')
			return bad(e, "the token does not end");
		a.token = (struct span){ rest.s, rest.len - 1 };
		if (!printable(a.token, 0x21, ANSWER_TOKEN_MAX))
			return bad(e, "the token is not 1 to 16384 printable characters");
	} else if (rest.len) {
		return bad(e, "bytes after the empty line");
	}
	*out = a;
	return 0;
}
