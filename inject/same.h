/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INJECT_SAME_H
#define INJECT_SAME_H

/*
 * Is a part of the pod what would be injected? Whoever writes the pod may write
 * anything under our names, so this is decided by comparing, never by marks.
 *
 * Absent, null and "" are equal, as for the API server, which drops empty
 * fields. Of a container these may differ, because other admission fills them in:
 *   resources                             LimitRanger, autoscalers
 *   imagePullPolicy                       AlwaysPullImages
 *   terminationMessagePath                defaults
 *   further env entries, envFrom          the writer clears its environment, and ours win
 *   further volumeMounts elsewhere        service-account and cloud identities
 *   securityContext, where we set none: seLinuxOptions, procMount, seccompProfile,
 *     runAsGroup (of a credential only the owner counts), privileged: false
 */

#include "common/jsonspan.h"

bool same_value(const struct jsonspan *a, uint32_t va, const struct jsonspan *b, uint32_t vb);

/*
 * Compare the container HAVE of A with WANT, the text we would inject. NULL when
 * they are the same as said above; else the first field that differs, in FIELD.
 *
 * except  names of fields that are not looked at, ended by NULL; NULL: none.
 */
const char *same_container(const struct jsonspan *a, uint32_t have, const struct jsonspan *b,
			   uint32_t want, const char *const *except, char field[64]);

/* Does the mount path PATH (a string value) lie at, under or above the path BASE? */
bool same_path_meets(const struct jsonspan *j, uint32_t path, const char *base);

#endif
