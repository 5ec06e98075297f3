/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/seen.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>

#include "tests/support/leaks.h"

Test(seen, keeps_a_key_until_its_time_and_no_longer)
{
	struct seen s = { .n = 0 };

	cr_expect(not(seen_has(&s, "a", 0)));
	cr_expect(seen_add(&s, "a", 100, 0));
	cr_expect(seen_has(&s, "a", 100));
	cr_expect(not(seen_has(&s, "a", 101)));
	cr_expect(not(seen_has(&s, "b", 0)));
	cr_expect(eq(sz, seen_count(&s, 100), 1));
	cr_expect(eq(sz, seen_count(&s, 101), 0));
	seen_fini(&s);
	NO_LEAKS();
}

Test(seen, the_later_time_of_two_wins)
{
	struct seen s = { .n = 0 };

	cr_expect(seen_add(&s, "a", 100, 0) && seen_add(&s, "a", 50, 0));
	cr_expect(seen_has(&s, "a", 100));
	cr_expect(seen_add(&s, "a", 200, 0));
	cr_expect(seen_has(&s, "a", 200));
	cr_expect(eq(sz, seen_count(&s, 0), 1));
	seen_fini(&s);
}

Test(seen, finds_each_of_many_and_nothing_else)
{
	struct seen s = { .n = 0 };
	char key[32];

	for (int i = 0; i < 20000; i++) {
		(void)snprintf(key, sizeof(key), "key-%d", i);
		cr_assert(seen_add(&s, key, 1000, 0));
	}
	for (int i = 0; i < 40000; i++) {
		(void)snprintf(key, sizeof(key), "key-%d", i);
		cr_assert(eq(int, seen_has(&s, key, 0), i < 20000), "%s", key);
	}
	seen_fini(&s);
	NO_LEAKS();
}

Test(seen, does_not_grow_with_what_has_ended)
{
	struct seen s = { .n = 0 };
	char key[32];

	for (int i = 0; i < 200000; i++) { /* ten alive at any time */
		(void)snprintf(key, sizeof(key), "key-%d", i);
		cr_assert(seen_add(&s, key, i + 10, i));
		cr_assert(seen_has(&s, key, i));
	}
	cr_expect(le(sz, s.cap, 256));
	seen_fini(&s);
	NO_LEAKS();
}
