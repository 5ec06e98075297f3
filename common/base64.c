/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base64.h"

#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_add(struct buf *out, const void *data, size_t len)
{
	const unsigned char *p = data;

	for (; len; p += 3) {
		size_t n = len < 3 ? len : 3;
		uint32_t bits = (uint32_t)p[0] << 16 | (n > 1 ? (uint32_t)p[1] << 8 : 0) |
				(n > 2 ? p[2] : 0);

		buf_addc(out, digits[bits >> 18]);
		buf_addc(out, digits[bits >> 12 & 63]);
		buf_addc(out, (char)(n > 1 ? digits[bits >> 6 & 63] : '='));
		buf_addc(out, (char)(n > 2 ? digits[bits & 63] : '='));
		len -= n;
	}
}

static int value_of(char c)
{
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

bool base64_decode(struct buf *out, const char *text, size_t len)
{
	uint32_t bits = 0;
	size_t n = 0, pad = 0;

	while (pad < 2 && pad < len && text[len - 1 - pad] == '=')
		pad++;
	for (; n < len - pad; n++) {
		int v = value_of(text[n]);

		if (v < 0)
			return false;
		bits = bits << 6 | (uint32_t)v;
		if (n % 4)
			buf_addc(out, (char)(bits >> (6 - 2 * (n % 4)) & 0xff));
	}
	return n % 4 != 1 && (!pad || len % 4 == 0);
}
