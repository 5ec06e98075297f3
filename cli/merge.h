/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_MERGE_H
#define CLI_MERGE_H

/* YAML's merge key: "<<: *base" stands for the entries of base that the map does not have. */

#include "cli/tree.h"

/* The document that is being read, for messages. */
struct source {
	const char *text;
	size_t len;
	const char *name;
	int line; /* of its first */
};

/*
 * Replace the "<<" entries of MAP, which is complete.
 *
 * Errors  ERR_TOO_BIG, ERR_NOMEM; a merge of something else than maps is a
 *         fault of T.
 * Source  "Merge Key Language-Independent Type for YAML", 2005.
 */
int merge_expand(struct tree *t, struct node *map, const struct source *s,
		 struct err *e) MUST_CHECK;

#endif
