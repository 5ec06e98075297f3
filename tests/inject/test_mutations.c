/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/inject/golden.h"
#include "tests/inject/mutate.h"
#include "tests/inject/operator.h"
#include "tests/inject/properties.h"
#include "tests/inject/reconfigure.h"
#include "tests/support/leaks.h"

/*
 * The cases' pods, changed at random. What must hold of every answer must hold
 * of these. WIF_ROUNDS in the environment asks for more than the usual number,
 * WIF_SEED for others.
 */

#define ROUNDS 3000

static size_t number(const char *name, size_t preset)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 10) : preset;
}

static bool check_one(json_t *pod, const struct settings *set, const struct settings *other,
		      const char *case_)
{
	json_t *answer = golden_run(pod, set, NULL);
	char *fault = properties_fault(pod, set, NULL, answer);
	char *text = json_dumps(pod, JSON_COMPACT);
	bool patched = json_object_get(answer, "patch") != NULL;

	if (!fault)
		fault = reconfigure_fault(pod, set, other, NULL, NULL);
	cr_expect(!fault, "from %s: %s\n%s", case_, fault, text);
	json_decref(answer);
	free(fault);
	free(text);
	return patched;
}

Test(inject, what_holds_of_every_answer_holds_of_mutated_pods)
{
	uint64_t state = UINT64_C(0x2545f4914f6cdd1d) + number("WIF_SEED", 0);
	size_t rounds = number("WIF_ROUNDS", ROUNDS), patched = 0;
	struct settings set, other;
	struct strlist cases;

	golden_cases(&cases);
	operator_settings("federation other\npolicy team-* rules=*", &set);
	operator_settings("federation other\npolicy team-* rules=*\nlifetime 400\n"
			  "image registry.example/claude-wif/writer:0.2.0", &other);
	for (size_t round = 0; round < rounds; round++) {
		const char *case_ = cases.items[mutate_chance(&state) % cases.len];
		json_t *pod = golden_pod(case_);
		json_t *donor = golden_pod(cases.items[mutate_chance(&state) % cases.len]);

		for (uint64_t n = 1 + mutate_chance(&state) % 4; n; n--)
			mutate_json(pod, donor, &state);
		if (json_is_object(pod))
			patched += check_one(pod, &set, &other, case_);
		json_decref(pod);
		json_decref(donor);
	}
	/* Else nothing but refusals was tried. */
	cr_expect(patched > rounds / 10, "%zu", patched);
	settings_fini(&other);
	settings_fini(&set);
	strlist_fini(&cases);
	NO_LEAKS();
}
