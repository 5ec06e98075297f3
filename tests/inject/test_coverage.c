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

/* Where a case can set a key: a file and the map in its metadata. */
static const struct {
	unsigned place;
	const char *file, *map;
} places[] = {
	{ ON_POD, "pod.json", "annotations" },
	{ ON_POD_LABEL, "pod.json", "labels" },
	{ ON_SERVICE_ACCOUNT, "serviceaccount.json", "annotations" },
	{ ON_NAMESPACE, "namespace.json", "annotations" },
	{ ON_NAMESPACE_LABEL, "namespace.json", "labels" },
};

/* Does the object in FILE of the case set KEY in MAP? */
static bool sets(const char *case_, size_t place, const char *key)
{
	char *text = golden_file(case_, places[place].file);
	json_t *doc = text ? json_loads(text, JSON_ALLOW_NUL, NULL) : NULL, *object;
	bool found;

	object = json_object_get(json_object_get(doc, "request"), "object");
	object = json_object_get(object ? object : doc, "metadata");
	found = json_object_get(json_object_get(object, places[place].map), key) != NULL;
	json_decref(doc);
	free(text);
	return found;
}

/* Is there a case whose answer, for KEY at PLACE, is of VERDICT? A refusal must name it. */
static bool has_case(const struct strlist *cases, size_t place, const char *key,
		     const char *verdict)
{
	bool found = false;

	for (size_t i = 0; i < cases->len && !found; i++) {
		json_t *answer = answer_of(cases->items[i]);

		found = sets(cases->items[i], place, key) &&
			!strcmp(properties_text(answer, "verdict"), verdict) &&
			(strcmp(verdict, "deny") != 0 ||
			 strstr(properties_text(answer, "message"), key));
		json_decref(answer);
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

static void expect_cases(const struct strlist *cases, size_t place, enum annot a)
{
	char key[100];

	if (!(annot_row(a)->places & places[place].place) || a == ANNOT_STATUS)
		return;
	(void)snprintf(key, sizeof(key), "wif.anthropic.com/%s", annot_row(a)->name);
	cr_expect(has_case(cases, place, key, "patch"), "no case accepts %s in %s %s", key,
		  places[place].file, places[place].map);
	cr_expect(has_case(cases, place, key, "deny"), "no case refuses %s in %s %s", key,
		  places[place].file, places[place].map);
}

Test(coverage, every_key_has_an_accepting_and_a_refusing_case_on_each_object)
{
	struct strlist cases;

	golden_cases(&cases);
	for (enum annot a = 0; a < ANNOTS; a++)
		for (size_t place = 0; place < COUNTOF(places); place++)
			expect_cases(&cases, place, a);
	strlist_fini(&cases);
	NO_LEAKS();
}
