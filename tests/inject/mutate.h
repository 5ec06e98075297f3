/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_INJECT_MUTATE_H
#define TESTS_INJECT_MUTATE_H

/* JSON changed at random, so that most of it stays a pod. */

#include <jansson.h>
#include <stdint.h>

/* The next number of a sequence that STATE, not 0, alone decides (xorshift64*). */
uint64_t mutate_chance(uint64_t *state);

/*
 * Change one thing in POD: a value replaced by one of another kind or by a part
 * of DONOR, a member or an element taken out, an element added.
 */
void mutate_json(json_t *pod, json_t *donor, uint64_t *state);

#endif
