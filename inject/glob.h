/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INJECT_GLOB_H
#define INJECT_GLOB_H

#include <stdbool.h>

/*
 * Does all of TEXT match PATTERN, in which '*' stands for any characters, also
 * none, and every other character for itself? At most strlen(PATTERN) *
 * strlen(TEXT) steps, whatever the pattern: only the last '*' is ever retried.
 */
bool glob_match(const char *pattern, const char *text);

#endif
