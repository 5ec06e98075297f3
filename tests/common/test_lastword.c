/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

#include "common/lastword.h"

Test(lastword, each_is_read_as_it_is_written)
{
	char line[128];

	for (enum lastword word = 0; word < LASTWORDS; word++) {
		(void)snprintf(line, sizeof(line), "%s: why", lastword_text(word));
		cr_expect(eq(int, (int)lastword_of(line), (int)word));
	}
}

Test(lastword, no_other_text_is_one)
{
	static const char *const rows[] = {
		"", ":", ": WriterDenied: x", "WriterDenied", "WriterDenied x: y", "writerDenied: x",
		"Writer: x", "WriterDeniedX: y", " WriterDenied: x", "WriterDenied\n: x",
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		cr_expect(lastword_of(rows[i]) == LASTWORDS, "%s", rows[i]);
}
