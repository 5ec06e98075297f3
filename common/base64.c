/* SPDX-License-Identifier: Apache-2.0 */
#include "common/base64.h"

#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* The digits of three bytes of P, of which LEN are left. */
static void encode(const unsigned char *p, size_t len, char out[4])
{
	unsigned v = (unsigned)p[0] << 16 | (len > 1 ? (unsigned)p[1] << 8 : 0) |
		     (len > 2 ? p[2] : 0u);

	out[0] = digits[v >> 18];
	out[1] = digits[v >> 12 & 63];
	out[2] = len > 1 ? digits[v >> 6 & 63] : '=';
	out[3] = len > 2 ? digits[v & 63] : '=';
}

/* In blocks: an append for every four digits took a tenth of an admission review. */
void base64_add(struct buf *out, const void *data, size_t len)
{
	const unsigned char *p = data;
	char block[1024];
	size_t n = 0;

	for (; len; p += 3, len -= len > 3 ? 3 : len) {
		if (n == sizeof(block)) {
			buf_add(out, block, n);
			n = 0;
		}
		encode(p, len, block + n);
		n += 4;
	}
	buf_add(out, block, n);
	explicit_bzero(block, sizeof(block)); /* it may be a key's */
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
