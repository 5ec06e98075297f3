/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INJECT_REASONS_H
#define INJECT_REASONS_H

/*
 * The one table of reason codes. A code is the metric's label, the Event's
 * reason, the log's field and, in lower case, the anchor in docs/reasons.md.
 */

#include <stddef.h>

#include "common/buf.h"

enum reason_kind {
	REASON_PASS, /* why a pod was admitted, changed or not */
	REASON_WARN, /* a warning beside the answer */
	REASON_DENY, /* why a pod was refused */
	REASON_ERROR, /* why a review got no verdict about its pod */
};

enum reason {
	/* admitted */
	REASON_INJECTED,
	REASON_ALREADY_INJECTED,
	REASON_NOT_ASKED,
	REASON_OPTED_OUT,
	REASON_OBSERVED_INJECT,
	REASON_OBSERVED_DENY,
	REASON_MIRROR_POD,
	REASON_NO_CONSUMER,
	/* warnings */
	REASON_UNKNOWN_KEY,
	REASON_UNKNOWN_KEY_NEAR,
	REASON_WRONG_OBJECT,
	REASON_MISPLACED,
	REASON_OVERRIDDEN,
	REASON_UNKNOWN_CONTAINER,
	REASON_NOTHING_TO_INJECT,
	REASON_OWN_PROFILE,
	REASON_OTHER_IDENTITY,
	REASON_LATE_CONTAINER,
	REASON_RUNS_BEFORE,
	REASON_STATIC_KEY_WINS,
	REASON_STATIC_KEY_REMOVED,
	REASON_ENV_FROM_UNSEEN,
	REASON_VARIABLE_KEPT,
	REASON_SINGLE_USE,
	REASON_SUPPLY_SHORT,
	REASON_SHARED_PROCESSES,
	REASON_MESH_NOT_NATIVE,
	REASON_WOULD_INJECT,
	REASON_WOULD_DENY,
	REASON_MORE_WARNINGS,
	/* refusals */
	REASON_BAD_VALUE,
	REASON_INJECT_TWICE,
	REASON_INJECTION_DISABLED,
	REASON_INJECTION_UNKNOWN,
	REASON_OBJECT_UNKNOWN,
	REASON_LISTS_TOGETHER,
	REASON_UNKNOWN_FEDERATION,
	REASON_NO_DEFAULT_FEDERATION,
	REASON_POLICY_NO_RULE,
	REASON_POLICY_FEDERATION,
	REASON_POLICY_VALUE,
	REASON_RESOURCES_INVERTED,
	REASON_WINDOWS_POD,
	REASON_POD_MALFORMED,
	REASON_NO_CONTAINERS,
	REASON_STATIC_KEY_DENIED,
	REASON_TOO_MANY_IDENTITIES,
	REASON_CONTAINER_TAKEN,
	REASON_VOLUME_TAKEN,
	REASON_MOUNT_TAKEN,
	REASON_VOLUME_MOUNTED,
	REASON_NO_EXPIRATION_LEFT,
	/* of whole reviews, which the controller alone sees */
	REASON_POD_UNREADABLE,
	REASON_NOT_A_POD_CREATION,
	REASON_NOT_A_REVIEW,
	REASON_REVIEW_TOO_BIG,
	REASON_ANSWER_TOO_BIG,
	REASONS,
	REASONS_OF_PODS = REASON_POD_UNREADABLE /* those before it */
};

struct reason_row {
	const char *code; /* CamelCase, as Kubernetes' own reasons */
	enum reason_kind kind;
	const char *text;  /* %1 to %4 stand for the arguments; what, and how to fix it */
	const char *about; /* for the docs: when it comes */
	const char *fix;   /* for the docs: what to do; "": nothing */
};

const struct reason_row *reason_row(enum reason why);

/*
 * Append WHY's text to OUT, at most MAX bytes long: the longest arguments are
 * cut with "…", and made plain (common/plain.h).
 *
 * args  up to four texts in UTF-8, ended by NULL.
 */
void reason_text(enum reason why, const char *const *args, size_t max, struct buf *out);

#endif
