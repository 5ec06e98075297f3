/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_APPLY_H
#define CLI_APPLY_H

/* The core's JSON Patch, applied to the tree of a manifest. */

#include "cli/tree.h"

/*
 * Apply PATCH to POD, a pod or a pod's template: an object with metadata and spec.
 * The operations are those the core writes: add, remove and test.
 *
 * Errors  ERR_BUG when PATCH does not fit POD: the core made it for this very
 *         pod. ERR_NOMEM, ERR_TOO_BIG. POD may then be changed in part.
 * Source  RFC 6902 §4.1, §4.2, §4.6; RFC 6901 §3 and §4.
 */
int apply_patch(struct tree *t, struct node *pod, const struct buf *patch,
		struct err *e) MUST_CHECK;

#endif
