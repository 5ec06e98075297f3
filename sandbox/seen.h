/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SANDBOX_SEEN_H
#define SANDBOX_SEEN_H

/*
 * A set of short strings, each kept until a time: the jti that were presented, the
 * tokens that are alive. Open hashing; grows, and forgets what has ended.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct seen_entry {
	char *key; /* owned */
	int64_t until_s;
};

struct seen {
	struct seen_entry *slots; /* owned; NULL key: free */
	size_t cap, n;
};

/* Whether KEY is in the set and its time has not passed. */
bool seen_has(const struct seen *s, const char *key, int64_t now_s);

/* Add KEY until UNTIL_S (a later time wins); false when memory ended. */
bool seen_add(struct seen *s, const char *key, int64_t until_s, int64_t now_s);

/* How many entries have not ended. */
size_t seen_count(const struct seen *s, int64_t now_s);

void seen_fini(struct seen *s);

#endif
