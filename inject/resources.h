/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INJECT_RESOURCES_H
#define INJECT_RESOURCES_H

/* What the writer asks of the node, so that the pod's class of service stays. */

#include "inject/job.h"

struct resources {
	const char *cpu_request, *memory_request, *cpu_limit, *memory_limit; /* ""; borrowed */
};

/*
 * The annotations' amounts, else the config's. In a BestEffort pod, and in one
 * that carries resources of its own, only the annotations count; in a Guaranteed
 * one requests equal limits. Where every consumer has a CPU limit the writer
 * has one.
 *
 * Returns 0, or 1 when a request is above its limit: the pod is then refused.
 */
int resources_choose(struct job *job, struct resources *out);

/* Append `{"requests":…,"limits":…}`, without what is "". */
void resources_render(const struct resources *r, struct buf *out);

#endif
