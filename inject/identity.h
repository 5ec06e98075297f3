/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INJECT_IDENTITY_H
#define INJECT_IDENTITY_H

/*
 * Whose files can a container read? SDKs accept a credential only when it
 * belongs to the uid that reads it. A known uid is the whole identity; where
 * none is known the image decides, and the user fields of the security context.
 */

#include "inject/pod.h"

struct identity {
	int64_t uid; /* -1: the image decides */
	uint32_t image, group, non_root; /* values in the pod's document, for uid -1 */
};

/* run_as_user: what the pod's author says it is when the spec does not; -1: nothing. */
struct identity identity_of(const struct pod *p, const struct container *c, int64_t run_as_user);

bool identity_same(const struct pod *p, const struct identity *a, const struct identity *b);

#endif
