/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_CONTROLLER_SOAK_WIRE_H
#define TESTS_CONTROLLER_SOAK_WIRE_H

/* A connection that does not care what becomes of what it sends. No wait is longer than 5 s. */

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"

struct wire {
	int fd;		/* -1: none */
	SSL *ssl;	/* NULL: none, or the handshake failed */
};

#define WIRE_NONE ((struct wire){ .fd = -1 })

struct wire wire_plain(int port);
/* VERSION is the highest to offer, 0 for any. */
struct wire wire_tls(SSL_CTX *ctx, int port, int version);
void wire_close(struct wire *w, bool reset);

void wire_send(struct wire *w, const void *data, size_t len);
void wire_text(struct wire *w, const char *text);

/* Read what comes within MS, as it is, and forget it: the connection is of no more use. */
void wire_listen(struct wire *w, int ms);

void wire_renegotiate(struct wire *w);
void wire_update_key(struct wire *w);
/* Append the first bytes of a handshake. */
void wire_hello(SSL_CTX *ctx, struct buf *out);

#endif
