/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <string.h>

#include "cli/args.h"

static const struct {
	const char *words, *error; /* NULL: taken */
} rows[] = {
	{ "inject -f x --config c", NULL },
	{ "inject --filename=x --config=c --namespace=team-a", NULL },
	{ "inject -f - --config c -n a", NULL },
	{ "explain -f x --config c -o json", NULL },
	{ "verify /d", NULL },
	{ "verify --uid 5 /d", NULL },
	{ "verify /d --uid 0", NULL },
	{ "", "a verb is missing" },
	{ "status", "status: not a verb of this version" },
	{ "-f x", "-f: not an option here" },
	{ "inject", "-f FILE is missing" },
	{ "inject -f x", "--config FILE is missing: this version cannot ask a cluster" },
	{ "inject -f", "-f: a value is missing" },
	{ "inject -f x -f y --config c", "-f is given twice" },
	{ "inject -f x --config c y", "a word too many" },
	{ "inject -f x --config c -o json", "-o: not an option here" },
	{ "inject -f x --config c -n A", "-n \"A\": not a namespace" },
	{ "inject --bad", "--bad: not an option here" },
	{ "explain -f x --config c -o yaml", "-o \"yaml\": not an output" },
	{ "verify", "verify takes one directory" },
	{ "verify a b", "verify takes one directory" },
	{ "verify a --uid -1", "--uid=\"-1\": not a uid" },
	{ "verify a --uid 2147483648", "--uid=\"2147483648\": not a uid" },
	{ "verify a --config c", "--config: not an option here" },
};

Test(args, each_line_is_taken_or_refused_with_what_to_write)
{
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		char copy[200], *argv[20] = { copy }, *rest = NULL;
		struct args a = { .verb = VERB_NONE };
		struct err e = { 0 };
		int argc = 1, ret;

		(void)strcpy(copy, rows[i].words);
		for (char *w = strtok_r(copy, " ", &rest); w; w = strtok_r(NULL, " ", &rest))
			argv[argc++] = w;
		ret = args_parse(argc, argv, &a, &e);
		cr_expect((ret == 0) == !rows[i].error, "%s: %s", rows[i].words, e.msg);
		if (rows[i].error)
			cr_expect(!strncmp(e.msg, rows[i].error, strlen(rows[i].error)), "%s: %s",
				  rows[i].words, e.msg);
		cr_expect(ret < 0 || a.verb != VERB_NONE, "%s", rows[i].words);
	}
}

Test(args, values_arrive)
{
	char *argv[] = { (char[]){ "k" }, (char[]){ "explain" }, (char[]){ "-f" }, (char[]){ "-" },
			 (char[]){ "--config" }, (char[]){ "c" }, (char[]){ "-n" },
			 (char[]){ "ns" }, (char[]){ "-ojson" }, NULL };
	struct args a = { .verb = VERB_NONE };
	struct err e = { 0 };

	cr_assert(args_parse(9, argv, &a, &e) == 0, "%s", e.msg);
	cr_expect(a.verb == VERB_EXPLAIN && a.json);
	cr_expect_str_eq(a.file, "-");
	cr_expect_str_eq(a.config, "c");
	cr_expect_str_eq(a.namespace_, "ns");
}
