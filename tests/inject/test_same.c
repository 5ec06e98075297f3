/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "inject/names.h"
#include "inject/same.h"
#include "tests/support/leaks.h"
#include "tests/support/text.h"

/* The JSON TEXT as a document; the test fails when it is none. */
static void parse(struct jsonspan *j, const char *text, size_t len)
{
	struct err e = { .msg = "" };

	jsonspan_init(j, 8, JSONSPAN_DEPTH_MAX);
	cr_assert(jsonspan_parse(j, text, len, &e) == 0, "%s: %s", text, e.msg);
}

static void parse_path(struct jsonspan *j, const char *path, char text[6000])
{
	parse(j, text, (size_t)snprintf(text, 6000, "\"%s\"", path));
}

/* Source of the rows: filepath.Clean("/" + path) of Go. */
Test(same, a_mount_path_is_cleaned_as_the_kubelet_does)
{
	static const struct {
		const char *path, *want;
	} rows[] = {
		{ "", "/" },
		{ "/", "/" },
		{ "//", "/" },
		{ ".", "/" },
		{ "..", "/" },
		{ "../..", "/" },
		{ "/..", "/" },
		{ "/x/..", "/" },
		{ "x/..", "/" },
		{ "a", "/a" },
		{ "/a", "/a" },
		{ "//a", "/a" },
		{ "a/", "/a" },
		{ "/a//b///", "/a/b" },
		{ "./a", "/a" },
		{ "/./a/./b/.", "/a/b" },
		{ "/x/../a", "/a" },
		{ "../a", "/a" },
		{ "/a/b/../c", "/a/c" },
		{ "/a/b/../../../c/d/..", "/c" },
		{ "/.a/..b/...", "/.a/..b/..." },
		{ "/a/.b/c./d..", "/a/.b/c./d.." },
		{ "\\u002e\\u002e/\\u0061", "/a" },
	};
	char text[6000], got[64];

	for (size_t i = 0; i < COUNTOF(rows); i++) {
		AUTO(jsonspan) struct jsonspan j = { .n = 0 };
		ssize_t n;

		parse_path(&j, rows[i].path, text);
		n = same_path_clean(&j, 0, got, sizeof(got));
		cr_expect(eq(str, got, TEXT(rows[i].want)), "'%s'", rows[i].path);
		cr_expect(eq(long, (long)n, (long)strlen(rows[i].want)), "'%s'", rows[i].path);
	}
	NO_LEAKS();
}

Test(same, a_mount_path_that_does_not_fit_is_not_cleaned)
{
	static const char *const bad[] = { "\"123456789\"", "\"a\\u0000b\"", "7", "null" };
	char got[10];

	for (size_t i = 0; i < COUNTOF(bad); i++) {
		AUTO(jsonspan) struct jsonspan j = { .n = 0 };

		parse(&j, bad[i], strlen(bad[i]));
		cr_expect(same_path_clean(&j, 0, got, sizeof(got)) == -1, "%s", bad[i]);
	}
	for (int slashes = 0; slashes < 2; slashes++) {
		AUTO(jsonspan) struct jsonspan j = { .n = 0 };

		parse(&j, slashes ? "\"////////\"" : "\"12345678\"", 10);
		cr_expect(same_path_clean(&j, 0, got, sizeof(got)) == (slashes ? 1 : 9));
	}
	NO_LEAKS();
}

Test(same, a_mount_path_meets_what_is_at_under_and_above_it)
{
	static const struct {
		const char *path, *base;
		bool meets, within;
	} rows[] = {
		{ "/wif-writer", "/wif-writer", true, true },
		{ "wif-writer", "/wif-writer", true, true },
		{ "/./wif-writer", "/wif-writer", true, true },
		{ "/x/../wif-writer", "/wif-writer", true, true },
		{ "wif-writer/x", "/wif-writer", true, true },
		{ "/wif-writer2", "/wif-writer", false, false },
		{ "/wif-write", "/wif-writer", false, false },
		{ "/x/wif-writer", "/wif-writer", false, false },
		{ "/wif-writer/../x", "/wif-writer", false, false },
		{ ".", "/wif-writer", true, false },
		{ "..", "/wif-writer", true, false },
		{ "/x/..", "/wif-writer", true, false },
		{ "var/run/secrets/anthropic.com", PATH_CREDENTIALS, true, true },
		{ "/var/run/secrets/./anthropic.com", PATH_CREDENTIALS, true, true },
		{ "/var//run/secrets/anthropic.com/x", PATH_CREDENTIALS, true, true },
		{ "/var/run/secrets", PATH_CREDENTIALS, true, false },
		{ "/var/run/secrets/anthropic.com/..", PATH_CREDENTIALS, true, false },
		{ "/var/run/secrets///////////////////", PATH_CREDENTIALS, true, false },
		{ "/var/run/secrets/anthropic.co", PATH_CREDENTIALS, false, false },
		{ "/var/run/secrets/anthropic.com2", PATH_CREDENTIALS, false, false },
		/* /var/run is a link to /run in most images */
		{ "/run/secrets/anthropic.com", PATH_CREDENTIALS, true, true },
		{ "run/secrets/anthropic.com/x", PATH_CREDENTIALS, true, true },
		{ "/run", PATH_CREDENTIALS, true, false },
		{ "/run/secrets/other", PATH_CREDENTIALS, false, false },
		{ "/run/wif-writer", "/wif-writer", false, false },
		/* no system takes these */
		{ "\\u0000", "/wif-writer", true, true },
	};
	char text[6000], path[5000];

	for (size_t i = 0; i < COUNTOF(rows); i++) {
		AUTO(jsonspan) struct jsonspan j = { .n = 0 };

		parse_path(&j, rows[i].path, text);
		cr_expect(same_path_meets(&j, 0, rows[i].base) == rows[i].meets, "'%s' %s",
			  rows[i].path, rows[i].base);
		cr_expect(same_path_within(&j, 0, rows[i].base) == rows[i].within, "'%s' %s",
			  rows[i].path, rows[i].base);
	}
	for (int n = 4000; n < 4200; n++) {
		AUTO(jsonspan) struct jsonspan j = { .n = 0 };

		memset(path, '/', (size_t)n);
		strcpy(path + n, "wif-writer");
		parse_path(&j, path, text);
		cr_expect(same_path_meets(&j, 0, "/wif-writer"), "%d slashes", n);
		cr_expect(same_path_within(&j, 0, "/wif-writer"), "%d slashes", n);
	}
	NO_LEAKS();
}
