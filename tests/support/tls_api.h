/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_TLS_API_H
#define TESTS_SUPPORT_TLS_API_H

/*
 * A TLS server on 127.0.0.1 that answers each request with 200 and "{}", and takes
 * down whom it was asked by; and the certificates for it. Any failure of its own aborts.
 */

#include <stdbool.h>

/*
 * Write DIR/NAME.crt and DIR/NAME.key: a key, and its certificate for ALT ("IP:127.0.0.1",
 * "DNS:x", or NULL: it is a CA), signed by DIR/ISSUER.key, or by itself for NULL.
 */
void tls_api_certify(const char *dir, const char *name, const char *issuer, const char *alt);

struct tls_api;

/* Serve with DIR/NAME.crt. CLIENTS: whom it asks for a certificate of DIR/CLIENTS.crt; or NULL. */
struct tls_api *tls_api_new(const char *dir, const char *name, const char *clients);
void tls_api_free(struct tls_api *a);
int tls_api_port(const struct tls_api *a);

/* How many requests came so far, and over how many connections. */
int tls_api_requests(struct tls_api *a);
int tls_api_connections(struct tls_api *a);
/* What the last one had for Authorization, and as its certificate's subject; "" for none. */
void tls_api_last(struct tls_api *a, char authorization[128], char subject[128]);

static inline void auto_tls_api(struct tls_api **a)
{
	tls_api_free(*a);
}

#endif
