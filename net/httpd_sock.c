/* SPDX-License-Identifier: Apache-2.0 */
#include "net/httpd_sock.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#define BACKLOG 512

union addr {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

static socklen_t addr_len(const union addr *a)
{
	return a->sa.sa_family == AF_INET ? sizeof(a->in) : sizeof(a->in6);
}

static int addr_parse(const char *text, int port, union addr *a)
{
	memset(a, 0, sizeof(*a));
	if (inet_pton(AF_INET, text, &a->in.sin_addr) == 1) {
		a->in.sin_family = AF_INET;
		a->in.sin_port = htons((uint16_t)port);
		return 0;
	}
	if (inet_pton(AF_INET6, text, &a->in6.sin6_addr) == 1) {
		a->in6.sin6_family = AF_INET6;
		a->in6.sin6_port = htons((uint16_t)port);
		return 0;
	}
	return -1;
}

/* A bound and listening socket, or -1 with errno. */
static int try_listen(const union addr *a)
{
	AUTO(close) int fd = socket(a->sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int on = 1, off = 0;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
		return -1;
	if (a->sa.sa_family == AF_INET6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off)) < 0)
		return -1;
	if (bind(fd, &a->sa, addr_len(a)) < 0 || listen(fd, BACKLOG) < 0)
		return -1;
	on = fd;
	fd = -1;
	return on;
}

int httpd_sock_listen(const char *address, int port, int *out, struct err *e)
{
	const char *text = address ? address : "::";
	union addr a;
	int fd;

	*out = -1;
	if (port < 0 || port > 65535 || addr_parse(text, port, &a) < 0)
		return err_set(e, ERR_INVALID, 0, "unable to listen on %s port %d: not a numeric "
			       "address and a port of 0 to 65535", text, port);
	fd = try_listen(&a);
	if (fd < 0 && !address && (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL)) {
		text = "0.0.0.0"; /* a kernel without IPv6 */
		if (!addr_parse(text, port, &a))
			fd = try_listen(&a);
	}
	if (fd < 0)
		return err_set(e, ERR_IO, errno, "unable to listen on %s port %d", text, port);
	*out = fd;
	return 0;
}

int httpd_sock_port(int fd)
{
	union addr a;
	socklen_t len = sizeof(a);

	if (getsockname(fd, &a.sa, &len) < 0)
		return -1;
	return ntohs(a.sa.sa_family == AF_INET ? a.in.sin_port : a.in6.sin6_port);
}
