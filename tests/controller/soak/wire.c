/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/controller/soak/wire.h"

#include <openssl/err.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "bench/client.h"

#define WAIT_S 5

struct wire wire_plain(int port)
{
	return (struct wire){ .fd = client_dial(port, WAIT_S) };
}

struct wire wire_tls(SSL_CTX *ctx, int port, int version)
{
	struct wire w = wire_plain(port);
	SSL *ssl = w.fd >= 0 ? SSL_new(ctx) : NULL;

	if (!ssl)
		return w;
	(void)SSL_set_max_proto_version(ssl, version);
	if (SSL_set_fd(ssl, w.fd) == 1 && SSL_connect(ssl) == 1)
		w.ssl = ssl;
	else
		SSL_free(ssl);
	return w;
}

void wire_close(struct wire *w, bool reset)
{
	const struct linger now = { .l_onoff = 1 };

	SSL_free(w->ssl);
	if (w->fd >= 0 && reset)
		(void)setsockopt(w->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	auto_close(&w->fd);
	*w = WIRE_NONE;
	ERR_clear_error();
}

void wire_send(struct wire *w, const void *data, size_t len)
{
	if (!len || w->fd < 0)
		return;
	if (w->ssl)
		(void)SSL_write(w->ssl, data, (int)len);
	else
		(void)send(w->fd, data, len, MSG_NOSIGNAL);
	ERR_clear_error();
}

void wire_text(struct wire *w, const char *text)
{
	wire_send(w, text, strlen(text));
}

void wire_listen(struct wire *w, int ms)
{
	struct pollfd p = { .fd = w->fd, .events = POLLIN };
	char drop[8192];

	if (w->fd >= 0 && poll(&p, 1, ms) > 0)
		(void)recv(w->fd, drop, sizeof(drop), MSG_DONTWAIT);
}

void wire_renegotiate(struct wire *w)
{
	if (w->ssl && SSL_renegotiate(w->ssl) == 1)
		(void)SSL_do_handshake(w->ssl);
	ERR_clear_error();
}

void wire_update_key(struct wire *w)
{
	if (w->ssl && SSL_key_update(w->ssl, SSL_KEY_UPDATE_REQUESTED) == 1)
		(void)SSL_do_handshake(w->ssl);
	ERR_clear_error();
}

void wire_hello(SSL_CTX *ctx, struct buf *out)
{
	SSL *ssl = SSL_new(ctx);
	BIO *to = BIO_new(BIO_s_mem()), *from = BIO_new(BIO_s_mem());
	char *data;
	long n;

	SSL_set_bio(ssl, from, to);
	(void)SSL_connect(ssl);
	n = BIO_get_mem_data(to, &data);
	buf_add(out, data, (size_t)n);
	SSL_free(ssl);
	ERR_clear_error();
}
