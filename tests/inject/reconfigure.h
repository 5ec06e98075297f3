/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_INJECT_RECONFIGURE_H
#define TESTS_INJECT_RECONFIGURE_H

/* A changed config on its way to all replicas: one has answered with BEFORE, another with NOW. */

#include <jansson.h>

#include "inject/inject.h"
#include "tests/inject/golden.h"

/*
 * Where both configs would inject into POD: what BEFORE made of it, NOW must make
 * exactly what it makes of POD itself, and what holds of every answer must hold of
 * that (properties.h); also of what an API server gives back of it, which NOW must
 * not refuse either. Where the configs have hashes of their own and POD looks injected
 * from the start, only what holds of every answer must. AROUND may be NULL.
 *
 * tried  set when both inject; may be NULL.
 *
 * Returns NULL, or what does not hold, which the caller frees.
 */
char *reconfigure_fault(const json_t *pod, const struct settings *before,
			const struct settings *now, struct golden_around *around, bool *tried);

/*
 * The same where another webhook has its say in between: it adds variables and mounts
 * to all containers, and a container of its own that comes first. What NOW makes of
 * that must be what it makes of POD with those, up to the order within lists. Always
 * NULL where POD looks injected from the start.
 */
char *reconfigure_meddled_fault(const json_t *pod, const struct settings *before,
				const struct settings *now, struct golden_around *around);

#endif
