/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "common/buf.h"
#include "config/yamldoc.h"
#include "tests/support/leaks.h"
#include "tests/support/text.h"

static void repeat(struct buf *b, const char *s, int n)
{
	while (n-- > 0)
		buf_adds(b, s);
}

Test(yamldoc, keeps_text_as_it_stands_with_lines_and_quotes)
{
	static const char text[] = "a: 010\nb:\n  - 'yes'\n  - on\nc: {d: \"\"}\n";
	AUTO(yamldoc) struct yamldoc doc = { 0 };
	const struct yamldoc_node *a, *b, *d;
	struct err e = { 0 };

	cr_assert(eq(int, yamldoc_parse(&doc, text, strlen(text), "f", &e), 0), "%s", e.msg);
	a = yamldoc_get(doc.root, "a");
	b = yamldoc_get(doc.root, "b");
	cr_expect(eq(str, a->text, TEXT("010")));
	cr_expect(eq(int, a->kind, YAMLDOC_PLAIN));
	cr_expect(eq(int, b->kind, YAMLDOC_LIST));
	cr_expect(eq(int, b->line, 2));
	cr_expect(eq(int, b->first->kind, YAMLDOC_QUOTED));
	cr_expect(eq(str, b->first->next->text, TEXT("on")));
	cr_expect(eq(int, b->first->next->line, 4));
	d = yamldoc_get(yamldoc_get(doc.root, "c"), "d");
	cr_expect(eq(int, d->kind, YAMLDOC_QUOTED));
	cr_expect(yamldoc_get(doc.root, "d") == NULL);
	yamldoc_fini(&doc);
	NO_LEAKS();
}

static const struct {
	const char *name, *text, *want;
} refused[] = {
	{"nothing", "", "f:1: empty; a map of settings is expected"},
	{"only a comment", "# a\n", "f:1: empty; a map of settings is expected"},
	{"alias", "a: &x [1]\nb: *x\n",
	 "f:1: anchors and tags are not accepted; write plain values"},
	{"alias alone", "a: *x\n", "f:1: aliases are not accepted; write the value out"},
	{"anchor on a scalar", "\na: &x 1\n",
	 "f:2: anchors and tags are not accepted; write plain values"},
	{"tag", "a: !!str 1\n", "f:1: anchors and tags are not accepted; write plain values"},
	{"tag on a map", "a: !x {}\n",
	 "f:1: anchors and tags are not accepted; write plain values"},
	{"anchor on a key", "&x a: 1\n",
	 "f:1: anchors and tags are not accepted; write plain values"},
	{"billion laughs", "a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n",
	 "f:1: anchors and tags are not accepted; write plain values"},
	{"repeated key", "a: 1\nb: 2\na: 3\n", "f:1: a: given again in line 3; keep one"},
	{"repeated key, other quotes", "x: {a: 1, \"a\": 2}\n",
	 "f:1: x.a: given again in line 1; keep one"},
	{"second document", "a: 1\n---\nb: 2\n",
	 "f:2: a second document; one is expected, remove the '---'"},
	{"list as a key", "? [a]\n: 1\n", "f:1: a key must be a word, not a list or a map"},
	{"tab", "a:\n\tb: 1\n",
	 "f:2: not YAML: found character that cannot start any token; indent with spaces, not with "
	 "a tab"},
	{"open bracket", "a: [1\n", "f:2: not YAML: did not find expected ',' or ']'"},
	{"bad indentation", "a: 1\n b: 2\n",
	 "f:2: not YAML: mapping values are not allowed in this context"},
	{"not UTF-8", "a: 1\nb: \xff\n", "f:2: not YAML: invalid leading UTF-8 octet"},
	{"control character", "a: 1\nb: \x01\n",
	 "f:2: not YAML: control characters are not allowed"},
	{"escaped NUL", "a: \"x\\0y\"\n", "f:1: a value with a NUL byte"},
	{"escaped NUL in a key", "\"x\\0y\": 1\n", "f:1: a value with a NUL byte"},
	{"UTF-16",
	 "\xff\xfe"
	 "a",
	 "f:1: not YAML: invalid leading UTF-8 octet"},
};

Test(yamldoc, refuses_with_file_line_and_reason)
{
	for (size_t i = 0; i < COUNTOF(refused); i++) {
		struct yamldoc doc = { 0 };
		struct err e = { 0 };
		int rc = yamldoc_parse(&doc, refused[i].text, strlen(refused[i].text), "f", &e);

		cr_expect(eq(int, rc, -1), "%s", refused[i].name);
		cr_expect(eq(str, e.msg, TEXT(refused[i].want)), "%s", refused[i].name);
		cr_expect(eq(int, e.kind, ERR_INVALID), "%s", refused[i].name);
		yamldoc_fini(&doc);
	}
	NO_LEAKS();
}

Test(yamldoc, refuses_a_nul_byte_in_the_file)
{
	AUTO(yamldoc) struct yamldoc doc = { 0 };
	struct err e = { 0 };

	cr_assert(eq(int, yamldoc_parse(&doc, "a: 1\0b: 2", 9, "f", &e), -1));
	cr_expect(eq(str, e.msg, TEXT("f: not text: it holds a NUL byte")));
}

/* Parse HEAD, N times OPEN, then TAIL; the kind of error, ERR_NONE for none. */
static enum err_kind parse_repeated(const char *head, const char *open, int n, const char *tail,
				    struct err *e)
{
	AUTO(yamldoc) struct yamldoc doc = { 0 };
	AUTO(buf) struct buf text;

	buf_init(&text, 4 * YAMLDOC_BYTES_MAX);
	buf_adds(&text, head);
	repeat(&text, open, n);
	buf_adds(&text, tail);
	*e = (struct err){ 0 };
	return yamldoc_parse(&doc, text.data, text.len, "f", e) < 0 ? e->kind : ERR_NONE;
}

Test(yamldoc, holds_its_limits_to_the_last_step)
{
	struct err e;

	cr_expect(eq(int, parse_repeated("a: ", "[", 15, "]]]]]]]]]]]]]]]", &e), ERR_NONE), "%s",
		  e.msg);
	cr_expect(eq(int, parse_repeated("a: ", "[", 16, "]]]]]]]]]]]]]]]]", &e), ERR_TOO_BIG));
	cr_expect(eq(str, e.msg, TEXT("f:1: nested deeper than 16 levels")));
	cr_expect(eq(int, parse_repeated("a: ", "[", 500000, "", &e), ERR_TOO_BIG));
	cr_expect(eq(int, parse_repeated("a: ", "{b: ", 100000, "", &e), ERR_TOO_BIG));
	cr_expect(eq(int, parse_repeated("a: [", "1,", YAMLDOC_NODES_MAX - 3, "1]", &e), ERR_NONE));
	cr_expect(eq(int, parse_repeated("a: [", "1,", YAMLDOC_NODES_MAX - 2, "1]", &e),
		     ERR_TOO_BIG));
	cr_expect(eq(str, e.msg, TEXT("f:1: more than 16384 values")));
	cr_expect(eq(int, parse_repeated("a: 1\n#", "x", (1 << 20) - 6, "", &e), ERR_NONE));
	cr_expect(eq(int, parse_repeated("a: 1\n#", "x", (1 << 20) - 5, "", &e), ERR_TOO_BIG));
	cr_expect(eq(str, e.msg, TEXT("f is larger than 1048576 bytes")));
	NO_LEAKS();
}

static void expect_message(const char *text, const char *want)
{
	AUTO(yamldoc) struct yamldoc doc = { 0 };
	struct err e = { 0 };

	cr_assert(eq(int, yamldoc_parse(&doc, text, strlen(text), "f", &e), 0), "%s", e.msg);
	(void)yamldoc_fail(&doc, doc.root->first->first, &e, "wrong");
	cr_expect(eq(str, e.msg, TEXT(want)));
}

Test(yamldoc, quotes_a_value_in_part_and_a_credential_not_at_all)
{
	expect_message("a: {b: x}", "f:1: a.b=\"x\": wrong");
	expect_message("a: [x]", "f:1: a[0]=\"x\": wrong");
	expect_message("a: [[]]", "f:1: a[0]: wrong");
	expect_message("a: [0123456789012345678901234567890123456789]",
		       "f:1: a[0]=\"0123456789012345678901234567890123456789\": wrong");
	expect_message("a: [012345678901234567890123456789012345678\xc3\xa9z]",
		       "f:1: a[0]=\"012345678901234567890123456789012345678…\": wrong");
	expect_message("a: [sk-ant-api03-secret]", "f:1: a[0]: wrong");
	expect_message("a: [\"http://user:secret@proxy\"]", "f:1: a[0]: wrong");
	expect_message("a: [\"x\\ny\"]", "f:1: a[0]: wrong");
	expect_message("a: [-----BEGIN PRIVATE KEY----- MIIB]", "f:1: a[0]: wrong");
}
