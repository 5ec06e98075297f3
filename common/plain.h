/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_PLAIN_H
#define COMMON_PLAIN_H

/*
 * Texts of strangers for people: messages, logs and terminals quote names and
 * values that somebody else chose. Plain text is one line of UTF-8 that commands
 * no terminal and shows what is there; a '?' stands for what is not plain:
 * - a byte that is not UTF-8;
 * - a control character, U+0000 to U+001F and U+007F to U+009F;
 * - an end of a line or a mark that turns the writing's direction, U+2028 to
 *   U+202E and U+2066 to U+2069.
 *
 * Source  RFC 3629 §4; ECMA-48 §5.5, U+001B and U+009B begin a terminal's commands;
 *         the API server silently drops a warning with any unicode.IsControl
 *         (apimachinery pkg/util/net NewWarningHeader).
 */

#include "common/buf.h"

/* Make the LEN bytes at S, which a NUL follows, plain where they are. Returns how many are left. */
size_t plain_make(char *s, size_t len);

/* As buf_add and buf_addf; what is added is plain. */
void plain_add(struct buf *out, const char *text, size_t len);
void plain_addf(struct buf *out, const char *fmt, ...) PRINTF(2, 3);

#endif
