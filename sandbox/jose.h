/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SANDBOX_JOSE_H
#define SANDBOX_JOSE_H

/*
 * As much of JOSE as an issuer and a strict verifier of assertions need: keys as
 * JWK, compact JWS with asymmetric algorithms. Source: RFC 7515, 7517, 7518, 7638.
 */

#include <jansson.h>

#include "common/buf.h"
#include "net/cert.h"

/* One key of a JWKS. */
struct jose_key {
	EVP_PKEY *pkey; /* owned */
	char kid[128];
};

#define JOSE_KEYS_MAX 32

struct jose_keys {
	struct jose_key key[JOSE_KEYS_MAX];
	size_t n;
};

/* Append the base64url form of DATA, without padding. Source: RFC 7515 §2. */
void jose_base64url(struct buf *out, const void *data, size_t len);

/* Append what base64url TEXT decodes to; -1 on a character or length that is none. */
int jose_unbase64url(struct buf *out, const char *text, size_t len) MUST_CHECK;

/* A new private key for ALG, "RS256" or "ES256". Errors: ERR_INVALID another ALG, ERR_IO. */
int jose_generate(const char *alg, EVP_PKEY **out, struct err *e) MUST_CHECK;

/* The algorithm that KEY signs with here: "RS256" or "ES256". */
const char *jose_alg(EVP_PKEY *key);

/*
 * KEY's public half as a JWK with `kid` (its RFC 7638 thumbprint), `alg`, `use`.
 * A new reference, or NULL when OpenSSL or memory failed.
 */
json_t *jose_jwk(EVP_PKEY *key) MUST_CHECK;

/* Append CLAIMS as a compact JWS signed by KEY. Errors: ERR_IO, ERR_NOMEM. */
int jose_sign(EVP_PKEY *key, const json_t *claims, struct buf *out, struct err *e) MUST_CHECK;

/*
 * Parse a JWKS. Keys of a kind that is not RSA or EC, or without `kid`, are left out.
 *
 * Errors  ERR_INVALID: not JSON, no `keys`, or none usable. KEYS is then unchanged.
 */
int jose_keys_parse(struct jose_keys *keys, const char *text, size_t len, struct err *e) MUST_CHECK;
void jose_keys_fini(struct jose_keys *keys);

/*
 * Verify a compact JWS: three parts, header with an asymmetric `alg` (RS, ES, PS
 * with 256, 384, 512) that fits the key, `kid` in KEYS, no `crit`, signature right.
 *
 * claims  a new reference to the payload, an object.
 * Errors  ERR_DENIED; ERR_TRANSIENT when no key has that kid: newer KEYS may have it.
 *         The message says which of these it was and quotes nothing.
 */
int jose_verify(const struct jose_keys *keys, const char *jwt, size_t len, json_t **claims,
		struct err *e) MUST_CHECK;

#endif
