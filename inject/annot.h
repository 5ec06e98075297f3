/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INJECT_ANNOT_H
#define INJECT_ANNOT_H

/*
 * The table of keys under the prefix (design.md §4): on which objects each is
 * read, and what it may say.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/jsonspan.h"

enum annot {
	ANNOT_INJECT,
	ANNOT_INJECTION,
	ANNOT_FEDERATION,
	ANNOT_RULE,
	ANNOT_ORGANIZATION,
	ANNOT_SERVICE_ACCOUNT,
	ANNOT_WORKSPACE,
	ANNOT_MODE,
	ANNOT_CONTAINERS,
	ANNOT_SKIP_CONTAINERS,
	ANNOT_RUN_AS_USER,
	ANNOT_STATIC_KEY,
	ANNOT_TOKEN_EXPIRATION,
	ANNOT_ASSERTIONS,
	ANNOT_CPU_REQUEST,
	ANNOT_MEMORY_REQUEST,
	ANNOT_CPU_LIMIT,
	ANNOT_MEMORY_LIMIT,
	ANNOT_STATUS,
	ANNOTS
};

/* Where a key is read: bits. */
enum annot_place {
	ON_POD = 1,
	ON_POD_LABEL = 2,
	ON_SERVICE_ACCOUNT = 4,
	ON_NAMESPACE = 8,
	ON_NAMESPACE_LABEL = 16,
};

struct annot_row {
	const char *name; /* after "PREFIX/" */
	unsigned places;  /* of enum annot_place */
	/* NULL when VALUE is fine, else "not a …; use …"; NULL: it is a list, read later */
	const char *(*check)(const char *value);
	const char *home; /* where it belongs, for a key found elsewhere */
};

const struct annot_row *annot_row(enum annot key);

/* The key called NAME (without prefix), or ANNOTS. */
enum annot annot_find(const char *name);

/* The key read at PLACE that NAME is most likely a slip of, or NULL. */
const char *annot_near(const char *name, unsigned place);

/* The position of TEXT in "a", "b", … ended by NULL; -1 when it is not there. */
int annot_choice(const char *text, const char *const *words);

/* TEXT as a decimal number of LO..HI without sign or leading zeros; -1 when it is none. */
int64_t annot_number(const char *text, int64_t lo, int64_t hi);

#endif
