/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WRITER_DURATION_H
#define WRITER_DURATION_H

#include <stdbool.h>
#include <stdint.h>

/*
 * "4", "4s", "500ms", "2m" or "1h" in milliseconds. Decimal digits, at most
 * nine of them, and one unit; nothing else. MS is set only on success.
 */
bool duration_parse(const char *s, int64_t *ms);

#endif
