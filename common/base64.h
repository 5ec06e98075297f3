/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_BASE64_H
#define COMMON_BASE64_H

/* The base64 of RFC 4648 §4, as kubeconfigs and API objects hold bytes. */

#include <stdbool.h>

#include "common/buf.h"

/* Append LEN bytes of DATA in base64, with padding and without line ends. */
void base64_add(struct buf *out, const void *data, size_t len);

/*
 * Append what LEN characters of TEXT stand for; padding may be left out. False when
 * it is no base64, and OUT then holds a part. Whether it fitted is OUT's to say.
 */
bool base64_decode(struct buf *out, const char *text, size_t len) MUST_CHECK;

#endif
