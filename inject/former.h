/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INJECT_FORMER_H
#define INJECT_FORMER_H

/*
 * A pod that another config of the operator has injected into, of which our
 * `status` annotation names the hash: where renew.h's differences are not all
 * (another repository, endpoint, audience, mode or kind of sidecar), the whole
 * injection is taken out (strip.h) and ours decided on what is left, as if the
 * first had never been.
 *
 * That it is one is found out by deciding as that config would: what it cannot be
 * had from (image, endpoint, audience, mode, kind of sidecar) is read from the pod,
 * the rest is ours; there must be nothing to refuse. So a thing under our names
 * with any other shape, or without the status, stays refused.
 *
 * The author of a pod can forge all of this, and gains nothing: the answer is the
 * one to the pod without those parts, which they could have sent as it is.
 *
 * Source  Kubernetes, Dynamic Admission Control, "Reinvocation policy".
 */

#include "inject/job.h"

#define FORMER_TEXT_SIZE 520 /* bytes; the longest image or URL that a config may have, and more */

struct former {
	struct jsonspan status; /* owned, as TEXT is, which it points into */
	char *text;
	uint32_t containers;	/* in STATUS: the names of those that were served */
	char image[FORMER_TEXT_SIZE], base_url[FORMER_TEXT_SIZE], audience[FORMER_TEXT_SIZE];
	struct federation federation; /* borrows from the wish's and from the above */
	struct settings set;	      /* as that config would say it; borrows as well */
};

/* The step, after the wish: 1 when the verdict is in `out`, 0 when there is no such injection. */
int former_renew(struct job *job) MUST_CHECK;

/* Did it serve the container NAME? False when F is NULL. */
bool former_served(const struct former *f, const char *name);

#endif
