/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INJECT_VARS_H
#define INJECT_VARS_H

/* The environment that consumers get. Source: contract.md §3. */

#include "inject/job.h"

#define VARS_MAX 8

struct var {
	const char *name, *value; /* borrowed from the wish, the settings or static */
};

/* Fill OUT for the wished mode; returns how many. */
size_t vars_consumer(const struct wish *w, struct var out[VARS_MAX]);

/* The variable by which CONTAINER chooses an SDK profile of its own, or NULL. */
const char *vars_own_profile(const struct pod *p, const struct container *c);

#endif
