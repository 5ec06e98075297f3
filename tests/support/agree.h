/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_AGREE_H
#define TESTS_SUPPORT_AGREE_H

/*
 * Do jsonspan and jansson say the same about a text? Left out are jansson's own
 * limits: numbers that C types cannot hold, and NULs in keys.
 */

#include <stdbool.h>
#include <stddef.h>

/*
 * Parse LEN bytes of TEXT by both: the same verdict, and then the same values.
 *
 * accepted  whether jsonspan takes it.
 * Returns NULL, or what they differ in, a literal.
 */
const char *agree_fault(const char *text, size_t len, bool *accepted);

#endif
