/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/inject/mutate.h"

#include "common/attr.h"

uint64_t mutate_chance(uint64_t *state)
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
		json_t *next = children(v) ? child(v, mutate_chance(state) % children(v)) : NULL;

		if (!next || !children(next) || mutate_chance(state) % 6 == 0)
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
		"\"var/run/secrets/./anthropic.com\"",
		"\"wif-writer\"",
		"\"/x/../wif-writer\"",
		"\"..\"",
		"\"sidecar\"",
		"\"a, b\"",
		"0",
	};

	if (mutate_chance(state) % 2)
		return json_deep_copy(pick(donor, state));
	return json_loads(texts[mutate_chance(state) % COUNTOF(texts)], JSON_DECODE_ANY, NULL);
}

void mutate_json(json_t *pod, json_t *donor, uint64_t *state)
{
	json_t *at = pick(pod, state);
	uint64_t n = children(at) ? mutate_chance(state) % children(at) : 0;
	void *i = json_object_iter(at);

	for (uint64_t k = 0; i && k < n; k++)
		i = json_object_iter_next(at, i);
	switch (mutate_chance(state) % 4) {
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
