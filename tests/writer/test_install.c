/* SPDX-License-Identifier: Apache-2.0 */
/* `install` on the real file system. program.sh runs what it copied. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

#include "tests/support/leaks.h"
#include "tests/support/scratch.h"
#include "tests/support/text.h"
#include "writer/install.h"

/* Each copy that a killed one leaves is megabytes in a volume of 16Mi. */
Test(install, removes_what_a_killed_one_left_and_nothing_else)
{
	static const char *const torn[] = { "to/.wif-writer.0123456789abcdef",
					    "to/.wif-writer.fedcba9876543210",
					    "to/.wif-exchange.0000000000000000",
					    "to/.ca-bundle.pem.00000000000000ff" };
	AUTO(scratch) struct scratch s = scratch_new();
	struct sys sys = sys_real();
	struct options o = { 0 };
	struct err e = { 0 };
	char text[16];

	scratch_write(&s, "program", "new", 0755);
	scratch_write(&s, "to/wif-writer", "old", 0111);
	scratch_write(&s, "to/.wif-writer.0123", "not ours", 0600);
	scratch_write(&s, "to/.bash.0123456789abcdef", "not ours", 0600);
	for (size_t i = 0; i < COUNTOF(torn); i++)
		scratch_write(&s, torn[i], "torn", 0600);
	o.install_dir = scratch_path(&s, "to");
	(void)snprintf(o.program, sizeof(o.program), "%s", scratch_path(&s, "program"));
	o.exchange = o.ca_bundle = o.program;
	cr_assert(install_run(&sys, &o, &e) == 0, "%s", e.msg);
	for (size_t i = 0; i < COUNTOF(torn); i++)
		cr_expect(eq(int, scratch_mode(&s, torn[i]), -1), "%s", torn[i]);
	cr_expect(eq(u32, scratch_count(&s, "to", ""), 5));
	cr_expect(eq(int, scratch_mode(&s, "to/wif-writer"), 0111));
	cr_expect(eq(str, TEXT(scratch_read(&s, "to/ca-bundle.pem", text, sizeof(text))),
		     TEXT("new")));
	NO_LEAKS();
}
