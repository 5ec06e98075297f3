/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_SKIP_H
#define TESTS_SUPPORT_SKIP_H

#include <criterion/criterion.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* End the test as skipped; tests/run shows WHAT, "SUITE/TEST: WHY". Criterion alone says nothing. */
#define SKIP(what)                                                                                 \
	do {                                                                                       \
		(void)fprintf(stderr, "skipped: %s\n", what);                                      \
		cr_skip_test(what);                                                                \
	} while (0)

/* Of the kernel, not of the code under test. Source: landlock_create_ruleset(2), PR_GET_SECCOMP(2const). */
static inline bool skip_has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0, 1) >= 1; /* its version */
}

static inline bool skip_has_seccomp(void)
{
	return prctl(PR_GET_SECCOMP) >= 0;
}

#endif
