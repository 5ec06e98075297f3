/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "common/buf.h"
#include "tests/support/leaks.h"
#include "tests/support/text.h"

Test(buf, grows_as_needed_and_stays_terminated)
{
	AUTO(buf) struct buf b;
	struct err e = { 0 };

	buf_init(&b, 100000);
	for (int i = 0; i < 10000; i++)
		buf_addf(&b, "%d,", i % 10);
	cr_expect(eq(sz, b.len, 20000));
	cr_expect(eq(sz, strlen(b.data), 20000));
	cr_expect(eq(int, buf_check(&b, "it", &e), 0));
	buf_reset(&b);
	cr_expect(eq(sz, b.len, 0));
	buf_adds(&b, "again");
	cr_expect(eq(str, b.data, TEXT("again")));
	buf_fini(&b);
	NO_LEAKS();
}

Test(buf, stops_at_its_ceiling_and_stays_stopped)
{
	AUTO(buf) struct buf b;
	struct err e = { 0 };

	buf_init(&b, 5);
	buf_adds(&b, "12345");
	cr_expect(eq(int, buf_check(&b, "it", &e), 0));
	buf_addc(&b, '6');
	buf_adds(&b, "");
	cr_expect(eq(int, buf_check(&b, "it", &e), -1));
	cr_expect(eq(int, e.kind, ERR_TOO_BIG));
	cr_expect(eq(str, e.msg, TEXT("it is larger than 5 bytes")));
	cr_expect(eq(str, b.data, TEXT("12345")), "what fitted is still there");
	cr_expect(buf_take(&b) == NULL);
	NO_LEAKS();
}

Test(buf, gives_its_content_away_as_a_string)
{
	AUTO(buf) struct buf b;
	AUTO(free) char *s = NULL;

	buf_init(&b, 10);
	s = buf_take(&b);
	cr_expect(eq(str, s, TEXT("")), "an empty one gives an empty string");
	free(TAKE(s));
	buf_adds(&b, "x");
	s = buf_take(&b);
	cr_expect(eq(str, s, TEXT("x")));
	cr_expect(eq(sz, b.len, 0));
	free(TAKE(s));
	buf_fini(&b);
	NO_LEAKS();
}

Test(buf, wipes_what_it_leaves)
{
	AUTO(buf) struct buf b;
	size_t at;

	buf_init(&b, 100);
	buf_adds(&b, "secret");
	at = b.cap;
	buf_reset(&b);
	for (size_t i = 0; i < at; i++)
		cr_expect(eq(int, b.data[i], 0), "byte %zu", i);
}

Test(buf, writes_JSON_strings)
{
	static const struct {
		const char *in;
		size_t len;
		const char *want;
	} rows[] = {
		{ "", 0, "\"\"" },
		{ "plain", 5, "\"plain\"" },
		{ "\"\\", 2, "\"\\\"\\\\\"" },
		{ "\b\f\n\r\t", 5, "\"\\b\\f\\n\\r\\t\"" },
		{ "\0\x01\x1f", 3, "\"\\u0000\\u0001\\u001f\"" },
		{ "a\x7f/\xc3\xa9", 5, "\"a\x7f/\xc3\xa9\"" },
	};

	for (size_t i = 0; i < COUNTOF(rows); i++) {
		AUTO(buf) struct buf b;

		buf_init(&b, 100);
		buf_add_json(&b, rows[i].in, rows[i].len);
		cr_expect(eq(str, b.data, TEXT(rows[i].want)), "row %zu", i);
	}
	NO_LEAKS();
}
