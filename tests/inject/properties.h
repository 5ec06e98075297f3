/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_INJECT_PROPERTIES_H
#define TESTS_INJECT_PROPERTIES_H

/* What must hold of every answer, whatever the pod. */

#include <jansson.h>

#include "inject/inject.h"
#include "tests/inject/golden.h"

/*
 * Check ANSWER (golden_run's) about POD, with AROUND or NULL: its patch holds
 * properties_patch_fault; running again on the result, also as an API server
 * gives it back, finds all in place and has nothing new to say; warnings are
 * short, messages are one line.
 *
 * Returns NULL, or what does not hold, which the caller frees.
 */
char *properties_fault(const json_t *pod, const struct settings *set,
		       struct golden_around *around, const json_t *answer);

/*
 * Apply PATCH to POD, which may then be changed in part: each operation must be one of RFC 6902,
 * in its place, and take away nothing that is not ours, so that all else stays, byte for byte.
 * PREFIX: of the annotations. REMOVES: static keys' variables may go.
 *
 * Returns NULL, or what does not hold, which the caller frees.
 */
char *properties_patch_fault(json_t *pod, const json_t *patch, const char *prefix, bool removes);

/* The string member KEY of an answer, "" when it is absent. */
const char *properties_text(const json_t *answer, const char *key);

#endif
