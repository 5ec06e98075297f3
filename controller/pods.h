/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTROLLER_PODS_H
#define CONTROLLER_PODS_H

/*
 * How far each namespace is on its way: what its live pods have to do with us, as figures.
 * Of a pod a few letters are kept (pods_reduce), which mean something together with the config
 * in force and the label of its namespace (pods_count), and a mark for each bad end of its
 * writers (ends.h).
 *
 * Nothing is decided by these: a pod's author may write into the pod what they like.
 */

#include <stddef.h>
#include <stdint.h>

#include "controller/store.h"

/* A pod is in the first of these that fits; most pods are in none. */
enum pods_state {
	PODS_FAILING,	 /* injected; its writer has ended with an error and is not back yet */
	PODS_OUTDATED,	 /* injected by another config than the one in force */
	PODS_SHADOWED,	 /* injected, and a consumer has a static key, which outranks it */
	PODS_INJECTED,
	PODS_MISSING,	 /* asks, or its namespace does for it, and it is not injected */
	PODS_STATIC_KEY, /* does not ask, and has a static key */
	PODS_STATES
};

/* "failing", "outdated", … */
const char *pods_state_name(enum pods_state state);

struct json_t; /* of jansson */

/*
 * What is kept of POD into *OUT, for the caller to free, and behind a newline its news, for
 * ends_take to cut off; NULL: it has nothing to do with us. Pure. -1 without memory.
 *
 * Source  core/v1 Pod, ContainerStatus; kubelet's annotation kubernetes.io/config.mirror.
 */
int pods_reduce(const struct json_t *pod, const char *prefix, char **out) MUST_CHECK;

struct pods_row {
	char namespace_[64];
	uint32_t n[PODS_STATES];
};

struct pods_rows {
	struct pods_row *list; /* owned; by namespace, each with a pod in it */
	size_t n;
};

/*
 * Count the pods in STORE by keys under PREFIX and the HASH of the config in force. OUT is all
 * zero, or of an earlier count; it is empty without memory.
 */
void pods_count(const struct store *store, const char *prefix, const char *hash,
		struct pods_rows *out);
void pods_rows_fini(struct pods_rows *rows);

#endif
