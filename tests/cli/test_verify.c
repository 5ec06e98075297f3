/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/verify.h"
#include "tests/support/leaks.h"

#define PLAIN "{\"version\":\"1.0\",\"authentication\":{\"type\":\"user_oauth\"}}"
#define HTTP(host)                                                                                 \
	"{\"version\":\"1.0\",\"authentication\":{\"type\":\"user_oauth\"},"                       \
	"\"base_url\":\"http://" host "\"}"

/* Who accepts: one letter per line of the answer: a accepts, r refuses. */
static const struct {
	const char *name, *config; /* NULL: there is none */
	int left_s;
	mode_t mode, config_mode;
	bool symlink, config_symlink, foreign;
	const char *verdicts; /* Python TypeScript Go Java Java Ruby PHP C# ClaudeCode */
} rows[] = {
	{ "good", PLAIN, 600, 0600, 0644, 0, 0, 0, "aaaaaaaaa" },
	{ "read-only", PLAIN, 600, 0400, 0600, 0, 0, 0, "aaaaaaaaa" },
	{ "readable by others", PLAIN, 600, 0644, 0644, 0, 0, 0, "rrraarrrr" },
	{ "31 s left", PLAIN, 31 + 5, 0600, 0644, 0, 0, 0, "aaaaaaaaa" },
	{ "20 s left", PLAIN, 20, 0600, 0644, 0, 0, 0, "arraaaarr" },
	{ "expired", PLAIN, -5, 0600, 0644, 0, 0, 0, "rrrrrrrrr" },
	{ "a symlink", PLAIN, 600, 0600, 0644, true, 0, 0, "raraaraaa" },
	{ "a symlink to the config", PLAIN, 600, 0600, 0644, 0, true, 0, "aaaaaaaaa" },
	{ "config writable by others", PLAIN, 600, 0600, 0664, 0, 0, 0, "rrrrrrrrr" },
	{ "no config", NULL, 600, 0600, 0644, 0, 0, 0, "rrrrrrrrr" },
	{ "a config that is none", "{", 600, 0600, 0644, 0, 0, 0, "rrrrrrrrr" },
	{ "http", HTTP("gateway.example"), 600, 0600, 0644, 0, 0, 0, "raaaaaaaa" },
	{ "http to this machine", HTTP("127.0.0.1:80/x"), 600, 0600, 0644, 0, 0, 0, "aaaaaaaaa" },
	{ "http to a name so", HTTP("localhost.example"), 600, 0600, 0644, 0, 0, 0, "raaaaaaaa" },
	{ "another's file", PLAIN, 600, 0600, 0644, 0, 0, true, "rrrrrrrrr" },
};

static void write_file(const char *dir, const char *name, const char *text, mode_t mode,
		       bool symlink_)
{
	char path[300], real[320];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	(void)snprintf(real, sizeof(real), "%s%s", path, symlink_ ? ".real" : "");
	f = fopen(real, "w");
	cr_assert(f != NULL);
	(void)fputs(text, f);
	(void)fclose(f);
	cr_assert(chmod(real, mode) == 0);
	if (symlink_)
		cr_assert(symlink(real, path) == 0);
}

static void make(char *dir, size_t row)
{
	char text[300], path[300];

	(void)strcpy(dir, "/tmp/wif-verify-XXXXXX");
	cr_assert(mkdtemp(dir) != NULL);
	(void)snprintf(path, sizeof(path), "%s/configs", dir);
	cr_assert(mkdir(path, 0755) == 0);
	(void)snprintf(path, sizeof(path), "%s/credentials", dir);
	cr_assert(mkdir(path, 0755) == 0);
	(void)snprintf(text, sizeof(text), "{\"version\":\"1.0\",\"type\":\"oauth_token\","
		       "\"access_token\":\"sk-ant-oat01-secret\",\"expires_at\":%lld}",
		       (long long)time(NULL) + rows[row].left_s);
	write_file(dir, "credentials/wif.json", text, rows[row].mode, rows[row].symlink);
	if (rows[row].config)
		write_file(dir, "configs/wif.json", rows[row].config, rows[row].config_mode,
			   rows[row].config_symlink);
}

static void clean(const char *dir)
{
	static const char *const names[] = { "configs/wif.json", "configs/wif.json.real",
					     "credentials/wif.json", "credentials/wif.json.real",
					     "configs", "credentials", "" };
	char path[300];

	for (size_t i = 0; i < COUNTOF(names); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		(void)remove(path);
	}
}

/* The word after each client's name, by its first letter. */
static void verdicts(const struct buf *said, char *out)
{
	for (const char *line = said->data; line && *line; line = strchr(line, '\n') + 1)
		*out++ = line[14];
	*out = '\0';
}

Test(verify, each_client_judges_for_itself)
{
	struct sys sys = sys_real();

	for (size_t i = 0; i < COUNTOF(rows); i++) {
		AUTO(buf) struct buf out = { .max = 10000 };
		struct err e = { 0 };
		char dir[40], got[20];
		bool all = false;

		make(dir, i);
		cr_assert(verify(&sys, dir, rows[i].foreign ? geteuid() + 1 : geteuid(), &out, &all,
				 &e) == 0, "%s: %s", rows[i].name, e.msg);
		clean(dir);
		verdicts(&out, got);
		cr_expect_str_eq(got, rows[i].verdicts, "%s:\n%s", rows[i].name, out.data);
		cr_expect(all == !strchr(got, 'r'), "%s", rows[i].name);
		cr_expect(!strstr(out.data, "secret"), "%s", rows[i].name);
	}
	NO_LEAKS();
}

Test(verify, a_directory_that_is_none_is_an_error)
{
	AUTO(buf) struct buf out = { .max = 10000 };
	struct sys sys = sys_real();
	struct err e = { 0 };
	bool all = true;

	cr_expect(verify(&sys, "/nonexistent", 0, &out, &all, &e) < 0);
	cr_expect(e.kind == ERR_INVALID && !out.len);
	cr_expect(verify(&sys, "/dev/null", 0, &out, &all, &e) < 0);
}
