/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "cli/scalar.h"
#include "tests/cli/run_text.h"

/* Seen in `kubectl label --local -f - -o json` of v1.34.4, as "x: PLAIN". */
static const struct {
	const char *plain, *json; /* NULL: text */
} seen[] = {
	{ "", "null" }, { "~", "null" }, { "Null", "null" }, { "y", "true" }, { "n", "false" },
	{ "yes", "true" }, { "On", "true" }, { "off", "false" }, { "yEs", NULL },
	{ "0755", "493" }, { "0o17", "15" }, { "0x1F", "31" }, { "0b11", "3" }, { "-0b11", "-3" },
	{ "-0x1f", "-31" }, { "-0o7", "-7" }, { "1_000", "1000" }, { "1__0", "10" }, { "1_", "1" },
	{ "0x_1", "1" }, { "0_7", "7" }, { "_1", NULL }, { "08", "8" }, { "09.5", "9.5" },
	{ "00", "0" }, { "0o8", NULL }, { "0b12", NULL }, { "0x", NULL }, { ".5", "0.5" },
	{ "1.", "1" }, { "0.", "0" }, { "+1", "1" }, { "+1.5", "1.5" }, { "-.5", "-0.5" },
	{ "12_3.4", "123.4" }, { "1e3", "1e3" }, { "1.e3", "1e3" }, { "+.5e3", "0.5e3" },
	{ "1e", NULL }, { ".", NULL }, { "+", NULL }, { ".e3", NULL }, { "1e400", NULL },
	{ "2001-01-01", NULL }, { "1:30", NULL }, { "=", NULL }, { "x", NULL },
	{ "9007199254740993", "9007199254740993" },
	{ "18446744073709551616", "18446744073709551616" },
};

Test(scalar, plain_words_mean_what_kubectl_takes_them_for)
{
	for (size_t i = 0; i < COUNTOF(seen); i++) {
		AUTO(buf) struct buf json = { .max = 1000 };
		bool text = scalar_kind(seen[i].plain) == SCALAR_STRING;

		scalar_json(seen[i].plain, &json);
		cr_expect(text == !seen[i].json, "%s", seen[i].plain);
		cr_expect_str_eq(json.data ? json.data : "", seen[i].json ? seen[i].json : "", "%s",
				 seen[i].plain);
	}
	cr_expect(scalar_kind(".inf") == SCALAR_NOT_JSON);
	cr_expect(scalar_kind("-.Inf") == SCALAR_NOT_JSON);
}

Test(scalar, no_word_that_means_something_stands_without_quotes)
{
	static const char *const fine[] = { "a", "web-1", "/bin/sh", "nginx:1.25", "a.b/c",
					    "https://x.example/y", "--config", "32Mi", "5m" };

	for (size_t i = 0; i < COUNTOF(seen); i++)
		cr_expect(!scalar_is_plain(seen[i].plain) || !seen[i].json, "%s", seen[i].plain);
	for (size_t i = 0; i < COUNTOF(fine); i++)
		cr_expect(scalar_is_plain(fine[i]), "%s", fine[i]);
}

/* Every byte alone, doubled, and in a word: what is written is what is read. */
Test(scalar, any_text_survives_being_written_and_read)
{
	static const char *const shapes[] = { "%c", "%c%c", "a%cb", "%ca", "a%c",
					      "a\n%cb\n", "a: %c" };

	for (int c = 1; c < 256; c++) {
		for (size_t s = 0; s < COUNTOF(shapes); s++) {
			AUTO(buf) struct buf text = { .max = 100 };
			AUTO(buf) struct buf yaml = { .max = 1000 };
			AUTO(tree) struct tree t = { .root = NULL };
			struct err e = { 0 };
			char one[3] = { (char)c, 0, 0 };

			if (c > 0x7f) { /* as U+0080 to U+00FF */
				one[0] = (char)(0xc0 | c >> 6);
				one[1] = (char)(0x80 | (c & 0x3f));
			}
			for (const char *f = shapes[s]; *f; f++) {
				if (*f == '%')
					buf_adds(&text, (f++, one));
				else
					buf_addc(&text, *f);
			}
			buf_adds(&yaml, "k: ");
			if (scalar_is_plain(text.data))
				buf_adds(&yaml, text.data);
			else
				scalar_quote(text.data, &yaml);
			cr_assert(tree_parse(&t, yaml.data, yaml.len, "y", 1, &e) == 0, "%d: %s", c,
				  e.msg);
			cr_expect_str_eq(node_text(t.root, "k"), text.data, "byte %d, shape %zu",
					 c, s);
		}
	}
}
