/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INJECT_PLAN_H
#define INJECT_PLAN_H

/* The supply of assertions: how many, how long each lives, and which expirations are free. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLAN_EXPIRATION_MIN 600	 /* s; Kubernetes grants no less */
#define PLAN_EXPIRATION_MAX 3600 /* s; the endpoint refuses exp - iat above it */
#define PLAN_LIFETIME 600	 /* s; what a rule of unknown lifetime is taken for */

struct plan {
	int expiration_s;
	int assertions;
	bool is_short; /* fewer assertions than the lifetime needs with one to spare */
};

/*
 * E = 2L within 600..3600, and N = ceil((0.8 E + 90) / (0.45 min(L, 2E))) + 2:
 * the kubelet brings a new token every 0.8 E to 0.8 E + 90 s, and the writer
 * spends one every 0.45 L.
 *
 * lifetime_s    the rule's token lifetime; 0: unknown.
 * expiration_s  replaces E; 0: planned.
 * assertions    replaces N; 0: planned.
 * Source        design.md §6, Supply; contract.md §1 and §2.
 */
struct plan plan_supply(int lifetime_s, int expiration_s, int assertions);

/* The expirations in use for one audience within a pod; begin with all zero. */
struct plan_used {
	uint64_t bits[PLAN_EXPIRATION_MAX / 64 + 1];
};

void plan_use(struct plan_used *used, int64_t expiration_s);

/*
 * Choose N expirations that are not in USED, near E_S and the same each time,
 * and mark them. False, and none is marked, when fewer are left.
 */
bool plan_pick(struct plan_used *used, int e_s, int n, int *out);

#endif
