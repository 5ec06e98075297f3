/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NET_CERT_H
#define NET_CERT_H

/* What whoever makes certificates shares: guards of OpenSSL's objects, and extensions. */

#include <openssl/x509v3.h>
#include <stdbool.h>

#include "common/attr.h"

static inline void auto_x509(X509 **x)
{
	X509_free(*x);
}

static inline void auto_pkey(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
}

/*
 * Add to X the extension NID with VALUE, in the words of openssl.cnf, for a certificate of ISSUER
 * (X itself, when it signs itself). False: VALUE is none, or no memory.
 *
 * Source  x509v3_config(5).
 */
bool cert_add_ext(X509 *x, X509 *issuer, int nid, const char *value) MUST_CHECK;

#endif
