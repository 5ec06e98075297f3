/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/fake_sys.h"
#include "tests/support/leaks.h"
#include "tests/support/scratch.h"
#include "tests/support/text.h"
#include "writer/source.h"

/* {"iat":1795000000,"exp":1795003600} */
#define JWT(sig) "e30.eyJpYXQiOjE3OTUwMDAwMDAsImV4cCI6MTc5NTAwMzYwMH0." sig                       \
	"abcdefghijklmnopqrstuvwxyz"

static void swap_data(const struct scratch *s, const char *to)
{
	(void)unlink(scratch_path(s, "a/..data"));
	cr_assert(symlink(to, scratch_path(s, "a/..data")) == 0);
}

/* As a projected volume: names are links through ..data. */
static struct scratch projected(void)
{
	struct scratch s = scratch_new();

	scratch_write(&s, "a/..1/t0", JWT("0"), 0644);
	scratch_write(&s, "a/..1/t1", JWT("1") "\n", 0644);
	swap_data(&s, "..1");
	cr_assert(symlink("..data/t0", scratch_path(&s, "a/t0")) == 0);
	cr_assert(symlink("..data/t1", scratch_path(&s, "a/t1")) == 0);
	return s;
}

static int scan(const struct scratch *s, const char *name, struct supply *supply)
{
	struct sys sys = sys_real();
	struct err e = { 0 };

	return source_scan(&sys, SOURCE_PROJECTED, scratch_path(s, name), supply, &e);
}

Test(source, lists_a_projected_volume_once)
{
	AUTO(scratch) struct scratch s = projected();
	struct supply supply = { 0 };

	cr_expect(eq(int, scan(&s, "a", &supply), 0));
	cr_expect(eq(sz, supply.n, 2));
	cr_expect(eq(sz, supply.bad, 0));
	cr_expect(eq(i64, supply.item[0].jwt.exp_s, 1795003600));
	NO_LEAKS();
}

Test(source, lists_a_plain_directory_too)
{
	AUTO(scratch) struct scratch s = scratch_new();
	struct supply supply = { 0 };

	scratch_write(&s, "a/t0", JWT("0"), 0644);
	scratch_write(&s, "a/.hidden", JWT("1"), 0644);
	cr_expect(eq(int, scan(&s, "a", &supply), 0));
	cr_expect(eq(sz, supply.n, 1));
}

Test(source, counts_one_assertion_in_two_files_once)
{
	AUTO(scratch) struct scratch s = projected();
	struct supply supply = { 0 };

	scratch_write(&s, "a/..1/t2", JWT("0"), 0644);
	cr_expect(eq(int, scan(&s, "a", &supply), 0));
	cr_expect(eq(sz, supply.n, 2));
}

Test(source, remembers_when_it_first_saw_each)
{
	AUTO(scratch) struct scratch s = projected();
	struct supply supply = { 0 };
	struct fake_sys *f = fake_sys_new(NULL);
	struct sys sys = fake_sys_ops(f);
	struct err e = { 0 };
	struct mono first;

	cr_assert(source_scan(&sys, SOURCE_PROJECTED, scratch_path(&s, "a"), &supply, &e) == 0);
	first = supply.item[0].seen;
	f->boot_ns += 100 * NS_PER_S;
	scratch_write(&s, "a/..2/t0", JWT("0"), 0644);
	scratch_write(&s, "a/..2/t1", JWT("2"), 0644);
	swap_data(&s, "..2");
	cr_assert(source_scan(&sys, SOURCE_PROJECTED, scratch_path(&s, "a"), &supply, &e) == 0);
	cr_assert(eq(sz, supply.n, 2));
	for (size_t i = 0; i < 2; i++) {
		bool old = supply.item[i].jwt.id[0] == '0';

		cr_expect(eq(int, supply.item[i].seen.ns - first.ns < NS_PER_S, old), "item %zu",
			  i);
	}
	fake_sys_free(f);
	NO_LEAKS();
}

Test(source, counts_bad_files_names_one_and_takes_the_good_ones)
{
	AUTO(scratch) struct scratch s = projected();
	struct supply supply = { 0 };
	char big[20000];

	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	scratch_write(&s, "a/..1/empty", "", 0644);
	scratch_write(&s, "a/..1/big", big, 0644);
	scratch_write(&s, "a/..1/text", "SECRET-not-a-JWT", 0644);
	scratch_mkdir(&s, "a/..1/directory");
	cr_expect(eq(int, scan(&s, "a", &supply), 0));
	cr_expect(eq(sz, supply.n, 2));
	cr_expect(eq(sz, supply.bad, 4));
	cr_expect(strlen(supply.problem) > 10 && strstr(supply.problem, "SECRET") == NULL, "%s",
		  supply.problem);
	NO_LEAKS();
}

Test(source, a_hostile_file_name_stays_one_line)
{
	AUTO(scratch) struct scratch s = scratch_new();
	struct supply supply = { 0 };

	scratch_write(&s, "a/t\nresult granted\n\x7f\x1b", "no JWT", 0644);
	cr_expect(eq(int, scan(&s, "a", &supply), 0));
	cr_expect(eq(sz, supply.bad, 1));
	cr_expect(strncmp(supply.problem, "t?result granted???: ", 21) == 0, "%s", supply.problem);
	for (const char *c = supply.problem; *c; c++)
		cr_expect(ne(chr, *c < 0x20 ? 0 : *c, 0), "%s", supply.problem);
}

Test(source, follows_a_symlink_from_where_it_is)
{
	static const struct {
		const char *to, *want;
	} rows[] = { { "real", "/in/real" }, { "../real", "/in/../real" }, { "/etc/x", NULL } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO(scratch) struct scratch s = scratch_new();
		struct sys sys = sys_real();
		char path[128], want[128], tight[128];

		scratch_mkdir(&s, "in");
		(void)snprintf(path, sizeof(path), "%s/in/link", s.path);
		(void)snprintf(want, sizeof(want), "%s%s", rows[i].want ? s.path : "",
			       rows[i].want ? rows[i].want : rows[i].to);
		cr_assert(symlink(rows[i].to, path) == 0);
		memcpy(tight, path, sizeof(tight));
		cr_expect(not(source_follow(&sys, tight, 4)), "row %zu", i);
		cr_expect(eq(str, tight, path), "row %zu", i);
		cr_expect(source_follow(&sys, path, sizeof(path)), "row %zu", i);
		cr_expect(eq(str, path, want), "row %zu", i);
		cr_expect(not(source_follow(&sys, path, sizeof(path))), "row %zu", i);
	}
}

Test(source, takes_so_many_and_no_more)
{
	AUTO(scratch) struct scratch s = scratch_new();
	struct supply supply = { 0 };
	char name[32], text[256];

	for (int i = 0; i < SUPPLY_MAX + 5; i++) {
		(void)snprintf(name, sizeof(name), "a/t%d", i);
		(void)snprintf(text, sizeof(text), "%s%c", JWT("0"), 'a');
		memcpy(strrchr(text, '.') + 1, "abcdefghijklmnopqrstuvwxyzABCDE" + i, 1);
		scratch_write(&s, name, text, 0644);
	}
	cr_expect(eq(int, scan(&s, "a", &supply), 0));
	cr_expect(eq(sz, supply.n, SUPPLY_MAX));
	cr_expect(eq(sz, supply.bad, 5));
}

Test(source, a_directory_that_cannot_be_read_changes_nothing)
{
	AUTO(scratch) struct scratch s = projected();
	struct supply supply = { 0 };

	cr_assert(scan(&s, "a", &supply) == 0);
	cr_expect(eq(int, scan(&s, "absent", &supply), -1));
	cr_expect(eq(sz, supply.n, 2));
}

Test(source, reads_the_text_again_and_notices_a_replacement)
{
	AUTO(scratch) struct scratch s = scratch_new();
	struct sys sys = sys_real();
	struct supply supply = { 0 };
	struct err e = { 0 };
	AUTO(buf) struct buf text;

	buf_init(&text, 20000);
	scratch_write(&s, "a/t0", JWT("0") "\n", 0644);
	cr_assert(scan(&s, "a", &supply) == 0 && supply.n == 1);
	cr_expect(eq(int, source_read(&sys, SOURCE_PROJECTED, scratch_path(&s, "a"),
				      &supply.item[0], &text, &e), 0), "%s", e.msg);
	cr_expect(eq(sz, text.len, strlen(JWT("0"))), "without its newline");
	scratch_write(&s, "a/t0", JWT("1"), 0644);
	buf_reset(&text);
	cr_expect(eq(int, source_read(&sys, SOURCE_PROJECTED, scratch_path(&s, "a"),
				      &supply.item[0], &text, &e), -1));
	cr_expect(eq(int, e.kind, ERR_TRANSIENT));
	NO_LEAKS();
}

Test(source, takes_one_file_that_another_tool_keeps_fresh)
{
	AUTO(scratch) struct scratch s = scratch_new();
	struct sys sys = sys_real();
	struct supply supply = { 0 };
	struct err e = { 0 };
	char dir[256];

	scratch_write(&s, "svid/token.jwt", JWT("0"), 0600);
	scratch_write(&s, "svid/other", "x", 0600);
	cr_expect(eq(int, source_scan(&sys, SOURCE_FILE, scratch_path(&s, "svid/token.jwt"),
				      &supply, &e), 0));
	cr_expect(eq(sz, supply.n, 1));
	cr_expect(eq(sz, supply.bad, 0));
	source_dir(SOURCE_FILE, "/run/svid/token.jwt", dir, sizeof(dir));
	cr_expect(eq(str, dir, TEXT("/run/svid")));
	source_dir(SOURCE_FILE, "token.jwt", dir, sizeof(dir));
	cr_expect(eq(str, dir, TEXT(".")));
	source_dir(SOURCE_FILE, "/token.jwt", dir, sizeof(dir));
	cr_expect(eq(str, dir, TEXT("/")));
}

Test(source, knows_which_changes_concern_it)
{
	static const struct {
		enum source_kind kind;
		const char *name;
		bool want;
	} rows[] = { { SOURCE_PROJECTED, "..data", true },
		     { SOURCE_PROJECTED, "..2026_11_22", false },
		     { SOURCE_PROJECTED, "token", true },
		     { SOURCE_PROJECTED, ".token.tmp", false },
		     { SOURCE_FILE, "token.jwt", true },   { SOURCE_FILE, "other", false },
		     { SOURCE_FILE, "..data", true } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		cr_expect(eq(int,
			     source_concerns(rows[i].kind, "/run/svid/token.jwt", rows[i].name),
			     rows[i].want), "row %zu", i);
}
