/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "inject/annot.h"
#include "inject/reasons.h"
#include "inject/settings.h"
#include "tests/inject/golden.h"
#include "tests/inject/properties.h"
#include "tests/support/leaks.h"

/* What the cases leave out is named here, with where it is tested or why it cannot be yet. */
static const char *const elsewhere[] = {
	"NoExpirationLeft",   /* test_big.c: too long for a file */
	"OverriddenBadValue", /* needs levels below the pod */
};

static bool is_elsewhere(const char *code)
{
	for (size_t i = 0; i < COUNTOF(elsewhere); i++)
		if (!strcmp(elsewhere[i], code))
			return true;
	return false;
}

static json_t *answer_of(const char *case_)
{
	char *text = golden_file(case_, "want.json");
	json_t *answer = text ? json_loads(text, 0, NULL) : NULL;

	cr_assert(answer != NULL, "%s", case_);
	free(text);
	return answer;
}

static bool says(const json_t *answer, const char *code)
{
	const json_t *w;
	size_t i;

	if (!strcmp(properties_text(answer, "reason"), code))
		return true;
	json_array_foreach(json_object_get(answer, "warnings"), i,
			   w) if (!strcmp(properties_text(w, "reason"), code)) return true;
	return false;
}

/* Is there a case whose answer, for a pod that sets KEY, is of VERDICT? A refusal must name it. */
static bool has_case(const struct strlist *cases, const char *key, const char *verdict)
{
	bool found = false;

	for (size_t i = 0; i < cases->len && !found; i++) {
		json_t *answer = answer_of(cases->items[i]), *pod = golden_pod(cases->items[i]);
		const json_t *metadata = json_object_get(pod, "metadata");

		found = json_object_get(json_object_get(metadata, "annotations"), key) &&
			!strcmp(properties_text(answer, "verdict"), verdict) &&
			(strcmp(verdict, "deny") != 0 ||
			 strstr(properties_text(answer, "message"), key));
		json_decref(answer);
		json_decref(pod);
	}
	return found;
}

Test(coverage, every_reason_is_given_in_some_case)
{
	struct strlist cases;

	golden_cases(&cases);
	for (enum reason r = 0; r < REASONS; r++) {
		bool found = is_elsewhere(reason_row(r)->code);

		for (size_t i = 0; i < cases.len && !found; i++) {
			json_t *answer = answer_of(cases.items[i]);

			found = says(answer, reason_row(r)->code);
			json_decref(answer);
		}
		cr_expect(found, "no case gives %s", reason_row(r)->code);
	}
	strlist_fini(&cases);
	NO_LEAKS();
}

Test(coverage, every_annotation_has_an_accepting_and_a_refusing_case)
{
	struct strlist cases;
	char key[100];

	golden_cases(&cases);
	for (enum annot a = 0; a < ANNOTS; a++) {
		(void)snprintf(key, sizeof(key), "wif.anthropic.com/%s", annot_row(a)->name);
		if (!(annot_row(a)->places & ON_POD) || a == ANNOT_STATUS)
			continue;
		cr_expect(has_case(&cases, key, "patch"), "no case accepts %s", key);
		cr_expect(has_case(&cases, key, "deny"), "no case refuses %s", key);
	}
	strlist_fini(&cases);
	NO_LEAKS();
}
