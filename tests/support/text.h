/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_TEXT_H
#define TESTS_SUPPORT_TEXT_H

/*
 * Criterion's `str` is char *, and this tree keeps string literals const.
 * TEXT("x") is the literal as Criterion takes it; nothing is written through it.
 */

#include <stdint.h>

#define TEXT(s) ((char *)(uintptr_t)(const char *)(s))

#endif
