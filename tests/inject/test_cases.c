/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/inject/back.h"
#include "tests/inject/golden.h"
#include "tests/inject/operator.h"
#include "tests/support/jsonpatch.h"
#include "tests/support/leaks.h"

static const char *text_of(const json_t *answer, const char *key)
{
	const char *s = json_string_value(json_object_get(answer, key));

	return s ? s : "";
}

static void expect_json(const json_t *got, const json_t *want, const char *case_, const char *what)
{
	char *a, *b;

	if (json_equal(got, want))
		return;
	a = json_dumps(got, JSON_INDENT(1) | JSON_SORT_KEYS | JSON_ENCODE_ANY);
	b = json_dumps(want, JSON_INDENT(1) | JSON_SORT_KEYS | JSON_ENCODE_ANY);
	cr_expect(false, "%s: %s\ngot %s\nwant %s", case_, what, a, b);
	free(a);
	free(b);
}

/* Compare with want.json, or write it when asked to. */
static void check_answer(const char *case_, json_t *got)
{
	const char *mode = getenv("WIF_GOLDEN");
	char *text = golden_file(case_, "want.json");
	json_t *want = text ? json_loads(text, 0, NULL) : NULL;

	if (mode && !strcmp(mode, "write"))
		golden_write(case_, got);
	else
		expect_json(got, want, case_, "the answer");
	json_decref(want);
	free(text);
}

/* POD after PATCH, a new reference. */
static json_t *patched(const char *case_, const json_t *pod, const json_t *patch)
{
	json_t *out = json_deep_copy(pod);
	struct err e;

	if (patch && jsonpatch_apply(out, patch, &e))
		cr_assert_fail("%s: %s", case_, e.msg);
	return out;
}

/* Running on one's own output, also as an API server gives it back, changes nothing. */
static void check_idempotent(const char *case_, json_t *pod, const struct settings *set)
{
	for (int filled = 0; filled < 2; filled++) {
		json_t *again;

		if (filled)
			back_fill(pod);
		again = golden_run(pod, set);
		cr_expect(!strcmp(text_of(again, "reason"), "AlreadyInjected"), "%s (%d): %s %s", case_,
			  filled, text_of(again, "reason"), text_of(again, "message"));
		json_decref(again);
	}
}

static void check_lossless(const char *case_, const json_t *pod, const json_t *after, bool removed)
{
	json_t *a = json_deep_copy(pod), *b = json_deep_copy(after);

	back_strip(a, removed);
	back_strip(b, removed);
	expect_json(b, a, case_, "something that is not ours changed");
	json_decref(a);
	json_decref(b);
}

static bool removes_keys(const json_t *answer)
{
	json_t *w;
	size_t i;

	json_array_foreach(json_object_get(answer, "warnings"), i, w)
		if (!strcmp(text_of(w, "reason"), "StaticKeyRemoved"))
			return true;
	return false;
}

static void check_warnings(const char *case_, const json_t *answer)
{
	json_t *w;
	size_t i;

	json_array_foreach(json_object_get(answer, "warnings"), i, w)
		cr_expect(strlen(text_of(w, "text")) <= 120, "%s: %s", case_, text_of(w, "text"));
	cr_expect(!strchr(text_of(answer, "message"), '\n'), "%s", case_);
}

static void check_case(const char *case_)
{
	char *text = golden_file(case_, "operator");
	json_t *pod = golden_pod(case_), *answer, *after;
	struct settings set;

	operator_settings(text, &set);
	answer = golden_run(pod, &set);
	check_answer(case_, answer);
	check_warnings(case_, answer);
	after = patched(case_, pod, json_object_get(answer, "patch"));
	check_lossless(case_, pod, after, removes_keys(answer));
	if (!strcmp(text_of(answer, "verdict"), "patch"))
		check_idempotent(case_, after, &set);
	settings_fini(&set);
	json_decref(answer);
	json_decref(after);
	json_decref(pod);
	free(text);
}

Test(inject, every_case_answers_as_wanted_is_lossless_and_idempotent)
{
	struct strlist cases;

	golden_cases(&cases);
	cr_assert(cases.len > 0);
	for (size_t i = 0; i < cases.len; i++)
		check_case(cases.items[i]);
	strlist_fini(&cases);
	NO_LEAKS();
}
