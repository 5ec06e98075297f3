/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "cli/tree.h"
#include "tests/cli/run_text.h"
#include "tests/support/leaks.h"

static const struct {
	const char *yaml, *json;
} reads[] = {
	{ "a: yes\nb: 'yes'\nc: !!str 12\nd: !!int \"3\"\ne: !foo 12",
	  "{\"a\": true, \"b\": \"yes\", \"c\": \"12\", \"d\": 3, \"e\": \"12\"}" },
	{ "yes: 1\n1: 2\n0x10: 4", "{\"true\": 1, \"1\": 2, \"16\": 4}" },
	{ "x: &a {q: 1}\nz: *a\nm: {<<: *a, w: 2}\nk:\n  <<: [*a, {q: 3, r: 4}]\n  q: 9",
	  "{\"x\": {\"q\": 1}, \"z\": {\"q\": 1}, \"m\": {\"w\": 2, \"q\": 1}, "
	  "\"k\": {\"q\": 9, \"r\": 4}}" },
	{ "\"<<\": 1", "{\"<<\": 1}" },
	{ "a: &x 1\nb: &x 2\nc: *x", "{\"a\": 1, \"b\": 2, \"c\": 2}" },
	{ "a: {b: [c, d: e]}", "{\"a\": {\"b\": [\"c\", {\"d\": \"e\"}]}}" },
	{ "a: |\n  x\n  y\nb: >-\n  x\n  y", "{\"a\": \"x\\ny\\n\", \"b\": \"x y\"}" },
	{ "\xef\xbb\xbf" "a: \xc3\xa9", "{\"a\": \"\xc3\xa9\"}" },
};

Test(yaml, documents_read_as_kubectl_reads_them)
{
	for (size_t i = 0; i < COUNTOF(reads); i++) {
		AUTO(buf) struct buf json = { .max = 10000 };

		text_json(reads[i].yaml, strlen(reads[i].yaml), &json);
		cr_expect_str_eq(json.data, reads[i].json, "row %zu", i);
	}
	NO_LEAKS();
}

static const struct {
	const char *yaml, *error; /* of tree_parse, or the fault; after "f" */
} refuses[] = {
	{ "a: [b\nc: }\n", ":2: not YAML: " },
	{ "a: 1\nb: *x\n", ":2: alias *x: there is no such anchor" },
	{ "a: &a\n- *a\n", ":2: alias *a: it would contain itself" },
	{ "? [a]\n: b\n", ":1: a key must be a word, not a list or a map" },
	{ "a: &x k\n*x : 1\n", ":2: an alias as a key; write the key out" },
	{ "a: 1\n...\nb: 2\n", ":3: " },
	{ "\n\na: \xff\n", ":3: not YAML: " },
	{ "~: 1\n", ":1: a key that is null" },
	{ "a: .inf\n", ":1: a number that JSON does not have" },
	{ "a: \"x\\0y\"\n", ":1: a string with a NUL byte" },
	{ "a: !!int x\n", ":1: a value that is not what its tag says" },
	{ "a: !!binary aGk=\n", ":1: !!binary; write the text itself" },
	{ "<<: 1\n", ":1: a merge (<<) of something that is no map" },
	{ "<<: [1]\n", ":1: a merge (<<) of something that is no map" },
};

Test(yaml, what_kubectl_refuses_is_named_with_its_line)
{
	for (size_t i = 0; i < COUNTOF(refuses); i++) {
		AUTO(tree) struct tree t = { .root = NULL };
		struct err e = { 0 };
		int ret = tree_parse(&t, refuses[i].yaml, strlen(refuses[i].yaml), "f", 1, &e);
		const char *msg = ret < 0 ? e.msg : t.fault.msg;

		cr_expect(!strncmp(msg + 1, refuses[i].error, strlen(refuses[i].error)),
			  "%s gives \"%s\"", refuses[i].yaml, msg);
	}
	NO_LEAKS();
}

/* Each alias doubles: 2^30 values if they were all written out. */
Test(yaml, aliases_that_multiply_are_refused)
{
	AUTO(buf) struct buf text = { .max = 10000 };
	AUTO(tree) struct tree t = { .root = NULL };
	struct err e = { 0 };

	buf_adds(&text, "a0: &a0 [x, x]\n");
	for (int i = 1; i < 30; i++)
		buf_addf(&text, "a%d: &a%d [*a%d, *a%d]\n", i, i, i - 1, i - 1);
	cr_expect(tree_parse(&t, text.data, text.len, "f", 1, &e) < 0);
	cr_expect(e.kind == ERR_TOO_BIG, "%s", e.msg);
}

Test(yaml, long_texts_that_aliases_multiply_are_refused)
{
	AUTO(buf) struct buf text = { .max = 4u << 20 };
	AUTO(tree) struct tree t = { .root = NULL };
	struct err e = { 0 };

	buf_adds(&text, "a: &a ");
	for (int i = 0; i < 20000; i++)
		buf_adds(&text, "long text ");
	buf_adds(&text, "\nb:\n");
	for (int i = 0; i < 20000; i++)
		buf_adds(&text, "- *a\n");
	cr_expect(tree_parse(&t, text.data, text.len, "f", 1, &e) < 0);
	cr_expect(e.kind == ERR_TOO_BIG, "%s", e.msg);
}

Test(yaml, deep_nesting_is_refused_in_every_notation)
{
	static const char *const opens[] = { "[", "{a: ", "- " };

	for (size_t i = 0; i < COUNTOF(opens); i++) {
		AUTO(buf) struct buf text = { .max = 1u << 20 };
		AUTO(tree) struct tree t = { .root = NULL };
		struct err e = { 0 };

		for (int k = 0; k < 20000; k++)
			buf_adds(&text, opens[i]);
		cr_expect(tree_parse(&t, text.data, text.len, "f", 1, &e) < 0);
		cr_expect(e.kind == ERR_TOO_BIG, "%s: %s", opens[i], e.msg);
	}
}

/* Each level holds the one before by alias: no text is deep, what it stands for is. */
Test(yaml, nesting_by_aliases_is_refused)
{
	AUTO(buf) struct buf text = { .max = 1u << 20 };
	AUTO(tree) struct tree t = { .root = NULL };
	struct err e = { 0 };

	buf_adds(&text, "a0: &a0 []\n");
	for (int i = 1; i < 1000; i++)
		buf_addf(&text, "a%d: &a%d [*a%d]\n", i, i, i - 1);
	cr_expect(tree_parse(&t, text.data, text.len, "f", 1, &e) < 0);
	cr_expect(e.kind == ERR_TOO_BIG, "%s", e.msg);
}
