/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NET_HTTPD_PRIVATE_H
#define NET_HTTPD_PRIVATE_H

/* The server's own types. Only file to include libwebsockets; included by net/httpd*.c alone. */

#include <libwebsockets.h>
#include <stdatomic.h>

#include "net/httpd.h"
#include "net/httpd_request.h"

#define HTTPD_LISTENERS_MAX 4

struct httpd_listener {
	struct httpd *server;
	const struct httpd_listen *conf;
	struct lws_vhost *vhost;
	struct lws *wsi;	/* of the listening socket; NULL once closed */
	int port, connections;
	char name[16];		/* of the vhost: lws keeps the pointer */
};

/*
 * A connection, the opaque data of its wsi. Which listener it belongs to is kept
 * here: lws rebinds a wsi to another vhost when a Host header says so.
 */
struct httpd_conn {
	struct httpd_listener *from;
	struct lws *wsi;
	struct httpd_request *req;	/* owned; NULL between requests */
	lws_sorted_usec_list_t deadline;
	struct mono idle_since;	/* while there is no request */
	bool leaving;		/* it gave way to another, and is not counted any more */
	struct httpd_conn *prev, *next;
};

struct httpd {
	struct httpd_config config;
	struct lws_context *lws;
	struct httpd_listener listener[HTTPD_LISTENERS_MAX];
	struct httpd_conn *conns;	/* all of them */
	struct httpd_conn *adopting;	/* the one that lws_adopt is about to create a wsi for */
	size_t active;			/* requests under way */
	struct httpd_bodies bodies;	/* what their bodies have */
	bool winding_down;		/* each answer ends its connection, httpd_keep aside */
	bool draining;			/* and no new one is taken */
	atomic_bool stop, wake;
	lws_sorted_usec_list_t tick;
};

/* WSI_CREATE and WSI_DESTROY: a connection's memory goes with its wsi. */
void httpd_conn_start(struct httpd *h, struct lws *wsi);
void httpd_conn_free(struct httpd_conn *conn);

/*
 * What happens on CONN, as lws reports it; -1 closes the connection. The order is
 * head, body, complete, writable; anything else is refused, because lws 4.1.6
 * loops inside itself on requests that are pipelined behind a body
 * (library-facts 4.1, pitfall 1).
 */
int httpd_conn_head(struct httpd_conn *conn);
int httpd_conn_body(struct httpd_conn *conn, const void *data, size_t len);
int httpd_conn_complete(struct httpd_conn *conn);
int httpd_conn_writable(struct httpd_conn *conn);

/* Forget the request of CONN, if any; its handler hears of it when it still has it. */
void httpd_conn_drop(struct httpd_conn *conn);

/*
 * L has as many connections as it may: have the one leave that has been idle the longest, if
 * that is a second or more. Else who holds idle ones would keep everybody out. False: none is.
 */
bool httpd_conn_give_way(struct httpd_listener *l);

/* Close CONN from the event loop, soon and without ceremony. */
void httpd_conn_kill(struct httpd_conn *conn);

#endif
