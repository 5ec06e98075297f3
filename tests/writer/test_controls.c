/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Negative controls: the counters that stay at zero in the torture run do count
 * when the mechanism they stand for is taken away.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/writer/heap.h"
#include "tests/writer/pod.h"

enum control { CONTROL_NONE, CONTROL_NO_LEDGER, CONTROL_TRUNCATE };

struct counts {
	unsigned points, replays, torn;
};

/* A first credential, killed after each of the first MOST calls in turn, then restarted. */
static struct counts kill_everywhere(enum control c, unsigned most)
{
	struct counts sum = { 0 };
	bool hit = true;

	for (unsigned n = 1; hit && n <= most; n++) {
		struct fake_world *w = fake_world_new(6, 1200, 600);
		struct options o = pod_options(w);

		w->sys->lose_ledger = c == CONTROL_NO_LEDGER;
		w->sys->truncate_rename = c == CONTROL_TRUNCATE;
		w->sys->kill.nth = n;
		w->sys->kill.after = true;
		(void)pod_live(w, &o, 60);
		hit = w->sys->kill.hit;
		sum.points += hit;
		sum.replays += w->replays;
		sum.torn += w->torn;
		fake_world_free(w);
	}
	return sum;
}

Test(controls, with_ledger_and_rename_nothing_is_replayed_or_torn)
{
	struct counts c = kill_everywhere(CONTROL_NONE, UINT_MAX);

	cr_expect(c.points > 100);
	cr_expect(eq(u32, c.replays, 0));
	cr_expect(eq(u32, c.torn, 0));
}

Test(controls, without_the_ledger_assertions_are_replayed)
{
	struct counts c = kill_everywhere(CONTROL_NO_LEDGER, UINT_MAX);

	printf("control: no ledger: %u points, replays %u\n", c.points, c.replays);
	cr_expect(c.replays > 0);
}

Test(controls, with_truncation_for_rename_readers_see_torn_files)
{
	struct counts c = kill_everywhere(CONTROL_TRUNCATE, 100);

	printf("control: truncation for rename: %u points, torn reads %u\n", c.points, c.torn);
	cr_expect(c.torn > 0);
}

#ifndef __SANITIZE_ADDRESS__ /* it counts blocks itself, and has its own word for leaks */
Test(controls, a_block_that_is_not_freed_shows)
{
	long before = heap_blocks();
	void *volatile p = malloc(1);

	cr_expect(eq(long, heap_blocks(), before + 1));
	free(p);
	cr_expect(eq(long, heap_blocks(), before));
}
#endif
