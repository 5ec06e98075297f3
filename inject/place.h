/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INJECT_PLACE_H
#define INJECT_PLACE_H

#include "inject/goal.h"
#include "inject/patch.h"

/*
 * Put our init containers where they belong: first, or directly after the last
 * of the mesh's. When they stand wrong, because a mesh's container came later or
 * another webhook put a consumer before them, or one is another config's, all of
 * them are taken out and put in again; what they hold is kept, unless it is that.
 *
 * Goes last into a patch: an insertion moves the pod's own init containers.
 */
void place_init(const struct job *job, const struct goal *g, struct patch *p);

#endif
