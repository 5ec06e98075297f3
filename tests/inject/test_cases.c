/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/inject/golden.h"
#include "tests/inject/operator.h"
#include "tests/inject/properties.h"
#include "tests/support/leaks.h"

static void expect_json(const json_t *got, const json_t *want, const char *case_)
{
	char *a, *b;

	if (json_equal(got, want))
		return;
	a = json_dumps(got, JSON_INDENT(1) | JSON_SORT_KEYS);
	b = json_dumps(want, JSON_INDENT(1) | JSON_SORT_KEYS);
	cr_expect(false, "%s\ngot %s\nwant %s", case_, a, b);
	free(a);
	free(b);
}

/* Compare with want.json, or write it when asked to. */
static void check_answer(const char *case_, const json_t *answer)
{
	const char *mode = getenv("WIF_GOLDEN");
	char *text = golden_file(case_, "want.json");
	json_t *want = text ? json_loads(text, 0, NULL) : NULL;
	json_t *got = json_deep_copy(answer);

	golden_neutral(got);
	if (mode && !strcmp(mode, "write"))
		golden_write(case_, got);
	else
		expect_json(got, want, case_);
	json_decref(want);
	json_decref(got);
	free(text);
}

static size_t check_case(const char *case_, size_t nth)
{
	char *text = golden_file(case_, "operator"), *fault;
	json_t *pod = golden_pod(case_), *answer;
	struct golden_around around = golden_around(case_);
	struct settings set;

	operator_settings(text, &set);
	answer = golden_run(pod, &set, &around);
	check_answer(case_, answer);
	fault = properties_fault(pod, &set, &around, answer);
	cr_expect(!fault, "%s: %s", case_, fault);
	golden_around_fini(&around);
	settings_fini(&set);
	json_decref(answer);
	json_decref(pod);
	free(fault);
	free(text);
	(void)nth;
	return 1;
}

Test(inject, every_case_answers_as_wanted_is_lossless_and_idempotent)
{
	(void)golden_each(check_case);
	NO_LEAKS();
}
