/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "common/base64.h"
#include "tests/support/leaks.h"
#include "tests/support/text.h"

/* Source: RFC 4648 §10. */
static const char *const pairs[][2] = {
	{ "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg==" },
	{ "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" },
};

Test(base64, writes_and_reads_the_vectors_of_the_rfc)
{
	for (size_t i = 0; i < COUNTOF(pairs); i++) {
		AUTO(buf) struct buf text, back;

		buf_init(&text, 100);
		buf_init(&back, 100);
		base64_add(&text, pairs[i][0], strlen(pairs[i][0]));
		cr_expect(eq(str, text.data, TEXT(pairs[i][1])));
		cr_expect(base64_decode(&back, pairs[i][1], strlen(pairs[i][1])));
		cr_expect(eq(str, back.data, TEXT(pairs[i][0])));
		buf_reset(&back);
		cr_expect(base64_decode(&back, pairs[i][1], strcspn(pairs[i][1], "=")));
		cr_expect(eq(str, back.data, TEXT(pairs[i][0])), "without its padding");
	}
	NO_LEAKS();
}

Test(base64, comes_back_whatever_the_bytes_and_their_number)
{
	unsigned char bytes[256];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(255 - i);
	for (size_t n = 1; n <= sizeof(bytes); n++) {
		AUTO(buf) struct buf text, back;

		buf_init(&text, 1000);
		buf_init(&back, 1000);
		base64_add(&text, bytes, n);
		cr_assert(eq(sz, text.len, (n + 2) / 3 * 4));
		cr_assert(base64_decode(&back, text.data, text.len));
		cr_assert(eq(sz, back.len, n));
		cr_assert(memcmp(back.data, bytes, n) == 0);
	}
	NO_LEAKS();
}

Test(base64, refuses_what_is_none)
{
	static const char *const bad[] = { "A", "AAAAA", "A=", "AA=A", "====", "AAA==", "AA?=", "-_-_",
					   "A A=", "AAAA=" };

	for (size_t i = 0; i < COUNTOF(bad); i++) {
		AUTO(buf) struct buf out;

		buf_init(&out, 100);
		cr_expect(not(base64_decode(&out, bad[i], strlen(bad[i]))), "%s", bad[i]);
	}
}
