/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INJECT_NAMELIST_H
#define INJECT_NAMELIST_H

/* A comma-separated list of container names, as an annotation says it: "app, worker". */

#include <stdbool.h>

#define NAMELIST_NAME 72 /* bytes; longer than a container's name can be */

/* Is each item of LIST there? */
bool namelist_ok(const char *list);

/*
 * Take the next name off *LIST into NAME, without the blanks around it; a longer
 * one is cut, and no container has it. False at the end.
 */
bool namelist_next(const char **list, char name[NAMELIST_NAME]);

/* Is NAME one of LIST's? */
bool namelist_has(const char *list, const char *name);

#endif
