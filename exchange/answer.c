/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/answer.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "exchange/httpdate.h"

/* A longer run of token characters is no word: it could be a secret that came back. */
#define WORD_MAX 48

static const char *const result_names[ANSWER_RESULTS] = {
	[ANSWER_GRANTED] = "granted",	  [ANSWER_DENIED] = "denied",
	[ANSWER_MALFORMED] = "malformed", [ANSWER_THROTTLED] = "throttled",
	[ANSWER_TRANSIENT] = "transient", [ANSWER_NOT_SENT] = "not-sent",
};

static const char *const type_names[] = {
	[JSON_OBJECT] = "an object", [JSON_ARRAY] = "an array",	  [JSON_STRING] = "a string",
	[JSON_INTEGER] = "an integer", [JSON_REAL] = "a fraction", [JSON_TRUE] = "true",
	[JSON_FALSE] = "false",	     [JSON_NULL] = "null",
};

static const char *what_is(const json_t *value)
{
	return value ? type_names[json_typeof(value)] : "missing";
}

static void PRINTF(2, 3) set_detail(struct answer *a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(a->detail, sizeof(a->detail), fmt, ap);
	va_end(ap);
	for (char *p = a->detail; *p; p++)
		if (*p < 0x20 || *p > 0x7e)
			*p = '?';
}

/* Bytes from S that a token or a JWT could be made of. */
static size_t word_length(const char *s)
{
	return strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~+/=");
}

/* What the endpoint says is wrong, without anything that could be a secret of ours. */
static void set_server_detail(struct answer *a, const char *said)
{
	char kept[sizeof(a->detail)];
	size_t n = 0;

	while (*said && n < sizeof(kept) - 1) {
		size_t word = word_length(said), take = word ? word : 1;

		if (word > WORD_MAX) {
			kept[n++] = '*';
		} else {
			size_t fits = take < sizeof(kept) - 1 - n ? take : sizeof(kept) - 1 - n;

			memcpy(kept + n, said, fits);
			n += fits;
		}
		said += take;
	}
	kept[n] = '\0';
	set_detail(a, "%s", kept);
}

/* A header that is logged later: printable as a whole and short, or not at all. */
static void set_request_id(struct answer *a, const char *s)
{
	size_t len = strlen(s);

	if (len >= sizeof(a->request_id))
		return;
	for (size_t i = 0; i < len; i++)
		if (s[i] <= 0x20 || s[i] > 0x7e)
			return;
	memcpy(a->request_id, s, len + 1);
}

/* Delay seconds, or a date counted from the answer's own Date. Source: RFC 9110 §10.2.3. */
static void set_retry_after(struct answer *a, const char *s, struct wall now)
{
	size_t digits = strspn(s, "0123456789");
	int64_t at, wait;

	if (digits && !s[digits])
		wait = digits > 9 ? RETRY_AFTER_MAX : atol(s);
	else if (httpdate_parse(s, &at))
		wait = at - (a->date_s ? a->date_s : now.s);
	else
		return;
	a->retry_after_s = wait < 0 ? 0 : wait > RETRY_AFTER_MAX ? RETRY_AFTER_MAX : wait;
}

/* Copy a token that is printable and needs no escape anywhere; whether it is one. */
static bool take_token(struct answer *a, const json_t *value)
{
	const char *s = json_string_value(value);
	size_t len = json_string_length(value);

	if (!s || !len || len > TOKEN_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if (s[i] <= 0x20 || s[i] > 0x7e || s[i] == '"' || s[i] == '\\')
			return false;
	memcpy(a->token, s, len + 1);
	return true;
}

static void judge_grant(const json_t *body, struct answer *a)
{
	const json_t *type = json_object_get(body, "token_type");
	const json_t *token = json_object_get(body, "access_token");
	const json_t *expires = json_object_get(body, "expires_in");
	json_int_t s = json_integer_value(expires);

	a->result = ANSWER_TRANSIENT;
	if (!json_is_object(body))
		set_detail(a, "HTTP 200, but the body is no JSON object");
	else if (!json_is_string(type) || strcasecmp(json_string_value(type), "Bearer") != 0)
		set_detail(a, "HTTP 200, but token_type is not Bearer");
	else if (!json_is_integer(expires))
		set_detail(a, "HTTP 200, but expires_in is %s; an integer is needed",
			   what_is(expires));
	else if (s < 1 || s > EXPIRES_IN_MAX)
		set_detail(a, "HTTP 200, but expires_in is %lld; 1 to %d s are taken", (long long)s,
			   EXPIRES_IN_MAX);
	else if (!take_token(a, token))
		set_detail(a, "HTTP 200, but access_token is not 1 to %d plain characters",
			   TOKEN_MAX);
	else
		a->result = ANSWER_GRANTED;
	if (a->result == ANSWER_GRANTED)
		a->expires_in_s = s;
}

/*
 * {"error":{"type":T,"message":M}} as the Claude API has it, or {"error":T,
 * "error_description":M} as OAuth has it. Older deployments deny with invalid_grant.
 */
static void judge_bad_request(const json_t *body, struct answer *a)
{
	const json_t *error = json_object_get(body, "error");
	const json_t *type = json_is_object(error) ? json_object_get(error, "type") : error;
	const json_t *said = json_is_object(error) ? json_object_get(error, "message")
						   : json_object_get(body, "error_description");
	const char *name = json_string_value(type);

	a->result = name && !strcmp(name, "invalid_grant") ? ANSWER_DENIED : ANSWER_MALFORMED;
	if (json_is_string(said))
		set_server_detail(a, json_string_value(said));
	else
		set_detail(a, "HTTP 400 without a message");
}

static void judge_status(const struct answer_http *http, struct answer *a)
{
	a->result = ANSWER_TRANSIENT;
	if (http->status == 401 || http->status == 403) {
		a->result = ANSWER_DENIED;
		set_detail(a, "HTTP %d: the endpoint refuses this identity", http->status);
	} else if (http->status == 429) {
		a->result = ANSWER_THROTTLED;
		set_detail(a, "HTTP 429: too many requests");
	} else if (http->status >= 300 && http->status < 400) {
		set_detail(a, "HTTP %d: a redirect, which is never followed; is base-url right?",
			   http->status);
	} else {
		set_detail(a, "HTTP %d", http->status);
	}
}

void answer_judge(const struct answer_http *http, struct wall now, struct answer *out)
{
	json_t *body = NULL;
	json_error_t ignored;

	*out = (struct answer){ .status = http->status, .retry_after_s = -1 };
	set_request_id(out, http->request_id);
	if (!httpdate_parse(http->date, &out->date_s))
		out->date_s = 0;
	set_retry_after(out, http->retry_after, now);
	if (http->status != 200 && http->status != 400) {
		judge_status(http, out);
		return;
	}
	body = json_loadb(http->body ? http->body : "", http->body_len, JSON_REJECT_DUPLICATES,
			  &ignored);
	if (http->status == 200)
		judge_grant(body, out);
	else
		judge_bad_request(body, out);
	json_decref(body);
}

void answer_none(enum answer_result result, const char *cause, struct answer *out)
{
	*out = (struct answer){ .result = result, .retry_after_s = -1 };
	set_detail(out, "%s", cause);
}

void answer_print(const struct answer *a, struct buf *out)
{
	buf_addf(out, "result %s\n", result_names[a->result]);
	if (a->status)
		buf_addf(out, "status %d\n", a->status);
	if (a->expires_in_s)
		buf_addf(out, "expires-in %lld\n", (long long)a->expires_in_s);
	if (a->request_id[0])
		buf_addf(out, "request-id %s\n", a->request_id);
	if (a->retry_after_s >= 0)
		buf_addf(out, "retry-after %lld\n", (long long)a->retry_after_s);
	if (a->date_s)
		buf_addf(out, "date %lld\n", (long long)a->date_s);
	if (a->unconfined)
		buf_addf(out, "unconfined %s\n", a->unconfined);
	if (a->detail[0])
		buf_addf(out, "detail %s\n", a->detail);
	buf_addc(out, '\n');
	if (a->result == ANSWER_GRANTED) {
		buf_adds(out, a->token);
		buf_addc(out, '\n');
	}
}

void answer_fini(struct answer *a)
{
	explicit_bzero(a->token, sizeof(a->token));
}
