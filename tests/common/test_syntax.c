/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "common/attr.h"
#include "common/syntax.h"
#include "tests/support/text.h"

#define TEN "0123456789"
#define SIXTY TEN TEN TEN TEN TEN TEN

Test(syntax, uuid)
{
	static const char *const bad[] = {
		"", "00000000", "00000000-0000-0000-0000-00000000000",
		"00000000-0000-0000-0000-0000000000000", "00000000-0000-0000-0000-00000000000g",
		"00000000 0000-0000-0000-000000000000", "{00000000-0000-0000-0000-000000000000}",
		"000000000000-0000-0000-0000-00000000", "00000000-0000-0000-0000-000000000000 ",
	};

	cr_expect(syntax_uuid("00000000-0000-0000-0000-000000000000"));
	cr_expect(syntax_uuid("5F2d7c1e-89ab-4cde-8f01-23456789abcd"));
	for (size_t i = 0; i < COUNTOF(bad); i++)
		cr_expect(not(syntax_uuid(bad[i])), "%s", bad[i]);
}

Test(syntax, id)
{
	cr_expect(syntax_id("fdrl_a", "fdrl_"));
	cr_expect(syntax_id("fdrl_A-z_09", "fdrl_"));
	cr_expect(syntax_id("fdrl_" SIXTY SIXTY "12345678", "fdrl_"), "128 after the prefix");
	cr_expect(not(syntax_id("fdrl_" SIXTY SIXTY "123456789", "fdrl_")));
	cr_expect(not(syntax_id("fdrl_", "fdrl_")));
	cr_expect(not(syntax_id("FDRL_a", "fdrl_")));
	cr_expect(not(syntax_id("svac_a", "fdrl_")));
	cr_expect(not(syntax_id("fdrl_a b", "fdrl_")));
	cr_expect(not(syntax_id("fdrl_a\n", "fdrl_")));
	cr_expect(not(syntax_id("", "fdrl_")));
}

Test(syntax, label_and_subdomain)
{
	cr_expect(syntax_label("a"));
	cr_expect(syntax_label("0-a"));
	cr_expect(syntax_label(SIXTY "123"));
	cr_expect(not(syntax_label(SIXTY "1234")));
	cr_expect(not(syntax_label("")));
	cr_expect(not(syntax_label("a.b")));
	cr_expect(not(syntax_label("a-")));
	cr_expect(syntax_subdomain("a.b-c.0"));
	cr_expect(not(syntax_subdomain("a.")));
	cr_expect(not(syntax_subdomain("a..b")));
	cr_expect(not(syntax_subdomain("a.-b")));
	cr_expect(syntax_subdomain(SIXTY "." SIXTY "." SIXTY "." SIXTY ".123456789"));
	cr_expect(not(syntax_subdomain(SIXTY "." SIXTY "." SIXTY "." SIXTY ".1234567890")));
}

static const struct {
	const char *text;
	int64_t milli; /* -1: refused */
} quantities[] = {
	{ "0", 0 },	     { "1", 1000 },	  { "+1", 1000 },      { "1m", 1 },
	{ "0.3", 300 },	     { ".5", 500 },	  { "5.", 5000 },      { "1u", 1 },
	{ "1n", 1 },	     { "1001u", 2 },	  { "8Mi", 8388608000 }, { "1.5Gi", 1610612736000 },
	{ "1k", 1000000 },   { "2E3", 2000000 },  { "2e-3", 2 },       { "1e+2", 100000 },
	{ "9Pi", -1 },	     { "1E", -1 },	  { "", -1 },	       { ".", -1 },
	{ "-1", -1 },	     { "1.2.3", -1 },	  { "1K", -1 },	       { "1mi", -1 },
	{ "1 m", -1 },	     { "m", -1 },	  { "1e", -1 },	       { "1e-", -1 },
	{ "1e999", -1 },     { "0x10", -1 },	  { "1234567890123456", -1 },
	{ "inf", -1 },	     { "nan", -1 },
};

Test(syntax, quantity)
{
	for (size_t i = 0; i < COUNTOF(quantities); i++) {
		int64_t milli = -1;

		cr_expect(eq(int, syntax_quantity(quantities[i].text, &milli),
			     quantities[i].milli >= 0), "%s", quantities[i].text);
		cr_expect(eq(i64, milli, quantities[i].milli), "%s", quantities[i].text);
	}
	cr_expect(syntax_quantity("1", NULL));
}

Test(syntax, nearest_finds_slips_and_nothing_far)
{
	static const char *const words[] = { "inject", "mode", "federation", "federation-rule" };
	static const struct {
		const char *slip, *want;
	} rows[] = {
		{ "injct", "inject" },		{ "INJECT", "inject" },
		{ "injection", NULL },		{ "mod", "mode" },
		{ "federationrule", "federation-rule" }, { "federatoin", "federation" },
		{ "xyz", NULL },		{ "", NULL },
		{ SIXTY "1234", NULL },
	};

	for (size_t i = 0; i < COUNTOF(rows); i++) {
		const char *got = syntax_nearest(rows[i].slip, words, COUNTOF(words));

		cr_expect(eq(int,
			     got &&rows[i].want ? strcmp(got, rows[i].want) : got != rows[i].want,
			     0),
			  "%s: %s", rows[i].slip, got ? got : "none");
	}
}
