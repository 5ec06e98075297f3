/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "tests/inject/golden.h"
#include "tests/inject/operator.h"
#include "tests/inject/properties.h"
#include "tests/support/leaks.h"

/*
 * The cases' pods, changed at random: a value replaced by one of another kind
 * or by a part of another pod, a member or an element taken out or doubled.
 * What must hold of every answer must hold of these. WIF_ROUNDS in the
 * environment asks for more than the usual number, WIF_SEED for others.
 */

#define ROUNDS 3000

static uint64_t chance(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(2685821657736338717);
}

static json_t *child(json_t *v, uint64_t at)
{
	void *i;

	if (json_is_array(v))
		return json_array_get(v, at);
	i = json_object_iter(v);
	for (; at; at--)
		i = json_object_iter_next(v, i);
	return json_object_iter_value(i);
}

static size_t children(const json_t *v)
{
	return json_is_array(v) ? json_array_size(v) : json_object_size(v);
}

/* A random value within V that holds others; V itself at the least. */
static json_t *pick(json_t *v, uint64_t *state)
{
	for (;;) {
		json_t *next = children(v) ? child(v, chance(state) % children(v)) : NULL;

		if (!next || !children(next) || chance(state) % 6 == 0)
			return v;
		v = next;
	}
}

static json_t *new_value(json_t *donor, uint64_t *state)
{
	static const char *const texts[] = {
		"null",
		"{}",
		"[]",
		"\"\"",
		"7",
		"true",
		"\"claude-wif-writer\"",
		"\"claude-wif-credentials\"",
		"\"ANTHROPIC_PROFILE\"",
		"\"app\"",
		"\"istio-proxy\"",
		"[{\"name\":\"claude-wif-assertions\",\"emptyDir\":{}}]",
		"[null]",
		"-1",
		"1e300",
		"\"/var/run/secrets/anthropic.com\"",
		"\"sidecar\"",
		"\"a, b\"",
		"0",
	};

	if (chance(state) % 2)
		return json_deep_copy(pick(donor, state));
	return json_loads(texts[chance(state) % COUNTOF(texts)], JSON_DECODE_ANY, NULL);
}

static void mutate(json_t *pod, json_t *donor, uint64_t *state)
{
	json_t *at = pick(pod, state);
	uint64_t n = children(at) ? chance(state) % children(at) : 0;
	void *i = json_object_iter(at);

	for (uint64_t k = 0; i && k < n; k++)
		i = json_object_iter_next(at, i);
	switch (chance(state) % 4) {
	case 0:
		if (json_is_array(at))
			(void)json_array_remove(at, n);
		else if (i)
			(void)json_object_del(at, json_object_iter_key(i));
		break;
	case 1:
		if (json_is_array(at))
			(void)json_array_append_new(at, json_deep_copy(pick(donor, state)));
		break;
	default:
		if (json_is_array(at))
			(void)json_array_set_new(at, n, new_value(donor, state));
		else if (i)
			(void)json_object_iter_set_new(at, i, new_value(donor, state));
	}
}

static size_t number(const char *name, size_t preset)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 10) : preset;
}

static bool check_one(json_t *pod, const struct settings *set, const char *case_)
{
	json_t *answer = golden_run(pod, set, NULL);
	char *fault = properties_fault(pod, set, NULL, answer), *text = json_dumps(pod, JSON_COMPACT);
	bool patched = json_object_get(answer, "patch") != NULL;

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
	struct settings set;
	struct strlist cases;

	golden_cases(&cases);
	operator_settings("federation other\npolicy team-* rules=*", &set);
	for (size_t round = 0; round < rounds; round++) {
		const char *case_ = cases.items[chance(&state) % cases.len];
		json_t *pod = golden_pod(case_);
		json_t *donor = golden_pod(cases.items[chance(&state) % cases.len]);

		for (uint64_t n = 1 + chance(&state) % 4; n; n--)
			mutate(pod, donor, &state);
		if (json_is_object(pod))
			patched += check_one(pod, &set, case_);
		json_decref(pod);
		json_decref(donor);
	}
	/* Else nothing but refusals was tried. */
	cr_expect(patched > rounds / 10, "%zu", patched);
	settings_fini(&set);
	strlist_fini(&cases);
	NO_LEAKS();
}
