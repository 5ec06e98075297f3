/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/tls_client.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <poll.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define WAIT_S 20

/* A connected socket, or -1. */
static int dial(int port)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct timeval wait = { .tv_sec = WAIT_S };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	cr_assert(fd >= 0);
	cr_assert(!setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)));
	cr_assert(!setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)));
	if (!connect(fd, (struct sockaddr *)&to, sizeof(to)))
		return fd;
	(void)close(fd);
	return -1;
}

bool tls_client_reaches(int port)
{
	int fd = dial(port);

	if (fd >= 0)
		(void)close(fd);
	return fd >= 0;
}

struct tls_client tls_client_open(int port, bool tls)
{
	struct tls_client c = { .fd = dial(port) };

	cr_assert(c.fd >= 0, "connect to port %d", port);
	if (!tls)
		return c;
	c.ctx = SSL_CTX_new(TLS_client_method());
	c.ssl = SSL_new(c.ctx);
	SSL_set_fd(c.ssl, c.fd);
	cr_assert(SSL_connect(c.ssl) == 1, "TLS handshake with port %d", port);
	return c;
}

void tls_client_close(struct tls_client *c)
{
	SSL_free(c->ssl);
	SSL_CTX_free(c->ctx);
	if (c->fd >= 0)
		(void)close(c->fd);
	*c = (struct tls_client){ .fd = -1 };
}

bool tls_client_send(struct tls_client *c, const void *data, size_t len)
{
	const char *p = data;

	while (len) {
		int ask = len > (1 << 20) ? 1 << 20 : (int)len;
		ssize_t n = c->ssl ? SSL_write(c->ssl, p, ask) :
				     send(c->fd, p, (size_t)ask, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

bool tls_client_sends(struct tls_client *c, const char *text)
{
	return tls_client_send(c, text, strlen(text));
}

bool tls_client_ready(struct tls_client *c, int ms)
{
	struct pollfd p = { .fd = c->fd, .events = POLLIN };

	return (c->ssl && SSL_pending(c->ssl)) || poll(&p, 1, ms) > 0;
}

static ssize_t get(struct tls_client *c, void *to, size_t size)
{
	return c->ssl ? SSL_read(c->ssl, to, (int)size) : recv(c->fd, to, size, 0);
}

/* Up to and with the empty line; 0 at the end of the connection. */
static size_t read_head(struct tls_client *c, char *head, size_t size)
{
	size_t n = 0;

	while (n + 1 < size) {
		if (get(c, head + n, 1) != 1)
			return 0;
		head[++n] = '\0';
		if (n >= 4 && !strcmp(head + n - 4, "\r\n\r\n"))
			return n;
	}
	cr_assert(false, "the head of an answer is too long");
	return 0;
}

int tls_client_answer(struct tls_client *c, char *head, size_t head_size, char *body, size_t size,
		      size_t *len)
{
	const char *field;
	char chunk[4096];
	size_t want, kept = 0;
	int status;

	*len = 0;
	body[0] = '\0';
	if (!read_head(c, head, head_size))
		return 0;
	cr_assert(sscanf(head, "HTTP/1.%*d %d ", &status) == 1, "%s", head);
	field = strcasestr(head, "\r\ncontent-length:");
	cr_assert(field, "%s", head);
	want = strtoul(field + strlen("\r\ncontent-length:"), NULL, 10);
	while (*len < want) {
		ssize_t n = get(c, chunk, want - *len < sizeof(chunk) ? want - *len : sizeof(chunk));

		if (n <= 0)
			break;
		for (ssize_t i = 0; i < n && kept + 1 < size; i++)
			body[kept++] = chunk[i];
		*len += (size_t)n;
	}
	body[kept] = '\0';
	return status;
}

int tls_client_status(struct tls_client *c)
{
	char head[2048], body[256];
	size_t len;

	return tls_client_answer(c, head, sizeof(head), body, sizeof(body), &len);
}

bool tls_client_at_end(struct tls_client *c)
{
	char byte;

	cr_assert(tls_client_ready(c, WAIT_S * 1000), "the server neither answers nor closes");
	return get(c, &byte, 1) <= 0;
}
