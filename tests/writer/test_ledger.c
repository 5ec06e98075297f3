/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/leaks.h"
#include "tests/support/text.h"
#include "writer/ledger.h"

#define A "AAAAAAAAAAAAAAAAAAAAAA"
#define B "BBBBBBBBBBBBBBBBBBBBBB"
#define HEAD "wif-ledger 1\nboot -\n"

static void round_trip(const struct ledger *l, struct ledger *out)
{
	AUTO(buf) struct buf b;
	struct err e = { 0 };

	buf_init(&b, LEDGER_MAX_BYTES);
	ledger_print(l, &b);
	cr_assert(buf_check(&b, "ledger", &e) == 0, "%s", e.msg);
	cr_assert(ledger_parse(b.data, b.len, out, &e) == 0, "%s\n%s", e.msg, b.data);
}

Test(ledger, reads_what_it_wrote)
{
	struct ledger l, back;

	ledger_init(&l);
	round_trip(&l, &back);
	cr_expect(eq(sz, back.n, 0));
	cr_expect(not(back.granted));
	cr_expect(ledger_put(&l, A, 1795000000, LEDGER_SPENT));
	cr_expect(ledger_put(&l, B, 1795000001, LEDGER_ONCE_MORE));
	l.granted = true;
	l.requested.ns = 123456789012345678;
	l.expires_in_s = 600;
	l.expires_at_s = 1795000600;
	l.lifetime_s = 3600;
	(void)snprintf(l.boot_id, sizeof(l.boot_id), "a515f14b-186f-4603-8d2d-b488279de770");
	round_trip(&l, &back);
	cr_expect(eq(sz, back.n, 2));
	cr_expect(eq(int, ledger_find(&back, A)->use, LEDGER_SPENT));
	cr_expect(eq(int, ledger_find(&back, B)->use, LEDGER_ONCE_MORE));
	cr_expect(eq(i64, ledger_find(&back, B)->exp_s, 1795000001));
	cr_expect(eq(i64, back.requested.ns, l.requested.ns));
	cr_expect(eq(i64, back.expires_at_s, l.expires_at_s));
	cr_expect(eq(i64, back.lifetime_s, 3600));
	cr_expect(eq(str, back.boot_id, l.boot_id));
	NO_LEAKS();
}

Test(ledger, holds_32_records_and_no_more)
{
	struct ledger l, back;
	char id[ASSERTION_ID_LEN + 1];

	ledger_init(&l);
	for (int i = 0; i < LEDGER_MAX; i++) {
		(void)snprintf(id, sizeof(id), "%022d", i);
		cr_expect(ledger_put(&l, id, INT64_C(8999999999), LEDGER_ONCE_MORE));
	}
	cr_expect(not(ledger_put(&l, A, 1, LEDGER_SPENT)));
	cr_expect(ledger_put(&l, id, 1, LEDGER_SPENT), "one that is there can change");
	round_trip(&l, &back);
	cr_expect(eq(sz, back.n, LEDGER_MAX), "a full ledger fits into its file");
}

Test(ledger, drops_what_was_never_sent)
{
	struct ledger l;

	ledger_init(&l);
	cr_assert(ledger_put(&l, A, 1, LEDGER_SPENT) && ledger_put(&l, B, 1, LEDGER_SPENT));
	ledger_drop(&l, A);
	cr_expect(ledger_find(&l, A) == NULL);
	cr_expect(ledger_find(&l, B) != NULL);
	ledger_drop(&l, A);
	cr_expect(eq(sz, l.n, 1));
}

Test(ledger, prunes_only_what_is_expired_and_gone)
{
	static const char supplied[1][ASSERTION_ID_LEN + 1] = { B };
	struct ledger l;

	ledger_init(&l);
	cr_assert(ledger_put(&l, A, 100, LEDGER_SPENT) && ledger_put(&l, B, 100, LEDGER_SPENT));
	ledger_prune(&l, (struct wall){ 100 }, NULL, 0);
	cr_expect(eq(sz, l.n, 2), "not expired yet");
	ledger_prune(&l, (struct wall){ 101 }, supplied, 1);
	cr_expect(ledger_find(&l, A) == NULL);
	cr_expect(ledger_find(&l, B) != NULL, "still supplied: the clock may be set back");
}

static struct ledger full_of(int64_t exp_s)
{
	char id[ASSERTION_ID_LEN + 1];
	struct ledger l;

	ledger_init(&l);
	for (int i = 0; i < LEDGER_MAX; i++) {
		(void)snprintf(id, sizeof(id), "%022d", i);
		cr_assert(ledger_put(&l, id, exp_s + i, LEDGER_SPENT));
	}
	return l;
}

Test(ledger, full_of_what_no_endpoint_takes_now_it_forgets_the_first_to_expire)
{
	static const char supplied[1][ASSERTION_ID_LEN + 1] = { "0000000000000000000000" };
	static const char second[] = "0000000000000000000001";
	struct ledger l = full_of(8000000000);

	ledger_prune(&l, (struct wall){ 1795000000 }, supplied, 1);
	cr_expect(eq(sz, l.n, LEDGER_MAX - 1));
	cr_expect(ledger_find(&l, supplied[0]) != NULL, "it is supplied");
	cr_expect(ledger_find(&l, second) == NULL);
	ledger_prune(&l, (struct wall){ 1795000000 }, supplied, 1);
	cr_expect(eq(sz, l.n, LEDGER_MAX - 1), "there is room");
	l = full_of(1795003600);
	ledger_prune(&l, (struct wall){ 1795000000 }, NULL, 0);
	cr_expect(eq(sz, l.n, LEDGER_MAX), "all of these may be valid now");
}

static const struct {
	const char *name, *text;
} bad[] = {
	{ "empty", "" },
	{ "foreign", "{\"version\":1}\n" },
	{ "another version", "wif-ledger 2\nboot -\nend 0\n" },
	{ "no end", HEAD },
	{ "cut in a record", HEAD "spent " A },
	{ "cut before the count", HEAD "spent " A " 1\nend" },
	{ "a record fewer than counted", HEAD "spent " A " 1\nend 2\n" },
	{ "a record more than counted", HEAD "spent " A " 1\nend 0\n" },
	{ "something after the end", HEAD "end 0\nspent " A " 1\n" },
	{ "short id", HEAD "spent AAAA 1\nend 1\n" },
	{ "no time", HEAD "spent " A "\nend 1\n" },
	{ "negative time", HEAD "spent " A " -1\nend 1\n" },
	{ "twice the same", HEAD "spent " A " 1\nspent " A " 1\nend 2\n" },
	{ "two credentials", HEAD "credential 1 2 3\ncredential 1 2 3\nend 0\n" },
	{ "half a credential", HEAD "credential 1 2\nend 0\n" },
	{ "an unknown line", HEAD "hello world\nend 0\n" },
	{ "an empty line", HEAD "\nend 0\n" },
	{ "a boot id too long", "wif-ledger 1\nboot 0123456789012345678901234567890123456789\nend 0\n" },
};

Test(ledger, refuses_what_it_did_not_write)
{
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct ledger l = { .n = 77 };
		struct err e = { 0 };

		cr_expect(ledger_parse(bad[i].text, strlen(bad[i].text), &l, &e) < 0, "%s", bad[i].name);
		cr_expect(eq(int, e.kind, ERR_INVALID), "%s", bad[i].name);
		cr_expect(eq(sz, l.n, 77), "%s: the output is untouched", bad[i].name);
	}
}
