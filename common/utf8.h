/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_UTF8_H
#define COMMON_UTF8_H

#include <string.h>

/* How many bytes of TEXT are whole characters and at most MAX. Source: RFC 3629 §3. */
static inline size_t utf8_cut(const char *text, size_t max)
{
	size_t n = strnlen(text, max);

	while (n && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	return n;
}

#endif
