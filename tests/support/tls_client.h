/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_TLS_CLIENT_H
#define TESTS_SUPPORT_TLS_CLIENT_H

/* A raw HTTP client over OpenSSL: it sends what it is told, byte for byte. */

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

struct tls_client {
	int fd;
	SSL_CTX *ctx;
	SSL *ssl;	/* NULL on a plain connection */
};

/* Connect to 127.0.0.1:PORT; every wait ends after 20 s. Aborts the test when it cannot. */
struct tls_client tls_client_open(int port, bool tls);
/* Whether anyone listens on that port. */
bool tls_client_reaches(int port);
void tls_client_close(struct tls_client *c);

/* Send LEN bytes (one TLS record up to 16 KiB); false once the server has closed. */
bool tls_client_send(struct tls_client *c, const void *data, size_t len);
bool tls_client_sends(struct tls_client *c, const char *text);

/* Wait up to MS for something to read or the end; true when there is. */
bool tls_client_ready(struct tls_client *c, int ms);

/*
 * Read one answer: its status, or 0 when the connection ended before one.
 * BODY gets up to SIZE - 1 bytes of the body and a NUL; *LEN its true length.
 */
int tls_client_answer(struct tls_client *c, char *head, size_t head_size, char *body, size_t size,
		      size_t *len);
int tls_client_status(struct tls_client *c);

/* True when the server closes the connection without another byte. */
bool tls_client_at_end(struct tls_client *c);

static inline void auto_client(struct tls_client *c)
{
	tls_client_close(c);
}

#endif
