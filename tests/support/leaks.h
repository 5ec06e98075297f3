/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_LEAKS_H
#define TESTS_SUPPORT_LEAKS_H

/*
 * Criterion's workers exit without LeakSanitizer's report, and a failure in
 * .fini does not fail a test: end bodies with NO_LEAKS(), after the guards'
 * work is done by hand. Without the sanitizer it is nothing.
 */

#include <criterion/criterion.h>

extern int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

#define NO_LEAKS()                                                                                 \
	do {                                                                                       \
		if (__lsan_do_recoverable_leak_check)                                              \
			cr_assert(__lsan_do_recoverable_leak_check() == 0, "leak");                \
	} while (0)

#endif
