/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/creddir.h"
#include "tests/support/leaks.h"
#include "tests/support/scratch.h"

#define CONFIG "configs/wif.json"
#define CREDENTIAL "credentials/wif.json"
#define GOOD_CONFIG "{\"version\":\"1.0\",\"authentication\":{\"type\":\"user_oauth\"}}"
#define GOOD "{\"version\":\"1.0\",\"type\":\"oauth_token\",\"access_token\":\"t\",\"expires_at\":1000}"

static enum creddir_state judge(const struct scratch *s, int64_t now_s, int64_t min_ttl_s)
{
	struct sys sys = sys_real();
	struct creddir c;

	creddir_judge(&sys, s->path, CREDDIR_PROFILE, getuid(), (struct wall){ now_s }, min_ttl_s,
		      &c);
	cr_expect(c.state == CREDDIR_FRESH ? !*c.problem : strlen(c.problem) > 5, "%s", c.problem);
	return c.state;
}

static struct scratch good_dir(void)
{
	struct scratch s = scratch_new();

	scratch_write(&s, CONFIG, GOOD_CONFIG, 0644);
	scratch_write(&s, CREDENTIAL, GOOD, 0600);
	return s;
}

Test(creddir, is_fresh_while_more_than_the_minimum_is_left)
{
	AUTO(scratch) struct scratch s = good_dir();

	cr_expect(eq(int, judge(&s, 900, 30), CREDDIR_FRESH));
	cr_expect(eq(int, judge(&s, 969, 30), CREDDIR_FRESH));
	cr_expect(eq(int, judge(&s, 970, 30), CREDDIR_EXPIRED));
	cr_expect(eq(int, judge(&s, 999, 0), CREDDIR_FRESH));
	cr_expect(eq(int, judge(&s, 1000, 0), CREDDIR_EXPIRED));
	NO_LEAKS();
}

Test(creddir, accepts_exactly_two_modes_of_the_credential)
{
	static const struct {
		mode_t mode;
		enum creddir_state want;
	} rows[] = { { 0600, CREDDIR_FRESH },	{ 0400, CREDDIR_FRESH },   { 0640, CREDDIR_REFUSED },
		     { 0644, CREDDIR_REFUSED }, { 0700, CREDDIR_REFUSED }, { 0666, CREDDIR_REFUSED },
		     { 0601, CREDDIR_REFUSED }, { 01600, CREDDIR_REFUSED } };
	AUTO(scratch) struct scratch s = good_dir();

	for (size_t i = 0; i < COUNTOF(rows); i++) {
		cr_assert(chmod(scratch_path(&s, CREDENTIAL), rows[i].mode) == 0);
		cr_expect(eq(int, judge(&s, 0, 30), rows[i].want), "%o", rows[i].mode);
	}
}

Test(creddir, refuses_a_config_that_others_can_write)
{
	AUTO(scratch) struct scratch s = good_dir();

	cr_assert(chmod(scratch_path(&s, CONFIG), 0664) == 0);
	cr_expect(eq(int, judge(&s, 0, 30), CREDDIR_REFUSED));
	cr_assert(chmod(scratch_path(&s, CONFIG), 0600) == 0);
	cr_expect(eq(int, judge(&s, 0, 30), CREDDIR_FRESH));
}

Test(creddir, refuses_a_credential_of_another_owner)
{
	AUTO(scratch) struct scratch s = good_dir();
	struct sys sys = sys_real();
	struct creddir c;

	creddir_judge(&sys, s.path, CREDDIR_PROFILE, getuid() + 1, (struct wall){ 0 }, 30, &c);
	cr_expect(eq(int, c.state, CREDDIR_REFUSED));
}

Test(creddir, refuses_symlinks_fifos_and_directories_without_hanging)
{
	AUTO(scratch) struct scratch s = good_dir();

	scratch_write(&s, "elsewhere", GOOD, 0600);
	cr_assert(unlink(scratch_path(&s, CREDENTIAL)) == 0);
	cr_assert(symlink("../elsewhere", scratch_path(&s, CREDENTIAL)) == 0);
	cr_expect(eq(int, judge(&s, 0, 30), CREDDIR_REFUSED));
	cr_assert(unlink(scratch_path(&s, CREDENTIAL)) == 0);
	cr_assert(mkfifo(scratch_path(&s, CREDENTIAL), 0600) == 0);
	cr_expect(eq(int, judge(&s, 0, 30), CREDDIR_REFUSED));
	cr_assert(unlink(scratch_path(&s, CREDENTIAL)) == 0);
	scratch_mkdir(&s, CREDENTIAL);
	cr_expect(eq(int, judge(&s, 0, 30), CREDDIR_REFUSED));
}

Test(creddir, says_none_when_a_file_is_missing)
{
	AUTO(scratch) struct scratch s = scratch_new();

	cr_expect(eq(int, judge(&s, 0, 30), CREDDIR_NONE));
	scratch_write(&s, CONFIG, GOOD_CONFIG, 0644);
	cr_expect(eq(int, judge(&s, 0, 30), CREDDIR_NONE));
	cr_assert(unlink(scratch_path(&s, CONFIG)) == 0);
	scratch_write(&s, CREDENTIAL, GOOD, 0600);
	cr_expect(eq(int, judge(&s, 0, 30), CREDDIR_NONE));
}

static const struct {
	const char *name, *text;
	bool ok;
} credentials[] = {
	{ "as it should be", GOOD, true },
	{ "with white space", " {\"version\": \"1.0\",\n\"type\":\"oauth_token\", \"access_token\":\"t\","
			      "\"expires_at\":1000}\n", true },
	{ "empty", "", false },
	{ "torn", "{\"version\":\"1.0\",\"type\":\"oauth_to", false },
	{ "an array", "[]", false },
	{ "version 2", "{\"version\":\"2.0\",\"type\":\"oauth_token\",\"access_token\":\"t\",\"expires_at\":1}", false },
	{ "another type", "{\"version\":\"1.0\",\"type\":\"bearer\",\"access_token\":\"t\",\"expires_at\":1}", false },
	{ "no token", "{\"version\":\"1.0\",\"type\":\"oauth_token\",\"expires_at\":1}", false },
	{ "empty token", "{\"version\":\"1.0\",\"type\":\"oauth_token\",\"access_token\":\"\",\"expires_at\":1}", false },
	{ "token a number", "{\"version\":\"1.0\",\"type\":\"oauth_token\",\"access_token\":1,\"expires_at\":1}", false },
	{ "token with a space", "{\"version\":\"1.0\",\"type\":\"oauth_token\",\"access_token\":\"a b\",\"expires_at\":1}", false },
	{ "token with a newline", "{\"version\":\"1.0\",\"type\":\"oauth_token\",\"access_token\":\"a\\nb\",\"expires_at\":1}", false },
	{ "token beyond ASCII", "{\"version\":\"1.0\",\"type\":\"oauth_token\",\"access_token\":\"\\u00e9\",\"expires_at\":1}", false },
	{ "time a string", "{\"version\":\"1.0\",\"type\":\"oauth_token\",\"access_token\":\"t\",\"expires_at\":\"1\"}", false },
	{ "time a fraction", "{\"version\":\"1.0\",\"type\":\"oauth_token\",\"access_token\":\"t\",\"expires_at\":1.5}", false },
	{ "time absurd", "{\"version\":\"1.0\",\"type\":\"oauth_token\",\"access_token\":\"t\",\"expires_at\":9223372036854775807}", false },
	{ "time negative", "{\"version\":\"1.0\",\"type\":\"oauth_token\",\"access_token\":\"t\",\"expires_at\":-1}", false },
	{ "refresh_token", "{\"version\":\"1.0\",\"type\":\"oauth_token\",\"access_token\":\"t\",\"expires_at\":1,\"refresh_token\":\"\"}", false },
	{ "a member twice", "{\"version\":\"1.0\",\"version\":\"1.0\",\"type\":\"oauth_token\",\"access_token\":\"t\",\"expires_at\":1}", false },
};

Test(creddir, takes_only_the_shape_that_every_SDK_takes)
{
	for (size_t i = 0; i < COUNTOF(credentials); i++) {
		AUTO(buf) struct buf token;
		struct err e = { 0 };
		int64_t at = -7;

		buf_init(&token, 100);
		cr_expect(eq(int, creddir_parse_credential(credentials[i].text, strlen(credentials[i].text),
							   &token, &at, &e) == 0, credentials[i].ok),
			  "%s: %s", credentials[i].name, e.msg);
		cr_expect(eq(int, at == -7 && !token.len, !credentials[i].ok), "%s: the output",
			  credentials[i].name);
	}
	NO_LEAKS();
}

static const struct {
	const char *name, *text;
	bool ok;
} configs[] = {
	{ "as it should be", GOOD_CONFIG, true },
	{ "with a base_url", "{\"version\":\"1.0\",\"authentication\":{\"type\":\"user_oauth\"},\"base_url\":\"https://x\"}", true },
	{ "base_url null", "{\"version\":\"1.0\",\"authentication\":{\"type\":\"user_oauth\"},\"base_url\":null}", false },
	{ "client_id", "{\"version\":\"1.0\",\"authentication\":{\"type\":\"user_oauth\",\"client_id\":\"\"}}", false },
	{ "workspace_id", "{\"version\":\"1.0\",\"authentication\":{\"type\":\"user_oauth\"},\"workspace_id\":\"w\"}", false },
	{ "another type", "{\"version\":\"1.0\",\"authentication\":{\"type\":\"oidc_federation\"}}", false },
	{ "no authentication", "{\"version\":\"1.0\"}", false },
	{ "authentication a string", "{\"version\":\"1.0\",\"authentication\":\"user_oauth\"}", false },
};

Test(creddir, takes_only_the_config_that_every_SDK_takes)
{
	for (size_t i = 0; i < COUNTOF(configs); i++) {
		struct err e = { 0 };

		cr_expect(eq(int, creddir_parse_config(configs[i].text, strlen(configs[i].text), &e) == 0,
			     configs[i].ok), "%s: %s", configs[i].name, e.msg);
	}
	NO_LEAKS();
}

Test(creddir, problems_never_quote_the_token)
{
	AUTO(scratch) struct scratch s = good_dir();
	struct sys sys = sys_real();
	struct creddir c;

	scratch_write(&s, CREDENTIAL, "{\"version\":\"1.0\",\"access_token\":\"sk-ant-SECRET\",\"sk-ant-SECRET\":1}", 0600);
	creddir_judge(&sys, s.path, CREDDIR_PROFILE, getuid(), (struct wall){ 0 }, 30, &c);
	cr_expect(eq(int, c.state, CREDDIR_REFUSED));
	cr_expect(strstr(c.problem, "SECRET") == NULL, "%s", c.problem);
}
