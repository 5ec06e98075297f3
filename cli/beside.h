/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_BESIDE_H
#define CLI_BESIDE_H

/*
 * The Namespaces and ServiceAccounts that stand beside the workloads in the
 * same manifests: their keys count, as they will for the webhook once all is
 * applied. Those that are not there count as bare.
 */

#include "cli/tree.h"
#include "inject/inject.h"

struct beside {
	struct beside_object *items; /* owned */
	size_t n;
};

/*
 * Note those of the document T, also within a List.
 *
 * namespace_  of ServiceAccounts that name none.
 * Errors      ERR_NOMEM.
 */
int beside_add(struct beside *b, const struct tree *t, const char *namespace_,
	       struct err *e) MUST_CHECK;
void beside_fini(struct beside *b);

/* B, borrowed, as the core asks it. */
struct inject_around beside_view(struct beside *b);

#endif
