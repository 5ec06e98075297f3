/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTROLLER_REVIEW_H
#define CONTROLLER_REVIEW_H

/*
 * AdmissionReview text in, AdmissionReview text out. Pure: the server around it
 * reads, logs and counts.
 *
 * Source  Kubernetes API reference, admission.k8s.io/v1 AdmissionReview.
 */

#include <stdbool.h>

#include "common/buf.h"
#include "common/jsonspan.h"
#include "controller/owner.h"
#include "inject/inject.h"

#define REVIEW_BYTES_MAX (8u << 20)	/* an object of 3 MiB twice, and room */
#define REVIEW_VALUES_MAX (1u << 19)	/* JSON values: 8 MiB of table */
#define REVIEW_MESSAGE_SIZE 1025	/* of a refusal, with its NUL; an Event holds no more */

enum review_decision {
	REVIEW_PATCHED,
	REVIEW_UNCHANGED,
	REVIEW_DENIED,
	REVIEW_ERROR,
	REVIEW_DECISIONS
};

/* "patched", "unchanged", "denied" or "error". */
const char *review_decision_name(enum review_decision decision);

/* What a review was about and what became of it, for the log and the figures. */
struct review {
	char uid[64], namespace_[64], name[256];	/* cut to size; "" when not said */
	bool dry_run;
	enum review_decision decision;
	enum reason reason;
	struct inject_wanted wanted;	/* when an object must be found first */
	/* of REVIEW_DENIED alone */
	struct owner owner;	/* whose controller made the pod, as it says; if it is whole */
	char message[REVIEW_MESSAGE_SIZE];	/* cut between characters */
};

enum { REVIEW_ANSWERED, REVIEW_WANTS };

/*
 * Answer LEN bytes of BODY by SETTINGS, and by what AROUND (or NULL) knows of the
 * cluster: REVIEW_ANSWERED, or REVIEW_WANTS when it must know ABOUT->wanted first;
 * OUT is then empty.
 *
 * span    scratch memory, kept from one review to the next.
 * out     the response's text; its ceiling must hold a patch. Empty on error.
 * Errors  ERR_INVALID when BODY is no AdmissionReview of v1 with a uid, ERR_TOO_BIG,
 *         ERR_NOMEM: err_http(E) is the HTTP status. ABOUT is filled as far as known.
 *         A pod that is refused or malformed is no error: the response says so.
 *         ERR_TRANSIENT when it cannot be known whether the Namespace asks, and the
 *         pod does not: the webhook's failurePolicy then decides, Fail where the
 *         Namespace is enabled and Ignore where it is observed. So it does after
 *         ERR_TOO_BIG and ERR_NOMEM for such a pod.
 */
int review_answer(const struct settings *settings, const struct inject_around *around,
		  struct jsonspan *span, const char *body, size_t len, struct review *about,
		  struct buf *out, struct err *e) MUST_CHECK;

#endif
