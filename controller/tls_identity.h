/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTROLLER_TLS_IDENTITY_H
#define CONTROLLER_TLS_IDENTITY_H

/*
 * The certificate, its chain and its key that the server shows: read and checked
 * as one thing, and swapped as one pointer. Of files, or of a Secret in memory.
 */

#include <stdbool.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/err.h"
#include "common/sys.h"

struct tls_identity;
struct ssl_st;

/* A PEM text and what messages call it: a path, or a key of a Secret. */
struct tls_text {
	const char *name;	/* borrowed, as the text */
	const struct buf *pem;
};

/*
 * Make an identity of CERT (leaf first, then its chain) and KEY.
 *
 * Owns    nothing; *OUT is the caller's, see tls_identity_free.
 * Errors  ERR_INVALID naming the text: not PEM, an encrypted key, a key of another
 *         certificate, a key that OpenSSL finds too weak or an API server does not
 *         know, a certificate of a client. Never a part of the key.
 */
int tls_identity_read(const struct tls_text *cert, const struct tls_text *key,
		      struct tls_identity **out, struct err *e) MUST_CHECK;

/*
 * As tls_identity_read, of two files.
 *
 * Errors  those, ERR_IO and ERR_TOO_BIG (64 KiB each).
 */
int tls_identity_load(struct sys *sys, const char *cert, const char *key,
		      struct tls_identity **out, struct err *e) MUST_CHECK;
void tls_identity_free(struct tls_identity *id);

/* For a handshake: show ID on SSL. 1 when done; SSL keeps references of its own. */
int tls_identity_show(const struct tls_identity *id, struct ssl_st *ssl);

/* From when and until when the leaf is good. */
struct wall tls_identity_not_before(const struct tls_identity *id);
struct wall tls_identity_not_after(const struct tls_identity *id);

/* A number that differs by chance from leaf to leaf, and is the same for all who read it. */
uint32_t tls_identity_chance(const struct tls_identity *id);

/* Do both show the same leaf? Not when either is NULL. */
bool tls_identity_same(const struct tls_identity *a, const struct tls_identity *b);

/*
 * Is the leaf good now, and for HOST ("" or NULL: any)?
 *
 * Errors  ERR_INVALID "the certificate …": expired, not yet valid, or not for HOST.
 */
int tls_identity_check(const struct tls_identity *id, const char *host, struct wall now,
		       struct err *e) MUST_CHECK;

static inline void auto_tls_identity(struct tls_identity **id)
{
	tls_identity_free(*id);
}

#endif
