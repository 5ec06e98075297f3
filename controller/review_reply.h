/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTROLLER_REVIEW_REPLY_H
#define CONTROLLER_REVIEW_REPLY_H

/* The response half of an AdmissionReview. UID is the request's, as JSON text with its quotes. */

#include "common/buf.h"
#include "inject/inject.h"

/* What the core decided: allowed with or without a patch, or denied; with warnings and audit. */
void review_reply(struct buf *out, const char *uid, size_t uid_len,
		  const struct inject_result *result);

/* Allowed, unchanged, nothing to say. */
void review_reply_allow(struct buf *out, const char *uid, size_t uid_len);

/* Denied with HTTP status CODE in `status`; the audit has no more than WHY. */
void review_reply_deny(struct buf *out, const char *uid, size_t uid_len, int code, enum reason why,
		       const char *message);

#endif
