/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTROLLER_ISSUER_KEYS_H
#define CONTROLLER_ISSUER_KEYS_H

/*
 * Which keys a JWK Set has. A key goes by its kid: for Kubernetes that is the SHA-256 of
 * the public key, so another key has another kid. One that no token can name (without a
 * kid), or that is not for signatures, is passed over. Pure.
 *
 * Source  RFC 7517 §4.2 (use), §4.5 (kid), §5; Kubernetes pkg/serviceaccount,
 *         keyIDFromPublicKey.
 */

#include "common/buf.h"
#include "inject/inject.h"

#define ISSUER_KEYS_MAX 64
#define ISSUER_KEYS_BYTES_MAX (64u << 10) /* of the whole set; a key of RSA 4096 has 0.8 KiB */

/*
 * The kids of the JWK Set in TEXT, sorted, each once.
 *
 * Owns    OUT's strings; end it with strlist_fini. Set only on success.
 * Errors  ERR_INVALID, also when no key is left; ERR_TOO_BIG, ERR_NOMEM. None quotes TEXT.
 */
int issuer_keys_parse(const char *text, struct strlist *out, struct err *e) MUST_CHECK;

/* How many items of A are not in B. They are appended to OUT as "a, b", unless it is NULL. */
size_t issuer_keys_less(const struct strlist *a, const struct strlist *b, struct buf *out);

#endif
