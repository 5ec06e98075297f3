/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTROLLER_CERT_SECRET_H
#define CONTROLLER_CERT_SECRET_H

/* The Secret that a self-kept certificate lives in. Pure. */

#include "controller/cert_object.h"

/* The Secret's data, PEM; all empty in one that was never written. */
struct cert_secret {
	char version[CERT_VERSION_SIZE];
	struct buf ca;			/* ca.crt: the bundle to publish */
	struct buf cert, key;		/* tls.crt, tls.key: in force */
	struct buf next_cert, next_key;	/* next.crt, next.key: while renewing */
};

void cert_secret_init(struct cert_secret *s);
void cert_secret_fini(struct cert_secret *s);

/*
 * Read LEN bytes of TEXT, a Secret, into S, which is initialised and loses what it had.
 * A key of it over 64 KiB counts as empty: it is none of ours.
 *
 * Errors  ERR_TRANSIENT when it is no object of an API server, ERR_NOMEM.
 * Source  core/v1 Secret.
 */
int cert_secret_read(struct cert_secret *s, const char *text, size_t len,
		     struct err *e) MUST_CHECK;

/*
 * Append the merge patch that makes the Secret hold S, if it is still at S's
 * version; an empty text removes its key. Source: RFC 7396.
 */
void cert_secret_patch(const struct cert_secret *s, struct buf *out);

#endif
