/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "tests/cli/run_text.h"
#include "tests/support/leaks.h"

/*
 * tests/data/cli/CASE/: `in` is a stream; `want` what `inject` prints, absent when
 * it refuses; `err` what it says on stderr. WIF_GOLDEN=write writes them.
 */

static size_t list_cases(char names[][64], size_t max)
{
	DIR *d = opendir(CASES_DIR);
	size_t n = 0;

	cr_assert(d != NULL, "run from the root of the checkout");
	for (struct dirent *entry; (entry = readdir(d)) && n < max;)
		if (entry->d_name[0] != '.' && !strchr(entry->d_name, '.'))
			(void)snprintf(names[n++], 64, "%.63s", entry->d_name);
	(void)closedir(d);
	return n;
}

/* TEXT with "VERSION" for the program's own, so that it outlives a release. */
static void neutral(const struct buf *text, struct buf *out)
{
	static const char own[] = "\\\"version\\\":\\\"" WIF_VERSION "\\\"";
	const char *s = text->data ? text->data : "", *at;

	for (; (at = strstr(s, own)); s = at + strlen(own)) {
		buf_add(out, s, (size_t)(at - s));
		buf_adds(out, "\\\"version\\\":\\\"VERSION\\\"");
	}
	buf_adds(out, s);
}

static void compare(const char *case_, const char *file, const struct buf *got, bool wanted)
{
	AUTO(buf) struct buf want = { .max = 0 };
	AUTO(buf) struct buf plain = { .max = OUTPUT_MAX };
	char path[200];
	const char *mode = getenv("WIF_GOLDEN");
	bool there;

	(void)snprintf(path, sizeof(path), "%s/%s", case_, file);
	neutral(got, &plain);
	if (mode && !strcmp(mode, "write")) {
		AUTO(buf) struct buf full = { .max = 300 };
		FILE *f;

		buf_addf(&full, CASES_DIR "/%s", path);
		(void)remove(full.data);
		f = wanted ? fopen(full.data, "w") : NULL;
		if (f)
			(void)fwrite(plain.data ? plain.data : "", 1, plain.len, f);
		if (f)
			(void)fclose(f);
		return;
	}
	there = case_file(path, &want);
	cr_expect(there == wanted, "%s: %s", path, wanted ? "should be there" : "should not be");
	if (there && wanted)
		cr_expect(want.len == plain.len &&
				  (!plain.len || !memcmp(want.data, plain.data, plain.len)),
			  "%s differs; it is:\n%s", path, plain.data ? plain.data : "");
}

Test(rewrite, streams_become_what_the_cases_want)
{
	static char names[100][64];
	size_t n = list_cases(names, COUNTOF(names));

	cr_assert(n > 15);
	for (size_t i = 0; i < n; i++) {
		AUTO(run) struct run run = { .name = NULL };
		AUTO(buf) struct buf in = { .max = 0 };
		AUTO(buf) struct buf out = { .max = 0 };
		AUTO(buf) struct buf said = { .max = 1u << 20 };
		struct err e = { 0 };
		char path[200];
		int ret;

		(void)snprintf(path, sizeof(path), "%s/in", names[i]);
		cr_assert(case_file(path, &in), "%s", path);
		ret = inject_text(&run, in.data, in.len, &out, &e);
		buf_adds(&said, ret < 0 ? e.msg : run.refusal.len ? run.refusal.data :
						  run.warnings.len ? run.warnings.data : "");
		compare(names[i], "want", &out, !ret && !run.refusal.len);
		compare(names[i], "err", &said, said.len > 0);
	}
}

Test(rewrite, what_was_injected_is_left_alone_byte_for_byte)
{
	static char names[100][64];
	size_t n = list_cases(names, COUNTOF(names)), done = 0;

	for (size_t i = 0; i < n; i++) {
		AUTO(run) struct run run = { .name = NULL };
		AUTO(run) struct run again = { .name = NULL };
		AUTO(buf) struct buf in = { .max = 0 };
		AUTO(buf) struct buf out = { .max = 0 };
		AUTO(buf) struct buf twice = { .max = 0 };
		struct err e = { 0 };
		char path[200];

		(void)snprintf(path, sizeof(path), "%s/in", names[i]);
		cr_assert(case_file(path, &in), "%s", path);
		if (inject_text(&run, in.data, in.len, &out, &e) < 0 || run.refusal.len || !out.len)
			continue;
		cr_assert(inject_text(&again, out.data, out.len, &twice, &e) == 0, "%s: %s", path,
			  e.msg);
		cr_expect(twice.len == out.len && !memcmp(twice.data, out.data, out.len), "%s",
			  path);
		done++;
	}
	cr_assert(done > 10);
}

/* Cut anywhere, or with any byte replaced, it ends cleanly; what it prints it leaves alone. */
Test(rewrite, damaged_streams_never_come_out_half)
{
	static const char *const cases[] = { "list/in", "aliases/in", "json/in", "crlf/in",
					     "static-key-removed/in" };
	static const char bytes[] = "\n\t -:{[&*#|\"'\\\xff";

	for (size_t c = 0; c < COUNTOF(cases); c++) {
		AUTO(buf) struct buf in = { .max = 0 };

		cr_assert(case_file(cases[c], &in), "%s", cases[c]);
		for (size_t i = 0; i < in.len * 2; i++) {
			AUTO(run) struct run run = { .name = NULL };
			AUTO(run) struct run again = { .name = NULL };
			AUTO(buf) struct buf text = { .max = in.max };
			AUTO(buf) struct buf out = { .max = 0 };
			AUTO(buf) struct buf twice = { .max = 0 };
			struct err e = { 0 };
			size_t at = i / 2;

			buf_add(&text, in.data, in.len);
			if (i % 2)
				text.data[at] = bytes[at % (sizeof(bytes) - 1)];
			else
				text.len = at;
			if (inject_text(&run, text.data, text.len, &out, &e) < 0) {
				cr_expect(e.kind == ERR_INVALID, "%s at %zu: %s", cases[c], at,
					  e.msg);
				continue;
			}
			if (run.refusal.len || !out.len)
				continue;
			cr_assert(inject_text(&again, out.data, out.len, &twice, &e) == 0,
				  "%s at %zu: %s", cases[c], at, e.msg);
			cr_expect(twice.len == out.len && !memcmp(twice.data, out.data, out.len),
				  "%s at %zu", cases[c], at);
		}
	}
	NO_LEAKS();
}

Test(rewrite, an_object_of_another_namespace_than_asked_for_is_refused)
{
	AUTO(run) struct run run = { .name = NULL };
	AUTO(document) struct document doc = { .tree = { .root = NULL } };
	static const char pod[] = "{apiVersion: v1, kind: Pod, metadata: {namespace: a}}";
	struct err e = { 0 };

	run_text(&run, pod, strlen(pod));
	run.only = "b";
	cr_expect(run_next(&run, &doc, &e) < 0);
	cr_expect_str_eq(e.msg,
			 "in: document 1: Pod (unnamed): it is of namespace a, -n says b; use one");
}
