/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <string.h>

#include "cli/stream.h"
#include "common/attr.h"

/* parts: each document's number as a digit, '.' for what stands between. */
static const struct {
	const char *text, *parts;
} rows[] = {
	{ "", "" },
	{ "a: 1\n", "1" },
	{ "a: 1\n---\nb: 2\n", "1.2" },
	{ "---\na: 1\n---\n", ".1." },
	{ "# c\n---\n\n---\n", "...." },
	{ "a: 1\n--- # c\nb: 2", "1.2" },
	{ "a: 1\n---  \r\nb: 2", "1.2" },
	{ "a: 1\n---#c\nb: 2", "1" },
	{ "a: 1\n--- b\n", "12" },
	{ "a: |\n  ---\nb: 1\n", "1" },
	{ "----\n", "1" },
	{ "{}{}", "12" },
	{ "{}\n{\"a\":\"}{\\\"\\\\\"}\n", "12" },
	{ "{}\n---\n{}\n", "1.2" },
	{ "{a: b}\nc: d\n", "1" },
	{ "{\"a\": [", "1" },
	{ "{a: b\"} {\"}", "1" },
	{ "{\"a\": 1} {b: c}\n---\n{}", "12.3" },
};

Test(stream, documents_are_cut_as_kubectl_cuts_them)
{
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		struct stream s = { .text = rows[i].text, .len = strlen(rows[i].text), .line = 1 };
		struct stream_part p;
		char got[40] = "";
		size_t n = 0, at = 0;

		while (stream_next(&s, &p) && n < sizeof(got) - 1) {
			cr_assert(p.text == rows[i].text + at && p.len > 0, "%s", rows[i].text);
			at += p.len;
			got[n++] = p.between ? '.' : (char)('0' + p.number);
		}
		got[n] = '\0';
		cr_expect(at == strlen(rows[i].text), "%s", rows[i].text);
		cr_expect_str_eq(got, rows[i].parts, "%s", rows[i].text);
	}
}

Test(stream, lines_are_counted_over_all_parts)
{
	static const char text[] = "a: 1\n\n---\n# c\nb: 2\n---\nc: 3\n";
	struct stream s = { .text = text, .len = strlen(text), .line = 1 };
	struct stream_part p = { .line = 0 };
	int lines[4] = { 0 };

	while (stream_next(&s, &p))
		if (!p.between)
			lines[p.number] = p.line;
	cr_expect(lines[1] == 1 && lines[2] == 4 && lines[3] == 7);
}
