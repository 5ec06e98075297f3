/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NET_ROOTS_H
#define NET_ROOTS_H

/*
 * A bundle of CA certificates that OpenSSL looks into while it verifies.
 *
 * OpenSSL 3 decodes a certificate in about 0.15 ms, so that loading the usual
 * 144 costs more than the rest of an exchange and 1.7 MB. Here the PEM text is
 * searched by subject, and only what a chain asks for is decoded. Verification
 * itself stays OpenSSL's: the worst that a fault here can do is not to find one.
 */

#include <stddef.h>

struct ssl_ctx_st;
struct x509_lookup_method_st;

struct roots {
	const char *pem;	/* borrowed */
	size_t len;
	struct x509_lookup_method_st *method;	/* owned */
};

/* The certificates of PEM, LEN bytes that outlive every SSL_CTX they are installed in. */
void roots_init(struct roots *r, const char *pem, size_t len);
void roots_fini(struct roots *r);

/*
 * Let CTX, which starts with an empty store, trust R's certificates. R outlives CTX.
 *
 * A name matches byte by byte.
 * Returns 0, or -1 when memory ended.
 * Source  X509_LOOKUP_meth_new(3); RFC 5280 §4.1.2.6 (a CA's subject is encoded as
 *         the issuer of what it signs); Go crypto/x509 compares in the same way.
 */
int roots_install(struct roots *r, struct ssl_ctx_st *ctx);

#endif
