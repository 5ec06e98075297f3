/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WRITER_KV_H
#define WRITER_KV_H

/*
 * Text made of "key value\n" lines: the child's answer, the status file and the
 * ledger. Pure; nothing is copied, every pointer is into the text given.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A part of a text; not NUL-terminated. */
struct span {
	const char *s;
	size_t len;
};

enum kv_step { KV_LINE, KV_EMPTY, KV_END, KV_BAD };

/*
 * Take one line off the front of REST: KV_LINE fills KEY (1 to 32 of a-z-) and
 * VALUE (what follows the first space; may be empty, no control byte), KV_EMPTY
 * is an empty line, KV_END the end of the text, KV_BAD anything else, a last
 * line without newline among it.
 */
enum kv_step kv_next(struct span *rest, struct span *key, struct span *value);

/* Whether S is exactly TEXT. */
bool span_is(struct span s, const char *text);

/* Digits alone, at most 18 of them, 0 to MAX; OUT is set on success. */
bool span_number(struct span s, int64_t max, int64_t *out);

/* Cut the first word (up to a space) off REST; empty at its end. */
struct span span_word(struct span *rest);

/* Copy S into OUT, cut to SIZE - 1 bytes, terminated. */
void span_copy(struct span s, char *out, size_t size);

#endif
