/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_INJECT_COVERAGE_H
#define TESTS_INJECT_COVERAGE_H

/*
 * The case that is closest to one which gives the reason CODE, and does not: a
 * pod that is accepted where the other is refused, or not warned where it is.
 * NULL when there is none.
 */
const char *coverage_near(const char *code);

#endif
