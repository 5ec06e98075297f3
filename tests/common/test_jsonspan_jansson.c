/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "common/jsonspan.h"
#include "tests/support/leaks.h"

/*
 * The same verdict and the same values as jansson, over seeds and what chance
 * makes of them. Left out are jansson's own limits: numbers that C types cannot
 * hold, and NULs in keys.
 */

#define ROUNDS 20000
#define TEXT_MAX 2048
#define JANSSON_DEPTH 2048

static const char *const seeds[] = {
	"{\"kind\":\"Pod\",\"metadata\":{\"annotations\":{\"wif.anthropic.com/inject\":\"true\"}},"
	"\"spec\":{\"containers\":[{\"name\":\"a\",\"env\":[{\"name\":\"B\",\"value\":\"\"}]}]}}",
	"[1,-2,0,3.25,1e5,-1E-2,true,false,null,\"\",[],{},[[[]]]]",
	"\"\\u00e9\\ud83d\\ude00\\\"\\\\\\/\\b\\f\\n\\r\\t\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"",
	"{\"a\":1,\"b\":{\"a\":[]},\"a\":2,\"\\u0061\":3}",
	" { \"long\" : \"0123456789abcdef0123456789abcdef\" , \"x\" : [ 9007199254740993 ] } ",
	"{\"f:env\":{\".\":{},\"k:{\\\"name\\\":\\\"MODEL\\\"}\":{\".\":{},\"f:name\":{}}}}",
};

/* What JSON is made of, so that chance hits the grammar. */
static const char *const parts[] = {
	"{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\ud83d", "\\ude00", "\\u0000", "true",
	"false", "null", "-", "0", "1", ".5", "e", "E+", " ", "\n", "\t", "\x01", "\x7f", "\x80",
	"\xc3", "\xa9", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xef\xbf\xbf", "{}", "[]", "\"a\":",
	"18446744073709551616", "/", "x",
};

/* xorshift64*: the same sequence in each run. */
static uint64_t chance(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(2685821657736338717);
}

/* Put one of `parts` into TEXT at a random place, over LEN old bytes of a random number. */
static size_t mutate(char *text, size_t len, uint64_t *state)
{
	const char *part = parts[chance(state) % COUNTOF(parts)];
	size_t n = strlen(part), at = len ? chance(state) % len : 0;
	size_t gone = chance(state) % 4;

	if (chance(state) % 4 == 0)
		n = 0;
	if (gone > len - at)
		gone = len - at;
	if (len - gone + n > TEXT_MAX)
		return len;
	memmove(text + at + n, text + at + gone, len - at - gone);
	memcpy(text + at, part, n);
	return len - gone + n;
}

static bool same(const struct jsonspan *j, uint32_t v, const json_t *want);

static bool same_string(const struct jsonspan *j, uint32_t v, const json_t *want)
{
	char got[4 * TEXT_MAX];
	ssize_t len = jsonspan_str(j, v, got, sizeof(got));

	if (strlen(json_string_value(want)) != json_string_length(want))
		return len == -1 && jsonspan_type(j, v) == JSONSPAN_STRING;
	return len == (ssize_t)json_string_length(want) && !strcmp(got, json_string_value(want)) &&
	       jsonspan_eq(j, v, json_string_value(want));
}

static bool same_object(const struct jsonspan *j, uint32_t v, json_t *want)
{
	const char *key;
	json_t *value;
	char name[4 * TEXT_MAX];

	json_object_foreach(want, key, value) {
		if (!same(j, jsonspan_get(j, v, key), value))
			return false;
	}
	for (uint32_t i = jsonspan_first(j, v); i != JSONSPAN_NONE; i = jsonspan_next(j, v, i))
		if (jsonspan_str(j, i, name, sizeof(name)) < 0 || !json_object_get(want, name))
			return false;
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

static void compare(struct jsonspan *j, const char *text, size_t len, size_t *accepted)
{
	json_error_t why;
	json_t *want = json_loadb(text, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &why);
	struct err e;
	bool ok = jsonspan_parse(j, text, len, &e) == 0;

	*accepted += ok;
	if (want)
		cr_expect(ok && same(j, 0, want), "only jansson takes, or differently: %.*s", (int)len,
			  text);
	else if (!is_beyond_jansson(&why))
		cr_expect(!ok, "jansson: %s: %.*s", why.text, (int)len, text);
	json_decref(want);
}

Test(jsonspan, agrees_with_jansson)
{
	AUTO(jsonspan) struct jsonspan j = { .max = 1 << 16, .depth_max = JANSSON_DEPTH };
	uint64_t state = UINT64_C(0x9e3779b97f4a7c15);
	char text[TEXT_MAX];
	size_t accepted = 0, len;

	for (size_t s = 0; s < COUNTOF(seeds); s++) {
		for (size_t round = 0; round < ROUNDS / COUNTOF(seeds); round++) {
			len = strlen(seeds[s]);
			memcpy(text, seeds[s], len);
			for (size_t i = 0; i < round % 8; i++)
				len = mutate(text, len, &state);
			compare(&j, text, len, &accepted);
		}
	}
	/* Neither all nor none: else this has compared nothing. */
	cr_expect(accepted > ROUNDS / 10 && accepted < ROUNDS * 9 / 10, "%zu", accepted);
	jsonspan_fini(&j);
	NO_LEAKS();
}
