/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_WORKLOAD_H
#define CLI_WORKLOAD_H

/* What in a manifest makes pods: a pod, or an object with a pod's template, or a list of such. */

#include "cli/tree.h"

struct workload {
	struct node *object, *template; /* in the tree; template: what has metadata and spec */
	const char *kind, *name;	/* in the tree; "" without a name */
	bool generated;			/* the name is only the start of one */
	char namespace_[64];
	char label[400];		/* "Deployment team-a/web", for messages: plain */
};

struct workloads {
	struct workload *items; /* owned */
	size_t n;
};

/*
 * Find the workloads of T, those within Lists too.
 *
 * namespace_  of objects that name none.
 * only        the only one that there may be: kubectl refuses objects that name
 *             another than its -n. NULL: any.
 * Errors      ERR_INVALID for a namespace that is none or another than ONLY, ERR_NOMEM.
 */
int workloads_find(const struct tree *t, const char *namespace_, const char *only,
		   struct workloads *out, struct err *e) MUST_CHECK;
void workloads_fini(struct workloads *w);

static inline void auto_workloads(struct workloads *w)
{
	workloads_fini(w);
}

/*
 * Append the pod that the workload's controller would create, as JSON: the
 * template with a name that is generated from the workload's.
 *
 * Source  kubernetes pkg/controller/controller_utils.go, GetPodFromTemplate.
 */
void workload_pod(const struct workload *w, struct buf *out);

#endif
