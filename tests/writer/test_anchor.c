/* SPDX-License-Identifier: Apache-2.0 */
/* Which directories count as replaced. That a writer ends then, program.sh shows under Landlock. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/leaks.h"
#include "tests/support/scratch.h"
#include "writer/anchor.h"

static void make(const struct scratch *s, struct options *o)
{
	static char in[256], out[256];

	scratch_mkdir(s, "in");
	scratch_mkdir(s, "out");
	(void)snprintf(in, sizeof(in), "%s/token", scratch_path(s, "in"));
	(void)snprintf(out, sizeof(out), "%s", scratch_path(s, "out"));
	*o = (struct options){ .source = SOURCE_FILE, .assertions = in, .output = out };
}

Test(anchor, tells_a_replaced_directory_from_one_that_is_gone)
{
	static const char *const places[] = { "in", "out" };

	for (size_t i = 0; i < COUNTOF(places); i++) {
		AUTO(scratch) struct scratch s = scratch_new();
		struct sys sys = sys_real();
		struct err e = { 0 };
		struct options o;
		struct anchor a;

		make(&s, &o);
		anchor_init(&a);
		cr_expect(eq(int, anchor_check(&a, &sys, &o, &e), 0), "nothing is held");
		anchor_drop(&a, &sys, &o);
		scratch_write(&s, "in/token", "x", 0600);
		cr_expect(eq(int, anchor_check(&a, &sys, &o, &e), 0), "%s", places[i]);
		if (i == 0)
			cr_assert(unlink(scratch_path(&s, "in/token")) == 0);
		cr_assert(rmdir(scratch_path(&s, places[i])) == 0);
		cr_expect(eq(int, anchor_check(&a, &sys, &o, &e), 0), "%s is gone", places[i]);
		scratch_mkdir(&s, places[i]);
		cr_expect(eq(int, anchor_check(&a, &sys, &o, &e), -1), "%s", places[i]);
		cr_expect(eq(int, err_exit(&e), 111));
		cr_expect(strstr(e.msg, scratch_path(&s, places[i])) != NULL, "%s", e.msg);
		anchor_fini(&a);
	}
	NO_LEAKS();
}
