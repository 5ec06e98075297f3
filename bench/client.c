/* SPDX-License-Identifier: Apache-2.0 */
#include "bench/client.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>

#define ANSWER_MAX (8u << 20)

int client_dial(int port, int wait_s)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct timeval wait = { .tv_sec = wait_s };
	AUTO(close) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int on = 1, out;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) < 0 ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0 ||
	    connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		return -1;
	out = fd;
	fd = -1;
	return out;
}

void client_open(struct client *c, SSL_CTX *tls, int port)
{
	*c = (struct client){ .fd = client_dial(port, CLIENT_WAIT_S) };
	buf_init(&c->in, ANSWER_MAX);
	if (c->fd < 0)
		return;
	c->ssl = SSL_new(tls);
	if (c->ssl && SSL_set_fd(c->ssl, c->fd) == 1 && SSL_connect(c->ssl) == 1)
		return;
	client_close(c);
}

static void hang_up(struct client *c)
{
	SSL_free(c->ssl);
	auto_close(&c->fd);
	c->ssl = NULL;
}

void client_close(struct client *c)
{
	hang_up(c);
	buf_fini(&c->in);
}

void client_request(struct buf *out, const char *path, const char *body, size_t len)
{
	buf_addf(out, "POST %s?timeout=10s HTTP/1.1\r\n"
		 "Host: claude-wif.claude-wif-system.svc:443\r\n"
		 "User-Agent: kube-apiserver-admission\r\nContent-Length: %zu\r\n"
		 "Accept: application/json, */*\r\nContent-Type: application/json\r\n"
		 "Accept-Encoding: gzip\r\n\r\n", path, len);
	buf_add(out, body, len);
}

/* The value of a header line, whose name is given with its line's start, or NULL. */
static const char *field(const struct buf *in, const char *end, const char *name)
{
	const char *at = strcasestr(in->data, name);

	return at && at < end ? at + strlen(name) : NULL;
}

/* Where the body starts and how long it is, once the answer is whole; 0 until then. */
static size_t whole(const struct buf *in, size_t *len)
{
	const char *end = in->len ? strstr(in->data, "\r\n\r\n") : NULL, *length;
	size_t head = end ? (size_t)(end + 4 - in->data) : 0;

	if (!end)
		return 0;
	length = field(in, end, "\r\ncontent-length:");
	*len = length ? strtoul(length, NULL, 10) : in->len - head;
	if (length)
		return in->len >= head + *len ? head : 0;
	return *len >= 5 && !strcmp(in->data + in->len - 5, "0\r\n\r\n") ? head : 0;
}

static bool read_some(struct client *c)
{
	char piece[16 << 10];
	int n = SSL_read(c->ssl, piece, sizeof(piece));

	if (n <= 0)
		return false;
	buf_add(&c->in, piece, (size_t)n);
	return !c->in.failed;
}

int client_ask(struct client *c, const struct buf *request, const char **body, size_t *len)
{
	size_t head;

	*len = 0;
	if (!c->ssl || SSL_write(c->ssl, request->data, (int)request->len) <= 0)
		return 0;
	buf_reset(&c->in);
	while (!(head = whole(&c->in, len)))
		if (!read_some(c))
			return 0;
	*body = c->in.data + head;
	if (field(&c->in, *body, "\r\nconnection: close\r\n"))
		hang_up(c);
	return strncmp(c->in.data, "HTTP/1.1 ", 9) ? 0 : atoi(c->in.data + 9);
}
