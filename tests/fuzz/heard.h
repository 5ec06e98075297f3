/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FUZZ_HEARD_H
#define TESTS_FUZZ_HEARD_H

#include <stddef.h>

/*
 * The writer's word for the result of the answer TEXT, or NULL when the writer
 * takes it for damaged. Apart, since both programs call their type struct answer.
 */
const char *heard_result(const char *text, size_t len);

#endif
