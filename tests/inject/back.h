/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_INJECT_BACK_H
#define TESTS_INJECT_BACK_H

/* Views of a patched pod, for what must hold in every case. */

#include <jansson.h>
#include <stdbool.h>

/* The one annotation that is shared: a list, to whose end our volume may be appended. */
#define BACK_LOCAL_VOLUMES "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes"

/*
 * Take out of POD all that an injection may have put there: containers, volumes
 * and mounts under our names, the variables we set, PREFIX/status, our volume in
 * the autoscaler's list, and lists and maps that are empty then. Two pods equal
 * after this differ in nothing that is not ours. With STATIC_KEYS also the
 * variables that static-key=remove takes away.
 */
void back_strip(json_t *pod, const char *prefix, bool static_keys);

/* May an injection under PREFIX set or change the annotation KEY? */
bool back_is_our_annotation(const char *key, const char *prefix);

/*
 * Is ITEM, of a list, called as only ours are? Is it a variable that consumers get, or a static
 * key's?
 */
bool back_is_ours(const json_t *item);
bool back_is_given(const json_t *item);
bool back_is_static_key(const json_t *item);

/*
 * Change POD as an API server with busy admission plugins gives it back to a
 * webhook that is invoked again: empty strings dropped, defaults, a mounted
 * service-account token, limits and pull policy filled in.
 */
void back_fill(json_t *pod);

#endif
