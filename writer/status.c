/* SPDX-License-Identifier: Apache-2.0 */
#include "writer/status.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "common/fileio.h"
#include "writer/outdir.h"

#define NAME "status"
#define NUMBER_MAX INT64_C(99999999999999)

enum type { T_NUMBER, T_FLAG, T_TEXT };

static const struct field {
	const char *key;
	enum type type;
	size_t at, size;
} fields[] = {
	{ "waiting", T_FLAG, offsetof(struct status, waiting), 0 },
	{ "at", T_NUMBER, offsetof(struct status, at_s), 0 },
	{ "next", T_NUMBER, offsetof(struct status, next_s), 0 },
	{ "failures", T_NUMBER, offsetof(struct status, failures), 0 },
	{ "grants", T_NUMBER, offsetof(struct status, grants), 0 },
	{ "lifetime", T_NUMBER, offsetof(struct status, lifetime_s), 0 },
	{ "planned", T_NUMBER, offsetof(struct status, planned_s), 0 },
	{ "assertions", T_NUMBER, offsetof(struct status, assertions), 0 },
	{ "unspent", T_NUMBER, offsetof(struct status, unspent), 0 },
	{ "needed", T_NUMBER, offsetof(struct status, needed), 0 },
	{ "request-id", T_TEXT, offsetof(struct status, request_id), 129 },
	{ "detail", T_TEXT, offsetof(struct status, detail), 161 },
	{ "problem", T_TEXT, offsetof(struct status, problem), 161 },
};

static void print_field(const struct status *s, const struct field *f, struct buf *out)
{
	const char *p = (const char *)s + f->at;

	if (f->type == T_TEXT && *p)
		buf_addf(out, "%s %s\n", f->key, p);
	else if (f->type == T_FLAG)
		buf_addf(out, "%s %d\n", f->key, *(const bool *)p);
	else if (f->type == T_NUMBER)
		buf_addf(out, "%s %" PRId64 "\n", f->key, *(const int64_t *)(const void *)p);
}

void status_print(const struct status *s, struct buf *out)
{
	buf_addf(out, "result %s\nhttp-status %d\n", result_name(s->result), s->http_status);
	for (size_t i = 0; i < COUNTOF(fields); i++)
		print_field(s, &fields[i], out);
	if (s->skew_known)
		buf_addf(out, "%s %" PRId64 "\n", s->skew_s < 0 ? "clock-fast" : "clock-slow",
			 s->skew_s < 0 ? -s->skew_s : s->skew_s);
}

static bool take_field(struct status *s, const struct field *f, struct span value)
{
	char *p = (char *)s + f->at;
	int64_t n = 0;

	if (f->type == T_TEXT) {
		span_copy(value, p, f->size);
		return value.len < f->size;
	}
	if (!span_number(value, f->type == T_FLAG ? 1 : NUMBER_MAX, &n))
		return false;
	if (f->type == T_FLAG)
		*(bool *)p = n;
	else
		*(int64_t *)(void *)p = n;
	return true;
}

static bool take_line(struct status *s, struct span key, struct span value)
{
	int64_t n = 0;

	for (size_t i = 0; i < COUNTOF(fields); i++)
		if (span_is(key, fields[i].key))
			return take_field(s, &fields[i], value);
	if (span_is(key, "result")) {
		s->result = result_parse(value);
		return s->result != RESULTS;
	}
	if (span_is(key, "http-status")) {
		if (!span_number(value, 999, &n))
			return false;
		s->http_status = (int)n;
	} else if (span_is(key, "clock-fast") || span_is(key, "clock-slow")) {
		if (!span_number(value, NUMBER_MAX, &n))
			return false;
		s->skew_known = true;
		s->skew_s = span_is(key, "clock-fast") ? -n : n;
	}
	return true;
}

int status_parse(const char *text, size_t len, struct status *out, struct err *e)
{
	struct span rest = { text, len }, key, value;
	struct status s = { .result = RESULT_NONE };
	enum kv_step step;

	while ((step = kv_next(&rest, &key, &value)) == KV_LINE)
		if (!take_line(&s, key, value))
			return err_set(e, ERR_INVALID, 0, "the status file has a bad %.*s",
				       (int)key.len, key.s);
	if (step != KV_END)
		return err_set(e, ERR_INVALID, 0, "the status file is damaged");
	*out = s;
	return 0;
}

int status_save(struct sys *sys, const char *output, const struct status *s, struct err *e)
{
	AUTO(buf) struct buf text;

	buf_init(&text, STATUS_MAX_BYTES);
	status_print(s, &text);
	if (buf_check(&text, "the status", e) < 0)
		return -1;
	return outdir_replace(sys, output, OUTDIR_STATE, NAME,
			      (struct span){ text.data, text.len }, 0644, e);
}

int status_load(struct sys *sys, const char *output, struct status *out, struct err *e)
{
	AUTO(close) int dir = outdir_peek(sys, output, OUTDIR_STATE, e);
	AUTO(buf) struct buf text;

	buf_init(&text, STATUS_MAX_BYTES);
	if (dir < 0 || fileio_read(sys, dir, NAME, O_NOFOLLOW, &text, e) < 0)
		return -1;
	return status_parse(text.data ? text.data : "", text.len, out, e);
}

const char *status_word(const struct status *s)
{
	static const char *const words[RESULTS] = { "starting",	     "granted",	  "denied",
						    "misconfigured", "throttled", "transient",
						    "transient" };

	if (s->waiting)
		return "waiting-for-assertion";
	return (unsigned)s->result < RESULTS ? words[s->result] : "starting";
}
