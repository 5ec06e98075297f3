/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "common/jsonspan.h"
#include "tests/support/leaks.h"
#include "tests/support/text.h"

#define VALUES_MAX (1u << 20)

static int parse(struct jsonspan *j, const char *text, struct err *e)
{
	return jsonspan_parse(j, text, strlen(text), e);
}

Test(jsonspan, accepts_what_the_grammar_allows)
{
	static const char *const good[] = {
		"{}",
		"[]",
		" \t\r\n[ ] ",
		"0",
		"-0",
		"1.5e+10",
		"-12.0E-3",
		"true",
		"false",
		"null",
		"\"\"",
		"\"\\u00e9\\n\\/\"",
		"\"\\ud83d\\ude00\"",
		"\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"",
		"\"\x7f\"",
		"{\"a\":1,\"a\":2}",
		"[[],{},[{}]]",
		"\"\\u0000\"",
		"\"\xed\x9f\xbf\"",
		"\"\xf4\x8f\xbf\xbf\"",
		"123456789012345678901234567890",
	};
	AUTO(jsonspan) struct jsonspan j;
	struct err e;

	jsonspan_init(&j, VALUES_MAX, JSONSPAN_DEPTH_MAX);
	for (size_t i = 0; i < COUNTOF(good); i++)
		cr_expect(eq(int, parse(&j, good[i], &e), 0), "%s", good[i]);
	jsonspan_fini(&j);
	NO_LEAKS();
}

Test(jsonspan, refuses_and_names_the_place)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "", "byte 0: value expected" },
		{ "  ", "byte 2: value expected" },
		{ "{", "byte 1: key expected" },
		{ "{\"a\"", "byte 4: ':' expected" },
		{ "{\"a\":", "byte 5: value expected" },
		{ "{\"a\":1", "byte 6: object without its end" },
		{ "{\"a\":1,}", "byte 7: key expected" },
		{ "{\"a\":1]", "byte 6: ',' or '}' expected" },
		{ "{a:1}", "byte 1: key expected" },
		{ "[", "byte 1: value expected" },
		{ "[1", "byte 2: array without its end" },
		{ "[1,]", "byte 3: value expected" },
		{ "[1}", "byte 2: ',' or ']' expected" },
		{ "[1 2]", "byte 3: ',' or ']' expected" },
		{ "1 2", "byte 2: text after the value" },
		{ "01", "byte 1: text after the value" },
		{ "-", "byte 1: digit expected" },
		{ "+1", "byte 0: value expected" },
		{ ".5", "byte 0: value expected" },
		{ "1.", "byte 2: digit expected" },
		{ "1e", "byte 2: digit expected" },
		{ "tru", "byte 0: value expected" },
		{ "nul", "byte 0: value expected" },
		{ "True", "byte 0: value expected" },
		{ "\"", "byte 1: string without its end" },
		{ "\"abcdefghij", "byte 11: string without its end" },
		{ "\"\\", "byte 1: unknown escape" },
		{ "\"\\x\"", "byte 1: unknown escape" },
		{ "\"\\u12g4\"", "byte 1: incomplete escape" },
		{ "\"\\u12", "byte 1: incomplete escape" },
		{ "\"\\ud800\"", "byte 1: half of a surrogate pair" },
		{ "\"\\udc00\"", "byte 1: half of a surrogate pair" },
		{ "\"\\ud800\\u0041\"", "byte 1: half of a surrogate pair" },
		{ "\"a\nb\"", "byte 2: control character in a string" },
		{ "\"\xc0\xaf\"", "byte 1: invalid UTF-8" },
		{ "\"\xe0\x80\x80\"", "byte 1: invalid UTF-8" },
		{ "\"\xed\xa0\x80\"", "byte 1: invalid UTF-8" },
		{ "\"\xf4\x90\x80\x80\"", "byte 1: invalid UTF-8" },
		{ "\"\xf5\x80\x80\x80\"", "byte 1: invalid UTF-8" },
		{ "\"\x80\"", "byte 1: invalid UTF-8" },
		{ "\"\xe2\x82", "byte 1: invalid UTF-8" },
		{ "\xef\xbb\xbf{}", "byte 0: value expected" },
	};
	AUTO(jsonspan) struct jsonspan j;
	char want[80];

	jsonspan_init(&j, VALUES_MAX, JSONSPAN_DEPTH_MAX);
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		struct err e = { .kind = ERR_NONE };

		(void)snprintf(want, sizeof(want), "invalid JSON at %s", rows[i].want);
		cr_expect(eq(int, parse(&j, rows[i].text, &e), -1), "%s", rows[i].text);
		cr_expect(eq(str, e.msg, want), "%s", rows[i].text);
		cr_expect(eq(int, e.kind, ERR_INVALID), "%s", rows[i].text);
		cr_expect(eq(int, jsonspan_type(&j, 0), JSONSPAN_ABSENT), "%s", rows[i].text);
	}
	jsonspan_fini(&j);
	NO_LEAKS();
}

Test(jsonspan, every_cut_of_a_text_is_refused)
{
	static const char text[] = "{\"name\":[1,-2.5e3,true,null,\"\\ud83d\\ude00\xe2\x82\xac\"],"
				   "\"\\u0041\":{\"b\":{}}}";
	AUTO(jsonspan) struct jsonspan j;
	struct err e;

	jsonspan_init(&j, VALUES_MAX, JSONSPAN_DEPTH_MAX);
	for (size_t len = 0; len < sizeof(text) - 1; len++) {
		/* A copy of exactly LEN bytes: the sanitizer sees a read beyond them. */
		AUTO(free) char *cut = malloc(len ? len : 1);

		memcpy(cut, text, len);
		cr_expect(eq(int, jsonspan_parse(&j, cut, len, &e), -1), "%zu", len);
	}
	cr_expect(eq(int, jsonspan_parse(&j, text, sizeof(text) - 1, &e), 0));
	jsonspan_fini(&j);
	NO_LEAKS();
}

Test(jsonspan, limits_depth_and_number_of_values)
{
	AUTO(jsonspan) struct jsonspan j;
	struct err e = { .kind = ERR_NONE };

	jsonspan_init(&j, 4, 3);
	cr_expect(eq(int, parse(&j, "[[[]]]", &e), 0));
	cr_expect(eq(int, parse(&j, "[[[[]]]]", &e), -1));
	cr_expect(eq(int, e.kind, ERR_TOO_BIG));
	cr_expect(eq(str, e.msg, TEXT("invalid JSON at byte 3: too deeply nested")));
	cr_expect(eq(int, parse(&j, "[1,2,3]", &e), 0));
	cr_expect(eq(int, parse(&j, "[1,2,3,4]", &e), -1));
	cr_expect(eq(int, e.kind, ERR_TOO_BIG));
	jsonspan_fini(&j);
	NO_LEAKS();
}

Test(jsonspan, finds_members_after_unescaping_and_the_last_counts)
{
	AUTO(jsonspan) struct jsonspan j;
	struct err e;
	int64_t n = 0;

	jsonspan_init(&j, VALUES_MAX, JSONSPAN_DEPTH_MAX);
	cr_assert(
		eq(int,
		   parse(&j, "{\"a\":{\"x\":1},\"b\\/c\":2,\"\\u0061\":{\"x\":3},\"n\":null}", &e),
		   0));
	cr_expect(jsonspan_int(&j, jsonspan_get(&j, jsonspan_get(&j, 0, "a"), "x"), &n));
	cr_expect(eq(i64, n, 3));
	cr_expect(jsonspan_int(&j, jsonspan_get(&j, 0, "b/c"), &n));
	cr_expect(eq(i64, n, 2));
	cr_expect(eq(int, jsonspan_type(&j, jsonspan_get(&j, 0, "n")), JSONSPAN_NULL));
	cr_expect(eq(u32, jsonspan_member(&j, 0, "n"), JSONSPAN_NONE));
	cr_expect(eq(u32, jsonspan_get(&j, jsonspan_get(&j, 0, "no"), "x"), JSONSPAN_NONE));
	jsonspan_fini(&j);
	NO_LEAKS();
}

Test(jsonspan, walks_arrays_and_objects_without_their_inside)
{
	AUTO(jsonspan) struct jsonspan j;
	struct err e;
	char seen[64] = "";
	char key[8];

	jsonspan_init(&j, VALUES_MAX, JSONSPAN_DEPTH_MAX);
	cr_assert(eq(int, parse(&j, "{\"a\":[1,[2,3],{\"z\":4}],\"b\":{},\"c\":[]}", &e), 0));
	for (uint32_t i = jsonspan_first(&j, 0); i != JSONSPAN_NONE; i = jsonspan_next(&j, 0, i)) {
		cr_assert(jsonspan_str(&j, i, key, sizeof(key)) == 1);
		(void)snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "%s%zu ", key,
			       jsonspan_count(&j, jsonspan_of(&j, i)));
	}
	cr_expect(eq(str, seen, TEXT("a3 b0 c0 ")));
	cr_expect(eq(sz, jsonspan_count(&j, 0), 3));
	cr_expect(eq(u32, jsonspan_first(&j, JSONSPAN_NONE), JSONSPAN_NONE));
	jsonspan_fini(&j);
	NO_LEAKS();
}

Test(jsonspan, decodes_and_compares_strings)
{
	AUTO(jsonspan) struct jsonspan j;
	struct err e;
	char out[16];

	jsonspan_init(&j, VALUES_MAX, JSONSPAN_DEPTH_MAX);
	cr_assert(eq(int,
		     parse(&j,
			   "[\"\\u00e9\\t\\ud83d\\ude00\\u20ac\",\"\xc3\xa9\\u0009"
			   "\xf0\x9f\x98\x80\xe2\x82\xac\",\"a\\u0000b\",\"0123456789abcdef\",7]",
			   &e),
		     0));
	cr_expect(eq(int, (int)jsonspan_str(&j, 1, out, sizeof(out)), 10));
	cr_expect(eq(str, out, TEXT("\xc3\xa9\t\xf0\x9f\x98\x80\xe2\x82\xac")));
	cr_expect(jsonspan_eq(&j, 2, out));
	cr_expect(jsonspan_same(&j, 1, &j, 2));
	cr_expect(not(jsonspan_same(&j, 1, &j, 3)));
	cr_expect(eq(int, (int)jsonspan_str(&j, 3, out, sizeof(out)), -1), "a NUL inside");
	cr_expect(not(jsonspan_eq(&j, 3, "a")));
	cr_expect(eq(int, (int)jsonspan_str(&j, 4, out, sizeof(out)), -1), "one byte too long");
	cr_expect(eq(str, out, TEXT("")));
	cr_expect(eq(sz, jsonspan_show(&j, 4, out, sizeof(out)), 16));
	cr_expect(eq(str, out, TEXT("0123456789abcde")));
	cr_expect(eq(int, (int)jsonspan_str(&j, 5, out, sizeof(out)), -1), "a number");
	jsonspan_fini(&j);
	NO_LEAKS();
}

Test(jsonspan, reads_integers_exactly)
{
	static const struct {
		const char *text;
		bool ok;
		int64_t want;
	} rows[] = {
		{ "0", true, 0 },
		{ "-0", true, 0 },
		{ "9007199254740993", true, 9007199254740993 },
		{ "9223372036854775807", true, INT64_MAX },
		{ "-9223372036854775808", true, INT64_MIN },
		{ "9223372036854775808", false, 0 },
		{ "-9223372036854775809", false, 0 },
		{ "1.0", false, 0 },
		{ "1e3", false, 0 },
		{ "\"1\"", false, 0 },
		{ "true", false, 0 },
	};
	AUTO(jsonspan) struct jsonspan j;
	struct err e;

	jsonspan_init(&j, VALUES_MAX, JSONSPAN_DEPTH_MAX);
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		int64_t n = 0;

		cr_assert(eq(int, parse(&j, rows[i].text, &e), 0), "%s", rows[i].text);
		cr_expect(eq(int, jsonspan_int(&j, 0, &n), rows[i].ok), "%s", rows[i].text);
		cr_expect(eq(i64, n, rows[i].want), "%s", rows[i].text);
	}
	jsonspan_fini(&j);
	NO_LEAKS();
}
