/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FUZZ_PARTS_H
#define TESTS_FUZZ_PARTS_H

/*
 * An input of several texts with a NUL between each two: a pod or review, then what stands
 * around it, the Namespace and the ServiceAccount (the latter two as golden.h's files).
 */

#include "tests/inject/golden.h"

enum { PART_POD, PART_NAMESPACE, PART_SERVICE_ACCOUNT, PARTS };

struct parts {
	struct part {
		const uint8_t *data; /* borrowed from the input */
		size_t len;
	} part[PARTS]; /* an absent one is empty */
};

struct parts parts_of(const uint8_t *data, size_t size);

/* The objects around; an empty text is a bare one. The caller ends them. */
struct golden_around parts_around(const struct parts *parts);

#endif
