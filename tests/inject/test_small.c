/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "inject/annot.h"
#include "inject/glob.h"
#include "inject/namelist.h"
#include "inject/plan.h"
#include "inject/reasons.h"
#include "tests/support/leaks.h"
#include "tests/support/text.h"

Test(glob, a_star_stands_for_anything)
{
	static const struct {
		const char *pattern, *text;
		bool want;
	} rows[] = {
		{ "", "", true },
		{ "", "a", false },
		{ "*", "", true },
		{ "*", "anything", true },
		{ "a", "a", true },
		{ "a", "ab", false },
		{ "a*", "a", true },
		{ "a*", "abc", true },
		{ "*c", "abc", true },
		{ "*c", "abcd", false },
		{ "a*c", "ac", true },
		{ "a*c", "abcbc", true },
		{ "a*b*c", "aXbXbYc", true },
		{ "a*b*c", "acb", false },
		{ "**", "x", true },
		{ "istio-*", "istio", false },
		{ "a?", "ab", false },
		{ "a?", "a?", true },
		{ "team-[ab]", "team-a", false },
	};

	for (size_t i = 0; i < COUNTOF(rows); i++)
		cr_expect(eq(int, glob_match(rows[i].pattern, rows[i].text), rows[i].want), "%s %s",
			  rows[i].pattern, rows[i].text);
}

Test(glob, many_stars_cost_no_more_than_pattern_times_text)
{
	char pattern[2001], text[10001];

	/* Backtracking over a thousand stars would not end in this universe. */
	for (size_t i = 0; i < 1000; i++)
		memcpy(pattern + 2 * i, "a*", 2);
	strcpy(pattern + 1999, "b");
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	cr_expect(not(glob_match(pattern, text)));
}

Test(namelist, takes_names_trimmed_and_wants_each_there)
{
	static const char *const bad[] = { "", " ", ",", "a,", ",a", "a,,b", "a, ,b" };
	static const char *const good[] = { "a", " a ", "a,b", "a ,\tb" };
	const char *list = " app , worker,x";
	char name[NAMELIST_NAME];

	for (size_t i = 0; i < COUNTOF(bad); i++)
		cr_expect(not(namelist_ok(bad[i])), "'%s'", bad[i]);
	for (size_t i = 0; i < COUNTOF(good); i++)
		cr_expect(namelist_ok(good[i]), "'%s'", good[i]);
	cr_assert(namelist_next(&list, name));
	cr_expect(eq(str, name, TEXT("app")));
	cr_assert(namelist_next(&list, name));
	cr_expect(eq(str, name, TEXT("worker")));
	cr_assert(namelist_next(&list, name));
	cr_expect(not(namelist_next(&list, name)));
	cr_expect(namelist_has("a, bc", "bc"));
	cr_expect(not(namelist_has("a, bcd", "bc")));
}

Test(plan, supply_follows_the_lifetime)
{
	static const struct {
		int lifetime_s, expiration_s, assertions, want_e, want_n;
		bool want_short;
	} rows[] = {
		/* design.md §6: L 180: 10, 600: 6, 3600: 4; unknown is 600 */
		{ 180, 0, 0, 600, 10, false },	   { 600, 0, 0, 1200, 6, false },
		{ 3600, 0, 0, 3600, 4, false },	   { 0, 0, 0, 1200, 6, false },
		{ 1200, 0, 0, 2400, 6, false },	   { 86400, 0, 0, 3600, 3, false },
		{ 600, 3600, 0, 3600, 12, false }, { 180, 3600, 0, 3600, 12, true },
		{ 600, 0, 9, 1200, 9, false },	   { 600, 0, 1, 1200, 1, true },
		{ 600, 0, 5, 1200, 5, false },
	};

	for (size_t i = 0; i < COUNTOF(rows); i++) {
		struct plan p =
			plan_supply(rows[i].lifetime_s, rows[i].expiration_s, rows[i].assertions);

		cr_expect(eq(int, p.expiration_s, rows[i].want_e), "row %zu", i);
		cr_expect(eq(int, p.assertions, rows[i].want_n), "row %zu", i);
		cr_expect(eq(int, p.is_short, rows[i].want_short), "row %zu", i);
	}
}

Test(plan, picks_each_expiration_once_and_none_that_is_in_use)
{
	struct plan_used used = { { 0 } };
	int out[3];

	plan_use(&used, 3600);
	plan_use(&used, 3598);
	plan_use(&used, 1L << 40); /* another's nonsense does not matter */
	plan_use(&used, -1);
	cr_assert(plan_pick(&used, 3600, 3, out));
	cr_expect(out[0] == 3599 && out[1] == 3597 && out[2] == 3596);
	cr_assert(plan_pick(&used, 600, 2, out));
	cr_expect(out[0] == 600 && out[1] == 601);
	cr_assert(plan_pick(&used, 3598, 1, out));
	cr_expect(eq(int, out[0], 3595));
}

Test(plan, says_when_no_expiration_is_left)
{
	struct plan_used used = { { 0 } };
	int out[3];

	for (int s = PLAN_EXPIRATION_MIN; s <= PLAN_EXPIRATION_MAX - 2; s++)
		plan_use(&used, s);
	cr_expect(not(plan_pick(&used, 1200, 3, out)));
	cr_assert(plan_pick(&used, 1200, 2, out));
	cr_expect(out[0] == 3599 && out[1] == 3600);
	cr_expect(not(plan_pick(&used, 1200, 1, out)));
}

Test(reasons, codes_are_words_and_texts_have_their_arguments)
{
	for (enum reason r = 0; r < REASONS; r++) {
		const struct reason_row *row = reason_row(r);
		const char *gap = row->text;

		cr_assert(row->code && row->text && row->about && row->fix, "reason %d", (int)r);
		cr_expect(row->code[0] >= 'A' && row->code[0] <= 'Z', "%s", row->code);
		cr_expect(
			strspn(row->code, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") ==
				strlen(row->code),
			"%s", row->code);
		while ((gap = strchr(gap, '%')) && gap++)
			cr_expect(gap[0] >= '1' && gap[0] <= '4', "%s: %s", row->code, row->text);
		/* A warning must leave room for what it is about. */
		cr_expect(row->kind != REASON_WARN || strlen(row->text) <= 100, "%s", row->code);
	}
}

/* The table's own words, or those of the argument that they quote, say what to do. */
Test(reasons, what_a_user_meets_says_how_to_fix_it)
{
	static const enum reason by_argument[] = { REASON_BAD_VALUE, REASON_OVERRIDDEN,
						   REASON_UNKNOWN_KEY_NEAR, REASON_WRONG_OBJECT,
						   REASON_WOULD_DENY };

	for (enum reason r = 0; r < REASONS; r++) {
		const struct reason_row *row = reason_row(r);
		bool says = strstr(row->text, "; ") != NULL;

		if (row->kind == REASON_PASS)
			continue;
		for (size_t i = 0; i < COUNTOF(by_argument); i++)
			says = says || by_argument[i] == r;
		cr_expect(says, "%s: %s", row->code, row->text);
		cr_expect(strlen(row->fix) > 10, "%s: what to do, for the docs", row->code);
	}
}

Test(reasons, what_an_annotation_may_not_say_comes_with_what_it_may)
{
	/* Also of the empty one, for which a text that is too long is taken. */
	static const char *const bad[] = { "", "\x7f" };

	for (enum annot a = 0; a < ANNOTS; a++)
		for (size_t i = 0; annot_row(a)->check && i < COUNTOF(bad); i++) {
			const char *fault = annot_row(a)->check(bad[i]);

			cr_assert(fault != NULL, "%s takes '%s'", annot_row(a)->name, bad[i]);
			cr_expect(strstr(fault, "; use ") != NULL, "%s: %s", annot_row(a)->name,
				  fault);
		}
}

Test(reasons, long_arguments_are_cut_between_characters)
{
	const char *const args[] = { "app",
				     "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
				     "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\n\x7f",
				     NULL };
	AUTO(buf) struct buf out = { .max = 200 };

	reason_text(REASON_OWN_PROFILE, args, 200, &out);
	cr_expect(eq(str, out.data,
		     TEXT("container app sets \xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
			  "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9?? "
			  "itself and gets no Claude credentials; unset it to get them")));
	buf_reset(&out);
	reason_text(REASON_OWN_PROFILE, args, 87, &out);
	cr_expect(out.len <= 87);
	cr_expect(eq(str, out.data,
		     TEXT("container app sets \xc3\xa9\xc3\xa9\xe2\x80\xa6 "
			  "itself and gets no Claude credentials; unset it to get them")));
	buf_fini(&out);
	NO_LEAKS();
}

Test(reasons, no_text_has_what_terminals_obey_or_warnings_may_not_hold)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "", "" },
		{ "a\x1b[2J\x7f b", "a?[2J? b" },
		{ "\xc2\x80|\xc2\x85|\xc2\x9b" "2J|\xc2\x9f", "?|?|?2J|?" },
		{ "\xc2\xa0|\xc2\xbf|\xc3\x80|\xe0\xa2\x80",
		  "\xc2\xa0|\xc2\xbf|\xc3\x80|\xe0\xa2\x80" },
		{ "\xe2\x80\xa8|\xe2\x80\xa9|\xe2\x80\xaa|\xe2\x80\xae", "?|?|?|?" },
		{ "\xe2\x80\xa7|\xe2\x80\xaf|\xe2\x80\xa6",
		  "\xe2\x80\xa7|\xe2\x80\xaf|\xe2\x80\xa6" },
		{ "\xe2\x81\xa6|\xe2\x81\xa9", "?|?" },
		{ "\xe2\x81\xa5|\xe2\x81\xaa", "\xe2\x81\xa5|\xe2\x81\xaa" },
		{ "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80" },
	};

	for (size_t i = 0; i < COUNTOF(rows); i++) {
		const char *const args[] = { "app", rows[i].text, NULL };
		AUTO(buf) struct buf out = { .max = 200 };
		char want[200];

		reason_text(REASON_OWN_PROFILE, args, 200, &out);
		(void)snprintf(want, sizeof(want),
			       "container app sets %s itself and gets no Claude credentials; "
			       "unset it to get them",
			       rows[i].want);
		cr_expect(eq(str, out.data, want), "row %zu", i);
	}
	NO_LEAKS();
}

/* However short it is cut, no half of a character is left. */
Test(reasons, a_control_character_is_cut_as_any_other)
{
	const char *const args[] = { "app", "x\xc2\x9b\xc2\x9b\xc2\x9b\xc2\x9b\xc2\x9b", NULL };

	for (size_t max = 76; max < 100; max++) {
		AUTO(buf) struct buf out = { .max = 200 };

		reason_text(REASON_OWN_PROFILE, args, max, &out);
		cr_expect(strpbrk(out.data, "\xc2\x9b") == NULL, "%zu: %s", max, out.data);
	}
	NO_LEAKS();
}
