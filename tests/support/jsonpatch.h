/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_JSONPATCH_H
#define TESTS_SUPPORT_JSONPATCH_H

/* RFC 6902 as an API server applies it: the three operations this project uses. */

#include <jansson.h>

#include "common/err.h"

/*
 * Apply PATCH to DOC in place. Only add, remove and test are known.
 *
 * Errors  ERR_INVALID naming the operation; DOC may then be changed in part.
 * Source  RFC 6902 §4.1, §4.2, §4.6 and §5; RFC 6901 §3 and §4.
 */
int jsonpatch_apply(json_t *doc, const json_t *patch, struct err *e) MUST_CHECK;

/*
 * The value of DOC, an array or object, that POINTER names, borrowed; NULL when there is none.
 * HOLDER, when not NULL, becomes the value around it, also when it holds no such value yet.
 */
json_t *jsonpatch_at(json_t *doc, const char *pointer, json_t **holder);

#endif
