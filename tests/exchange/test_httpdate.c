/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "common/attr.h"
#include "exchange/httpdate.h"

static const struct {
	const char *text;
	int64_t want; /* -1: no date */
} dates[] = {
	{ "Sun, 06 Nov 1994 08:49:37 GMT", 784111777 },
	{ "Thu, 01 Jan 1970 00:00:00 GMT", 0 },
	{ "Thu, 29 Feb 2024 23:59:59 GMT", 1709251199 },
	{ "Sun, 22 Nov 2026 19:00:00 GMT", 1795374000 },
	{ "Fri, 31 Dec 9999 23:59:59 GMT", 253402300799 },
	{ "", -1 },
	{ "Sunday, 06-Nov-94 08:49:37 GMT", -1 }, /* obsolete forms: no sender may make them */
	{ "Sun Nov  6 08:49:37 1994", -1 },
	{ "Sun, 06 Nov 1994 08:49:37 UTC", -1 },
	{ "Sun, 06 Nov 1994 08:49:37 GMT ", -1 },
	{ "Sun, 6 Nov 1994 08:49:37 GMT", -1 },
	{ "Xxx, 06 Nov 1994 08:49:37 GMT", -1 },
	{ "Sun, 06 Xxx 1994 08:49:37 GMT", -1 },
	{ "Sun, 06 anF 1994 08:49:37 GMT", -1 },
	{ "Thu, 30 Feb 2023 00:00:00 GMT", -1 },
	{ "Thu, 00 Jan 2023 00:00:00 GMT", -1 },
	{ "Thu, 99 Jan 2023 00:00:00 GMT", -1 },
	{ "Thu, 01 Jan 2023 24:00:00 GMT", -1 },
	{ "Thu, 01 Jan 2023 23:60:00 GMT", -1 },
	{ "Thu, 01 Jan 1969 00:00:00 GMT", -1 },
	{ "Thu, 01 Jan -023 00:00:00 GMT", -1 },
};

Test(httpdate, takes_the_fixed_form_and_nothing_else)
{
	for (size_t i = 0; i < COUNTOF(dates); i++) {
		int64_t got = -1;

		cr_expect(eq(int, httpdate_parse(dates[i].text, &got), dates[i].want >= 0), "%s",
			  dates[i].text);
		cr_expect(eq(i64, got, dates[i].want), "%s", dates[i].text);
	}
}
