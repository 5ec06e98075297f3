/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INJECT_PATCH_H
#define INJECT_PATCH_H

/*
 * A JSON Patch under construction. Paths are JSON Pointers in ASCII without
 * quotes or backslashes; keys in them are escaped with patch_pointer_key.
 *
 * Source  RFC 6902 §3 and §4; RFC 6901 §3.
 */

#include <stdbool.h>

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

/*
 * Additions to the end of a list. One that the document lacks is added as a
 * whole by patch_list_end, with what was collected; patch_list_add appends at
 * once to one that exists.
 *
 * path  of the list; borrowed until the end.
 */
struct patch_list {
	struct patch *patch;
	const char *path;
	bool exists;
	struct buf whole;
};

void patch_list_begin(struct patch_list *l, struct patch *p, const char *path, bool exists);
void patch_list_add(struct patch_list *l, const char *value, size_t len);
void patch_list_end(struct patch_list *l);

/* Append KEY to a pointer in OUT: '~' as "~0", '/' as "~1". */
void patch_pointer_key(struct buf *out, const char *key);

#endif
