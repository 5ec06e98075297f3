/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NET_HTTPD_SOCK_H
#define NET_HTTPD_SOCK_H

/* Listening sockets. We bind them ourselves: libwebsockets would not say why it failed. */

#include "common/err.h"

/*
 * A non-blocking, close-on-exec socket that listens on ADDRESS:PORT.
 *
 * address  a numeric address of either family, or NULL: every address, by IPv6
 *          and IPv4 where the kernel has both.
 * port     0: the kernel chooses.
 * Errors   ERR_INVALID (not an address), ERR_IO (sys = errno), both naming it.
 */
int httpd_sock_listen(const char *address, int port, int *out, struct err *e) MUST_CHECK;

/* The port that FD is bound to, or -1. */
int httpd_sock_port(int fd);

#endif
