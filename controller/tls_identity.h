/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTROLLER_TLS_IDENTITY_H
#define CONTROLLER_TLS_IDENTITY_H

/*
 * The certificate, its chain and its key that the server shows: loaded and
 * checked as one thing, and swapped as one pointer. The only file here that
 * includes OpenSSL.
 */

#include "common/clock.h"
#include "common/err.h"
#include "common/sys.h"

struct tls_identity;
struct ssl_st;

/*
 * Read CERT (leaf first, then its chain) and KEY, both PEM.
 *
 * Owns    nothing; *OUT is the caller's, see tls_identity_free.
 * Errors  ERR_IO, ERR_TOO_BIG (64 KiB each); ERR_INVALID naming the file: not
 *         PEM, an encrypted key, a key of another certificate, a key that OpenSSL
 *         finds too weak, an expired certificate. Never a part of the key.
 */
int tls_identity_load(struct sys *sys, const char *cert, const char *key,
		      struct tls_identity **out, struct err *e) MUST_CHECK;
void tls_identity_free(struct tls_identity *id);

/* For a handshake: show ID on SSL. 1 when done; SSL keeps references of its own. */
int tls_identity_show(const struct tls_identity *id, struct ssl_st *ssl);

/* When the leaf expires. */
struct wall tls_identity_not_after(const struct tls_identity *id);

static inline void auto_tls_identity(struct tls_identity **id)
{
	tls_identity_free(*id);
}

#endif
