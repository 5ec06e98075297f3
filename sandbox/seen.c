/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/seen.h"

#include <stdlib.h>
#include <string.h>

#include "common/fnv.h"

/* The keys are random already; hostile ones were verified first. */
static size_t hash(const char *key)
{
	return (size_t)fnv_adds(FNV_START, key);
}

/* The slot of KEY, or the free one where it would go. The table is never full. */
static struct seen_entry *slot(struct seen_entry *slots, size_t cap, const char *key)
{
	size_t i = hash(key) & (cap - 1);

	while (slots[i].key && strcmp(slots[i].key, key) != 0)
		i = (i + 1) & (cap - 1);
	return &slots[i];
}

bool seen_has(const struct seen *s, const char *key, int64_t now_s)
{
	const struct seen_entry *at = s->cap ? slot(s->slots, s->cap, key) : NULL;

	return at && at->key && at->until_s >= now_s;
}

/* Move what has not ended into a table of its size; what ended is forgotten. */
static bool rebuild(struct seen *s, int64_t now_s)
{
	size_t live = seen_count(s, now_s), cap = 64;
	struct seen_entry *slots;

	while (cap < 4 * (live + 1))
		cap *= 2;
	slots = calloc(cap, sizeof(*slots));
	if (!slots)
		return false;
	for (size_t i = 0; i < s->cap; i++) {
		if (!s->slots[i].key)
			continue;
		if (s->slots[i].until_s >= now_s)
			*slot(slots, cap, s->slots[i].key) = s->slots[i];
		else
			free(s->slots[i].key);
	}
	free(s->slots);
	*s = (struct seen){ .slots = slots, .cap = cap, .n = live };
	return true;
}

bool seen_add(struct seen *s, const char *key, int64_t until_s, int64_t now_s)
{
	struct seen_entry *at;

	if (2 * (s->n + 1) > s->cap && !rebuild(s, now_s))
		return false;
	at = slot(s->slots, s->cap, key);
	if (!at->key) {
		at->key = strdup(key);
		if (!at->key)
			return false;
		at->until_s = until_s;
		s->n++;
	}
	if (until_s > at->until_s)
		at->until_s = until_s;
	return true;
}

size_t seen_count(const struct seen *s, int64_t now_s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->cap; i++)
		n += s->slots[i].key && s->slots[i].until_s >= now_s;
	return n;
}

void seen_fini(struct seen *s)
{
	for (size_t i = 0; i < s->cap; i++)
		free(s->slots[i].key);
	free(s->slots);
	*s = (struct seen){ .n = 0 };
}
