/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KUBE_KUBE_SCAN_H
#define KUBE_KUBE_SCAN_H

/*
 * JSON text looked at without being read. An object of an API server may be a stranger's,
 * and a tree of small values takes up to fifty times its text: what it would take is asked
 * first. Pure. The text is taken for JSON; of what is none come spans that no parser takes.
 */

#include <stdbool.h>
#include <stddef.h>

struct kube_span {
	const char *text;	/* borrowed */
	size_t len;		/* bytes; 0: it is not there */
};

/* The value of member KEY, which has no escapes, of the object S. */
struct kube_span kube_scan_member(struct kube_span s, const char *key);

/* The element of array S behind AT, or its first when AT is not there; none: false. */
bool kube_scan_next(struct kube_span s, struct kube_span *at);

/* Bytes that jansson takes for S, by its values and its longest string: never much less. */
size_t kube_scan_cost(struct kube_span s);

#endif
