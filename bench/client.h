/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_CLIENT_H
#define BENCH_CLIENT_H

/* One keep-alive connection that asks as an API server does. For the bench and the soak test. */

#include <openssl/ssl.h>

#include "common/buf.h"

#define CLIENT_WAIT_S 60	/* what an answer may take: beyond it the server hangs */

struct client {
	int fd;
	SSL *ssl;	/* NULL: no connection, or the server said that it closes it */
	struct buf in;	/* the last answer, with its head */
};

/* A connected socket to 127.0.0.1:PORT whose every wait ends after WAIT_S, or -1 with errno. */
int client_dial(int port, int wait_s);

/* A TLS connection, or none: then client_ask answers 0. Needs client_close. */
void client_open(struct client *c, SSL_CTX *tls, int port);
void client_close(struct client *c);

/*
 * Append the request of BODY, LEN bytes, to PATH.
 *
 * Source  shared/cluster.md: recorded from an API server.
 */
void client_request(struct buf *out, const char *path, const char *body, size_t len);

/*
 * Send REQUEST and read its answer.
 *
 * body     the answer's, *LEN bytes, NUL-terminated; valid until the next call. A
 *          chunked one (Go's) comes with its framing.
 * Returns  the HTTP status, or 0 when the connection ended or a wait did.
 */
int client_ask(struct client *c, const struct buf *request, const char **body, size_t *len);

#endif
