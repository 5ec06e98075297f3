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
 * Is each entry of B's list WANT in A's list HAVE, alone under its name, and does
 * it FIT there? HAVE may have more.
 */
bool same_entries(const struct jsonspan *a, uint32_t have, const struct jsonspan *b, uint32_t want,
		  bool (*fits)(const struct jsonspan *a, uint32_t va, const struct jsonspan *b,
			       uint32_t vb));

/*
 * Compare the container HAVE of A with WANT, the text we would inject. NULL when
 * they are the same as said above; else the first field that differs, in FIELD.
 *
 * except  names of fields that are not looked at, ended by NULL; NULL: none.
 */
const char *same_container(const struct jsonspan *a, uint32_t have, const struct jsonspan *b,
			   uint32_t want, const char *const *except, char field[64]);

/*
 * Where the mount path PATH (a string value) really is, into OUT: absolute, with
 * no "." and "..", and no slash too many. Its length, or -1 when PATH is no
 * string, holds a NUL or is longer than SIZE less two.
 *
 * Source  the API server takes any mountPath that is not empty, and two spellings
 *         of a path for two; the kubelet then cleans one that does not begin with
 *         a slash (pkg/kubelet/kubelet_pods.go makeMounts, pkg/volume/util
 *         MakeAbsolutePath: Go's filepath.Clean("/" + path)), the container
 *         runtime each. Links in the image are not known here.
 */
ssize_t same_path_clean(const struct jsonspan *j, uint32_t path, char *out, size_t size);

/*
 * Does the mount path PATH lie at, under or above the path BASE; at or under it?
 * One that no system takes, as it is too long or has a NUL, does both.
 */
bool same_path_meets(const struct jsonspan *j, uint32_t path, const char *base);
bool same_path_within(const struct jsonspan *j, uint32_t path, const char *base);

#endif
