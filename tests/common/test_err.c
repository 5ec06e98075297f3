/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "common/err.h"
#include "tests/support/text.h"

Test(err, names_the_cause_of_a_failed_call)
{
	struct err e = { 0 };

	cr_expect(eq(int, err_set(&e, ERR_IO, ENOENT, "unable to open %s", "f"), -1));
	cr_expect(eq(str, e.msg, TEXT("unable to open f: No such file or directory")));
	cr_expect(eq(int, e.sys, ENOENT));
	cr_expect(eq(int, err_wrap(&e, "refresh %d", 7), -1));
	cr_expect(eq(str, e.msg, TEXT("refresh 7: unable to open f: No such file or directory")));
	cr_expect(eq(int, e.kind, ERR_IO));
}

Test(err, keeps_messages_to_one_line_that_always_ends)
{
	struct err e = { 0 };
	char big[1000];

	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	err_set(&e, ERR_INVALID, 0, "a\nb\tc\x7f%s", "\x1b[31m");
	cr_expect(eq(str, e.msg, TEXT("a?b?c??[31m")));
	err_set(&e, ERR_IO, EIO, "%s", big);
	cr_expect(eq(sz, strlen(e.msg), sizeof(e.msg) - 1));
	err_wrap(&e, "%s", big);
	cr_expect(eq(sz, strlen(e.msg), sizeof(e.msg) - 1));
}

Test(err, keeps_messages_to_utf8_whatever_is_quoted_and_wherever_it_is_cut)
{
	struct err e = { 0 };
	char big[1000];

	for (size_t i = 0; i < sizeof(big) - 2; i += 2)
		memcpy(big + i, "\xc3\xa9", 3);
	err_set(&e, ERR_INVALID, 0, "%s", big); /* 239 bytes: the last character is cut */
	cr_expect(eq(sz, strlen(e.msg), sizeof(e.msg) - 1));
	cr_expect(eq(str, e.msg + sizeof(e.msg) - 4, TEXT("\xc3\xa9?")));
	err_set(&e, ERR_INVALID, 0,
		"\xe2\x82\xac \xf0\x9f\x98\x80 \xff \xc0\xaf \xed\xa0\x80 \xe2\x82");
	cr_expect(eq(str, e.msg, TEXT("\xe2\x82\xac \xf0\x9f\x98\x80 ? ?? ??? ??")));
	err_set(&e, ERR_INVALID, 0,
		"\xe0\x80\x80 \xf0\x80\x80\x80 \xf4\x90\x80\x80 \xf5\x80\x80\x80");
	cr_expect(eq(str, e.msg, TEXT("??? ???? ???? ????")));
}

Test(err, maps_every_kind_to_exit_status_http_status_and_name)
{
	static const struct {
		enum err_kind kind;
		int exit, http;
		const char *name;
	} rows[] = {
		{ ERR_NONE, 0, 200, "none" },		{ ERR_INVALID, 100, 400, "invalid" },
		{ ERR_TOO_BIG, 100, 413, "too-big" },	{ ERR_DENIED, 100, 403, "denied" },
		{ ERR_TRANSIENT, 111, 503, "transient" }, { ERR_TIMEOUT, 111, 504, "timeout" },
		{ ERR_IO, 111, 500, "io" },		{ ERR_NOMEM, 111, 503, "nomem" },
		{ ERR_BUG, 111, 500, "bug" },		{ ERR_KINDS, 111, 500, "unknown" },
	};

	cr_expect(eq(sz, COUNTOF(rows), (size_t)ERR_KINDS + 1), "a kind without a row");
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		struct err e = { .kind = rows[i].kind };

		cr_expect(eq(int, err_exit(&e), rows[i].exit), "%s", rows[i].name);
		cr_expect(eq(int, err_http(&e), rows[i].http), "%s", rows[i].name);
		cr_expect(eq(str, TEXT(err_kind_name(e.kind)), TEXT(rows[i].name)));
	}
}
