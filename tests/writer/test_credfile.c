/* SPDX-License-Identifier: Apache-2.0 */
/* The output directory on the real file system: files, modes, and what others planted there. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/fake_sys.h"
#include "tests/support/leaks.h"
#include "tests/support/scratch.h"
#include "tests/support/text.h"
#include "writer/credfile.h"
#include "writer/ledger_store.h"
#include "writer/outdir.h"
#include "writer/status.h"

static const struct span token = { "sk-ant-oat01-\"quoted\\", 21 };

static void write_all(const struct scratch *s)
{
	struct sys sys = sys_real();
	struct err e = { 0 };

	cr_assert(credfile_config(&sys, scratch_path(s, "out"), NULL, &e) == 0, "%s", e.msg);
	cr_assert(credfile_write(&sys, scratch_path(s, "out"), token, 1795000600, &e) == 0, "%s",
		  e.msg);
}

static enum creddir_state judge(const struct scratch *s)
{
	struct sys sys = sys_real();
	struct creddir c;

	creddir_judge(&sys, scratch_path(s, "out"), CREDDIR_PROFILE, getuid(),
		      (struct wall){ 1795000000 }, 30, &c);
	return c.state;
}

Test(credfile, writes_exactly_what_the_SDKs_take)
{
	AUTO(scratch) struct scratch s = scratch_new();
	char text[512];

	(void)umask(077);
	write_all(&s);
	cr_expect(eq(str, TEXT(scratch_read(&s, "out/configs/wif.json", text, sizeof(text))),
		     TEXT("{\"version\":\"1.0\",\"authentication\":{\"type\":\"user_oauth\"}}\n")));
	cr_expect(eq(str, TEXT(scratch_read(&s, "out/credentials/wif.json", text, sizeof(text))),
		     TEXT("{\"version\":\"1.0\",\"type\":\"oauth_token\",\"access_token\":"
			  "\"sk-ant-oat01-\\\"quoted\\\\\",\"expires_at\":1795000600}\n")));
	cr_expect(eq(str, TEXT(scratch_read(&s, "out/access-token", text, sizeof(text))),
		     TEXT("sk-ant-oat01-\"quoted\\")), "bare, without a newline");
	cr_expect(eq(int, scratch_mode(&s, "out/configs/wif.json"), 0644));
	cr_expect(eq(int, scratch_mode(&s, "out/credentials/wif.json"), 0600));
	cr_expect(eq(int, scratch_mode(&s, "out/access-token"), 0600));
	cr_expect(eq(int, judge(&s), CREDDIR_FRESH));
	NO_LEAKS();
}

Test(credfile, names_another_endpoint_in_the_config)
{
	AUTO(scratch) struct scratch s = scratch_new();
	struct sys sys = sys_real();
	struct err e = { 0 };
	char text[512];

	cr_assert(credfile_config(&sys, scratch_path(&s, "out"), "https://gw.test", &e) == 0, "%s",
		  e.msg);
	cr_expect(eq(str, TEXT(scratch_read(&s, "out/configs/wif.json", text, sizeof(text))),
		     TEXT("{\"version\":\"1.0\",\"authentication\":{\"type\":\"user_oauth\"},"
			  "\"base_url\":\"https://gw.test\"}\n")));
}

static ino_t inode(const struct scratch *s, const char *name)
{
	struct stat st;

	cr_assert(stat(scratch_path(s, name), &st) == 0);
	return st.st_ino;
}

Test(credfile, leaves_a_config_that_is_right_alone_and_repairs_one_that_is_not)
{
	AUTO(scratch) struct scratch s = scratch_new();
	ino_t before;

	write_all(&s);
	before = inode(&s, "out/configs/wif.json");
	write_all(&s);
	cr_expect(before == inode(&s, "out/configs/wif.json"));
	cr_assert(chmod(scratch_path(&s, "out/configs/wif.json"), 0666) == 0);
	write_all(&s);
	cr_expect(eq(int, scratch_mode(&s, "out/configs/wif.json"), 0644));
	scratch_write(&s, "out/configs/wif.json", "{}", 0644);
	write_all(&s);
	cr_expect(eq(int, judge(&s), CREDDIR_FRESH));
}

static bool is_file(const struct scratch *s, const char *name)
{
	struct stat st;

	return lstat(scratch_path(s, name), &st) == 0 && S_ISREG(st.st_mode);
}

Test(credfile, follows_no_symlink_that_another_container_planted)
{
	static const char *const places[] = { "out/configs", "out/credentials", "out/.wif",
					      "out/configs/wif.json", "out/credentials/wif.json",
					      "out/access-token", "out/.wif/ledger",
					      "out/.wif/status" };

	for (size_t i = 0; i < COUNTOF(places); i++) {
		AUTO(scratch) struct scratch s = scratch_new();
		struct sys sys = sys_real();
		struct status status = { 0 };
		struct ledger ledger;
		struct err e = { 0 };
		char target[256];

		scratch_mkdir(&s, "victim");
		scratch_mkdir(&s, "out");
		(void)snprintf(target, sizeof(target), "%s", scratch_path(&s, "victim"));
		if (strstr(places[i], "json"))
			scratch_mkdir(&s, strstr(places[i], "configs") ? "out/configs"
								       : "out/credentials");
		if (strstr(places[i], ".wif/"))
			scratch_mkdir(&s, "out/.wif");
		cr_assert(symlink(target, scratch_path(&s, places[i])) == 0);
		write_all(&s);
		ledger_init(&ledger);
		cr_expect(eq(int, ledger_save(&sys, scratch_path(&s, "out"), &ledger, &e), 0), "%s",
			  e.msg);
		cr_expect(eq(int, status_save(&sys, scratch_path(&s, "out"), &status, &e), 0));
		cr_expect(eq(u32, scratch_count(&s, "victim", ""), 0), "%s", places[i]);
		cr_expect(is_file(&s, "out/.wif/ledger"), "%s", places[i]);
		cr_expect(is_file(&s, "out/.wif/status"), "%s", places[i]);
		cr_expect(eq(int, judge(&s), CREDDIR_FRESH), "%s", places[i]);
	}
}

Test(credfile, a_reader_that_holds_the_old_file_open_reads_it_to_the_end)
{
	AUTO(scratch) struct scratch s = scratch_new();
	struct sys sys = sys_real();
	struct err e = { 0 };
	char text[512] = "";
	FILE *old;

	write_all(&s);
	old = fopen(scratch_path(&s, "out/credentials/wif.json"), "re");
	cr_assert(old != NULL);
	cr_assert(credfile_write(&sys, scratch_path(&s, "out"), (struct span){ "new", 3 }, 1,
				 &e) == 0);
	cr_expect(fgets(text, sizeof(text), old) != NULL);
	cr_expect(strstr(text, "1795000600") != NULL, "%s", text);
	(void)fclose(old);
}

static const struct {
	const char *name, *file;
	mode_t mode;
	bool repair;
} spoilt[] = {
	{ "as written", "out/access-token", 0600, false },
	{ "the credential's mode", "out/credentials/wif.json", 0640, true },
	{ "a mode that is fine too", "out/credentials/wif.json", 0400, false },
	{ "the token file's mode", "out/access-token", 0644, true },
};

Test(credfile, reads_back_and_says_what_writing_again_would_mend)
{
	for (size_t i = 0; i < COUNTOF(spoilt); i++) {
		AUTO(scratch) struct scratch s = scratch_new();
		struct sys sys = sys_real();
		struct err e = { 0 };
		AUTO(buf) struct buf back;
		bool repair = false;
		int64_t at = 0;

		buf_init(&back, 1000);
		write_all(&s);
		cr_assert(chmod(scratch_path(&s, spoilt[i].file), spoilt[i].mode) == 0);
		cr_expect(eq(int, credfile_read(&sys, scratch_path(&s, "out"), &back, &at, &repair,
						&e), 0),
			  "%s: %s", spoilt[i].name, e.msg);
		cr_expect(eq(int, repair, spoilt[i].repair), "%s", spoilt[i].name);
		cr_expect(eq(i64, at, 1795000600), "%s", spoilt[i].name);
		cr_expect(span_is(token, back.data), "%s", spoilt[i].name);
	}
	NO_LEAKS();
}

Test(credfile, a_token_file_that_lags_behind_is_to_be_mended)
{
	AUTO(scratch) struct scratch s = scratch_new();
	struct sys sys = sys_real();
	struct err e = { 0 };
	AUTO(buf) struct buf back;
	bool repair = false;
	int64_t at;

	buf_init(&back, 1000);
	write_all(&s);
	scratch_write(&s, "out/access-token", "older", 0600);
	cr_expect(eq(int, credfile_read(&sys, scratch_path(&s, "out"), &back, &at, &repair, &e),
		     0));
	cr_expect(repair);
}

Test(outdir, sweeps_temporaries_and_nothing_else)
{
	AUTO(scratch) struct scratch s = scratch_new();
	struct sys sys = sys_real();

	write_all(&s);
	scratch_write(&s, "out/credentials/.wif.json.0123456789abcdef", "torn", 0600);
	scratch_write(&s, "out/.access-token.fedcba9876543210", "torn", 0600);
	scratch_write(&s, "out/.wif/.ledger.00000000000000000", "17 digits: not ours", 0600);
	scratch_write(&s, "out/credentials/.profile", "not ours", 0600);
	outdir_sweep(&sys, scratch_path(&s, "out"));
	cr_expect(eq(u32, scratch_count(&s, "out/credentials", ""), 2));
	cr_expect(eq(u32, scratch_count(&s, "out", ".access"), 0));
	cr_expect(eq(u32, scratch_count(&s, "out/.wif", ".ledger"), 1));
	cr_expect(eq(int, judge(&s), CREDDIR_FRESH));
}

Test(outdir, says_which_directory_it_cannot_make)
{
	struct sys sys = sys_real();
	struct err e = { 0 };

	cr_expect(eq(int, outdir_open(&sys, "/proc/nothing/here", NULL, &e), -1));
	cr_expect(eq(int, e.kind, ERR_IO));
	cr_expect(strstr(e.msg, "/proc/nothing/here") != NULL, "%s", e.msg);
}

Test(outdir, says_in_which_directory_a_file_cannot_be_replaced)
{
	AUTO(scratch) struct scratch s = scratch_new();
	struct fake_sys *f = fake_sys_new(NULL);
	struct sys sys = fake_sys_ops(f);
	struct err e = { 0 };
	char want[128];

	f->fail.op = OP_RENAMEAT;
	f->fail.nth = 1;
	f->fail.errnum = ENOSPC;
	(void)snprintf(want, sizeof(want), "%s/credentials: unable to replace wif.json: ",
		       scratch_path(&s, "out"));
	cr_expect(eq(int, credfile_write(&sys, scratch_path(&s, "out"), token, 1, &e), -1));
	cr_expect(eq(int, strncmp(e.msg, want, strlen(want)), 0), "%s", e.msg);
	cr_expect(eq(int, e.sys, ENOSPC));
	(void)snprintf(want, sizeof(want), "unable to make %s", scratch_path(&s, "a/out/b"));
	cr_expect(eq(int, outdir_open(&sys, scratch_path(&s, "a/out/b"), NULL, &e), -1));
	cr_expect(eq(int, strncmp(e.msg, want, strlen(want)), 0), "%s", e.msg);
	fake_sys_free(f);
	NO_LEAKS();
}

Test(outdir, says_which_directory_is_in_the_way_of_a_file)
{
	AUTO(scratch) struct scratch s = scratch_new();
	struct sys sys = sys_real();
	struct err e = { 0 };
	char want[160];

	scratch_write(&s, "out/access-token/theirs", "", 0600);
	(void)snprintf(want, sizeof(want), "a directory stands at %s where a file belongs; remove it",
		       scratch_path(&s, "out/access-token"));
	cr_expect(eq(int, credfile_write(&sys, scratch_path(&s, "out"), token, 1, &e), -1));
	cr_expect(eq(int, strncmp(e.msg, want, strlen(want)), 0), "%s", e.msg);
	cr_expect(eq(u32, scratch_count(&s, "out", ".access-token"), 0), "no temporary stays");
	cr_expect(eq(u32, scratch_count(&s, "out/access-token", "theirs"), 1));
}

Test(ledger_store, tells_absent_from_damaged_from_read)
{
	AUTO(scratch) struct scratch s = scratch_new();
	struct sys sys = sys_real();
	struct ledger l;
	struct err e = { 0 };

	cr_expect(eq(int, ledger_load(&sys, scratch_path(&s, "out"), &l, &e), LEDGER_ABSENT));
	cr_assert(ledger_put(&l, "AAAAAAAAAAAAAAAAAAAAAA", 1, LEDGER_SPENT));
	cr_assert(ledger_save(&sys, scratch_path(&s, "out"), &l, &e) == 0, "%s", e.msg);
	cr_expect(eq(int, scratch_mode(&s, "out/.wif/ledger"), 0600));
	ledger_init(&l);
	cr_expect(eq(int, ledger_load(&sys, scratch_path(&s, "out"), &l, &e), LEDGER_READ));
	cr_expect(eq(sz, l.n, 1));
	scratch_write(&s, "out/.wif/ledger", "wif-ledger 1\nboot -\nspent AAAA", 0600);
	cr_expect(eq(int, ledger_load(&sys, scratch_path(&s, "out"), &l, &e), LEDGER_DAMAGED));
	cr_expect(eq(sz, l.n, 0));
	scratch_write(&s, "out/.wif/ledger", "", 0600);
	cr_expect(eq(int, ledger_load(&sys, scratch_path(&s, "out"), &l, &e), LEDGER_DAMAGED));
	cr_assert(unlink(scratch_path(&s, "out/.wif/ledger")) == 0);
	scratch_mkdir(&s, "out/.wif/ledger");
	cr_expect(eq(int, ledger_load(&sys, scratch_path(&s, "out"), &l, &e), LEDGER_DAMAGED));
	NO_LEAKS();
}

Test(status, reads_what_it_wrote)
{
	AUTO(scratch) struct scratch s = scratch_new();
	struct sys sys = sys_real();
	struct status back, st = { .result = RESULT_DENIED, .waiting = true, .http_status = 401,
				   .at_s = 1795000000, .next_s = 1795000030, .failures = 3,
				   .grants = 9, .lifetime_s = 600, .planned_s = 3600,
				   .assertions = 6, .unspent = 2,
				   .skew_known = true, .skew_s = -77, .request_id = "req_1",
				   .detail = "HTTP 401", .problem = "x: not a JWT" };
	struct err e = { 0 };

	cr_assert(status_save(&sys, scratch_path(&s, "out"), &st, &e) == 0, "%s", e.msg);
	cr_assert(status_load(&sys, scratch_path(&s, "out"), &back, &e) == 0, "%s", e.msg);
	cr_expect(eq(int, back.result, RESULT_DENIED));
	cr_expect(back.waiting && back.skew_known);
	cr_expect(eq(i64, back.skew_s, -77));
	cr_expect(eq(i64, back.next_s, 1795000030));
	cr_expect(eq(i64, back.grants, 9));
	cr_expect(eq(str, back.request_id, TEXT("req_1")));
	cr_expect(eq(str, back.detail, TEXT("HTTP 401")));
	cr_expect(eq(str, back.problem, TEXT("x: not a JWT")));
	cr_expect(eq(str, TEXT(status_word(&back)), TEXT("waiting-for-assertion")));
	NO_LEAKS();
}

Test(status, skips_what_another_version_wrote_and_refuses_damage)
{
	static const struct {
		const char *text;
		bool ok;
	} rows[] = { { "", true }, { "result granted\nnew-thing 7\n", true },
		     { "result granted", false }, { "result maybe\n", false },
		     { "waiting 2\n", false }, { "failures x\n", false },
		     { "\n", false }, { "http-status 12345\n", false } };

	for (size_t i = 0; i < COUNTOF(rows); i++) {
		struct status s;
		struct err e = { 0 };

		cr_expect(eq(int, status_parse(rows[i].text, strlen(rows[i].text), &s, &e) == 0,
			     rows[i].ok),
			  "row %zu", i);
	}
}
