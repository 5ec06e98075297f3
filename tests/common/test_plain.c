/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "common/plain.h"
#include "tests/support/leaks.h"
#include "tests/support/text.h"

static const struct {
	const char *text, *want;
} rows[] = {
	{ "", "" },
	{ "web-7f", "web-7f" },
	/* What is written from right to left, and what has many bytes, is text as any other. */
	{ "\xd7\xa9\xd7\x9c \xe2\x82\xac \xf0\x9f\x98\x80",
	  "\xd7\xa9\xd7\x9c \xe2\x82\xac \xf0\x9f\x98\x80" },
	{ "a\nb\rc\td\x7f", "a?b?c?d?" },
	{ "\x1b[31mred\x1b]0;t\x07", "?[31mred?]0;t?" },
	{ "\xc2\x9b" "2J \xc2\x85 \xc2\x80 \xc2\x9f", "?2J ? ? ?" },
	{ "\xc2\xa0\xc2\xad", "\xc2\xa0\xc2\xad" }, /* the first two after the C1 controls */
	{ "\xe2\x80\xa7\xe2\x80\xa8\xe2\x80\xae\xe2\x80\xaf", "\xe2\x80\xa7??\xe2\x80\xaf" },
	{ "\xe2\x81\xa5\xe2\x81\xa6\xe2\x81\xa9\xe2\x81\xaa", "\xe2\x81\xa5??\xe2\x81\xaa" },
	{ "\xff \xc0\xaf \xed\xa0\x80", "? ?? ???" },
	{ "\xe0\x80\x80 \xf0\x80\x80\x80 \xf4\x90\x80\x80 \xf5\x80\x80\x80", "??? ???? ???? ????" },
	{ "cut \xe2\x82", "cut ??" },
	{ "\x9b" "2J", "?2J" }, /* a C1 control of ISO 8859-1 */
};

Test(plain, replaces_what_commands_a_terminal_or_hides_what_is_there)
{
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		char s[64];
		size_t n = strlen(rows[i].text);

		memcpy(s, rows[i].text, n + 1);
		cr_expect(eq(sz, plain_make(s, n), strlen(rows[i].want)), "row %zu", i);
		cr_expect(eq(str, s, TEXT(rows[i].want)), "row %zu", i);
		n = strlen(s);
		cr_expect(eq(sz, plain_make(s, n), n), "row %zu: once more changes nothing", i);
	}
}

Test(plain, takes_a_NUL_for_a_control_character)
{
	char s[] = "a\0b";

	cr_expect(eq(sz, plain_make(s, 3), 3));
	cr_expect(eq(str, s, TEXT("a?b")));
}

Test(plain, changes_only_what_it_adds)
{
	AUTO(buf) struct buf b = { .max = 64 };

	buf_adds(&b, "one\n");
	plain_add(&b, "t\x1bwo\n...", 5);
	buf_addc(&b, '\n');
	plain_addf(&b, "%s %d", "thr\xc2\x9b" "ee\n", 3);
	plain_add(&b, "", 0);
	cr_expect(eq(str, b.data, TEXT("one\nt?wo?\nthr?ee? 3")));
	cr_expect(eq(sz, b.len, strlen(b.data)));
	NO_LEAKS();
}

Test(plain, keeps_to_the_ceiling_of_the_buffer)
{
	AUTO(buf) struct buf b = { .max = 4 };

	plain_addf(&b, "%s", "a\nb");
	plain_add(&b, "\n\n", 2);
	cr_expect(eq(int, b.failed, ERR_TOO_BIG));
	cr_expect(eq(str, b.data, TEXT("a?b")));
}
