/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INJECT_PATCH_H
#define INJECT_PATCH_H

/*
 * A JSON Patch under construction. Paths are JSON Pointers in ASCII without
 * quotes or backslashes; keys in them are escaped with patch_pointer_key.
 *
 * Source  RFC 6902 §3 and §4; RFC 6901 §3.
 */

#include "common/buf.h"

struct patch {
	struct buf *out; /* borrowed; its own failure is the patch's */
	size_t n;	 /* operations so far */
};

/* Begin a patch in OUT, which must be empty. */
void patch_begin(struct patch *p, struct buf *out);
void patch_end(struct patch *p);

/* "add" of VALUE, LEN bytes of JSON text, which is copied as it is. */
void patch_add(struct patch *p, const char *path, const char *value, size_t len);

/* "add" of a string. */
void patch_add_string(struct patch *p, const char *path, const char *value);

/* "test" that PATH holds the string VALUE: the guard of a remove. */
void patch_test_string(struct patch *p, const char *path, const char *value);
void patch_remove(struct patch *p, const char *path);

/* Append KEY to a pointer in OUT: '~' as "~0", '/' as "~1". */
void patch_pointer_key(struct buf *out, const char *key);

#endif
