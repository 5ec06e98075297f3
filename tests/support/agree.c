/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/agree.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "common/jsonspan.h"

#define JANSSON_DEPTH 2048

static bool same(const struct jsonspan *j, uint32_t v, const json_t *want);

/* V's value on the heap, which the caller frees; NULL when jsonspan_str refuses it. */
static char *value_dup(const struct jsonspan *j, uint32_t v, ssize_t *len)
{
	size_t raw;
	char *out;

	(void)jsonspan_raw(j, v, &raw);
	out = malloc(raw + 1);
	if (!out)
		abort();
	*len = jsonspan_str(j, v, out, raw + 1);
	if (*len >= 0)
		return out;
	free(out);
	return NULL;
}

static bool same_string(const struct jsonspan *j, uint32_t v, const json_t *want)
{
	ssize_t len;
	AUTO(free) char *got = value_dup(j, v, &len);

	if (strlen(json_string_value(want)) != json_string_length(want))
		return !got && jsonspan_type(j, v) == JSONSPAN_STRING;
	return len == (ssize_t)json_string_length(want) && !strcmp(got, json_string_value(want)) &&
	       jsonspan_eq(j, v, json_string_value(want));
}

static bool same_object(const struct jsonspan *j, uint32_t v, json_t *want)
{
	const char *key;
	json_t *value;

	json_object_foreach(want, key, value) {
		if (!same(j, jsonspan_get(j, v, key), value))
			return false;
	}
	for (uint32_t i = jsonspan_first(j, v); i != JSONSPAN_NONE; i = jsonspan_next(j, v, i)) {
		ssize_t len;
		AUTO(free) char *name = value_dup(j, i, &len);

		if (!name || !json_object_get(want, name))
			return false;
	}
	return jsonspan_type(j, v) == JSONSPAN_OBJECT;
}

static bool same_array(const struct jsonspan *j, uint32_t v, const json_t *want)
{
	size_t n = 0;

	for (uint32_t i = jsonspan_first(j, v); i != JSONSPAN_NONE; i = jsonspan_next(j, v, i))
		if (!same(j, i, json_array_get(want, n++)))
			return false;
	return jsonspan_type(j, v) == JSONSPAN_ARRAY && n == json_array_size(want);
}

static bool same(const struct jsonspan *j, uint32_t v, const json_t *want)
{
	int64_t n;

	if (!want)
		return false;
	switch (json_typeof(want)) {
	case JSON_OBJECT:
		return same_object(j, v, (json_t *)(uintptr_t)want);
	case JSON_ARRAY:
		return same_array(j, v, want);
	case JSON_STRING:
		return same_string(j, v, want);
	case JSON_INTEGER:
		return jsonspan_int(j, v, &n) && n == json_integer_value(want);
	case JSON_REAL:
		return jsonspan_type(j, v) == JSONSPAN_NUMBER && !jsonspan_int(j, v, &n);
	case JSON_NULL:
		return jsonspan_type(j, v) == JSONSPAN_NULL;
	default:
		return jsonspan_type(j, v) == JSONSPAN_BOOL &&
		       jsonspan_true(j, v) == json_is_true(want);
	}
}

/* Is it a text that jansson refuses although the grammar allows it? */
static bool is_beyond_jansson(const json_error_t *why)
{
	return json_error_code(why) == json_error_numeric_overflow ||
	       json_error_code(why) == json_error_null_byte_in_key;
}

const char *agree_fault(const char *text, size_t len, bool *accepted)
{
	AUTO(jsonspan) struct jsonspan j;
	const char *fault = NULL;
	json_error_t why;
	json_t *want = json_loadb(text, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &why);
	struct err e;

	jsonspan_init(&j, UINT32_MAX - 1, JANSSON_DEPTH);
	*accepted = jsonspan_parse(&j, text, len, &e) == 0;
	if (memchr(text, '\0', len)) /* jansson 2.14 skips one that follows a number */
		fault = *accepted ? "jsonspan takes a NUL" : NULL;
	else if (want && !*accepted)
		fault = "only jansson takes it";
	else if (want && !same(&j, 0, want))
		fault = "the values differ";
	else if (!want && *accepted && !is_beyond_jansson(&why))
		fault = "only jsonspan takes it";
	json_decref(want);
	return fault;
}
