/* SPDX-License-Identifier: Apache-2.0 */
#include "common/plain.h"

#include <stdbool.h>
#include <string.h>

/* Bytes of the UTF-8 character at S, 0 when there is none. Source: RFC 3629 §4. */
static size_t character(const char *s)
{
	const unsigned char *u = (const unsigned char *)s;
	size_t n = u[0] < 0x80 ? 1 : u[0] < 0xc2 ? 0 : u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : 4;

	for (size_t i = 1; i < n; i++)
		if ((u[i] & 0xc0) != 0x80)
			return 0;
	if ((u[0] == 0xe0 && u[1] < 0xa0) || (u[0] == 0xed && u[1] > 0x9f) ||
	    (u[0] == 0xf0 && u[1] < 0x90) || (u[0] == 0xf4 && u[1] > 0x8f) || u[0] > 0xf4)
		return 0;
	return n;
}

/* Of a character: plain.h has the list. */
static bool is_plain(const char *s)
{
	const unsigned char *u = (const unsigned char *)s;

	if (u[0] < 0x20 || u[0] == 0x7f || (u[0] == 0xc2 && u[1] < 0xa0))
		return false;
	return u[0] != 0xe2 || !((u[1] == 0x80 && u[2] >= 0xa8 && u[2] <= 0xae) ||
				 (u[1] == 0x81 && u[2] >= 0xa6 && u[2] <= 0xa9));
}

size_t plain_make(char *s, size_t len)
{
	size_t kept = 0, n;

	for (size_t i = 0; i < len; i += n ? n : 1) {
		n = character(s + i);
		if (n && is_plain(s + i)) {
			memmove(s + kept, s + i, n);
			kept += n;
		} else {
			s[kept++] = '?';
		}
	}
	s[kept] = '\0';
	return kept;
}

/* All of OUT after the first FROM bytes. */
static void make_rest(struct buf *out, size_t from)
{
	if (out->len > from)
		out->len = from + plain_make(out->data + from, out->len - from);
}

void plain_add(struct buf *out, const char *text, size_t len)
{
	size_t from = out->len;

	buf_add(out, text, len);
	make_rest(out, from);
}

void plain_addf(struct buf *out, const char *fmt, ...)
{
	size_t from = out->len;
	va_list ap;

	va_start(ap, fmt);
	buf_addv(out, fmt, ap);
	va_end(ap);
	make_rest(out, from);
}
