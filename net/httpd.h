/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NET_HTTPD_H
#define NET_HTTPD_H

/*
 * An HTTP/1.1 server (TLS or plain) on libwebsockets, with every guard that
 * library version 4.1.6 needs. One callback per complete request; the answer may
 * come later, from the same thread. The only file that includes libwebsockets.
 *
 * One thread runs httpd_run; every function here but httpd_wake and httpd_stop
 * is called on that thread.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/clock.h"
#include "common/err.h"
#include "common/log.h"

struct httpd;
struct httpd_request;
struct ssl_st;

/* A listener: an address, a set of paths, and who answers. */
struct httpd_listen {
	const char *address;	/* "127.0.0.1", "::", or NULL for any */
	int port;		/* 0: the kernel chooses; see httpd_port */
	bool tls;
	const char *methods;	/* space-separated, e.g. "POST" or "GET POST" */
	/*
	 * Bytes, at most 12 MiB; a larger body is refused with 413 and closed. So is, with
	 * 503, one for which there is no room as it comes: all bodies under way have 20 MiB
	 * together, of which those above 256 KiB may take 12 (one of 8 MiB, or four of 3).
	 * What only a head claims takes none of it; and a body that has been coming for a
	 * second or more gives way, however it drips: its connection is closed.
	 */
	size_t body_max;
	int deadline_ms;	/* absolute, from the head of a request to its answer */
	/*
	 * Above it the connection that has been idle the longest, for a second or more, gives
	 * way to a new one; where there is none, the new one is closed at once. 0: no limit.
	 * The API server's own may be that one, when all others keep busy: it loses what it
	 * sends just then. Without it none would get in any more, its next ones neither.
	 */
	int connections_max;
	/*
	 * A complete request. The handler, now or later, calls exactly one of
	 * httpd_answer, httpd_reset on it. REQ is valid until then, or until
	 * on_gone says that the client went away or the deadline passed first
	 * (on_gone may be NULL when the handler always answers before it returns).
	 * A request without a body, e.g. any GET, is answered before it returns.
	 */
	void (*on_request)(void *ctx, struct httpd_request *req);
	void (*on_gone)(void *ctx, struct httpd_request *req);
	/* TLS only: called per handshake to install certificate and key; 1 when it did. */
	int (*on_cert)(void *ctx, struct ssl_st *ssl);
	void *ctx;
};

struct httpd_config {
	struct log *log;			/* borrowed */
	const struct httpd_listen *listen;	/* borrowed, outlives the server */
	size_t listeners;			/* at most 4 */
	void (*on_wake)(void *ctx);		/* after httpd_wake, on the server's thread */
	void (*on_tick)(void *ctx);		/* about once a second; may be NULL */
	void *ctx;
};

/*
 * Bind all listeners. Errors: ERR_IO with the address that could not be bound.
 * libwebsockets ignores SIGPIPE for the process.
 */
int httpd_new(struct httpd **out, const struct httpd_config *config, struct err *e) MUST_CHECK;
void httpd_free(struct httpd *h);

/* The port that listener I is bound to. */
int httpd_port(const struct httpd *h, size_t i);

/* Serve until httpd_stop; returns 0, or -1 when the event loop itself failed. */
int httpd_run(struct httpd *h, struct err *e) MUST_CHECK;

/* From any thread: run on_wake soon. */
void httpd_wake(struct httpd *h);

/* From any thread, or a signal handler's self-pipe: make httpd_run return. */
void httpd_stop(struct httpd *h);

/*
 * From now on each answer carries "Connection: close" and ends its connection. So a
 * client leaves by itself: what it has kept alive is not closed under its next request.
 * Source: RFC 9112 §9.6.
 */
void httpd_wind_down(struct httpd *h);

/* Said of REQ before its answer: winding down (not draining) shall not end its connection. */
void httpd_keep(struct httpd_request *req);

/*
 * The same, and stop taking connections, close those that are idle, and answer what
 * is under way. httpd_idle is true once no request is.
 */
void httpd_drain(struct httpd *h);
bool httpd_idle(const struct httpd *h);

/* What a request says. Strings are borrowed until the request is answered. */
const char *httpd_method(const struct httpd_request *req);
const char *httpd_path(const struct httpd_request *req);	/* without the query */
const char *httpd_query(const struct httpd_request *req);	/* "" when there is none */
const char *httpd_body(const struct httpd_request *req, size_t *len);	/* NUL follows */
/* Copy header NAME (lower case) into OUT; its length, or -1 when absent or too long. */
int httpd_header(const struct httpd_request *req, const char *name, char *out, size_t size);
/* One pointer of the handler's own on the request. */
void httpd_set_user(struct httpd_request *req, void *user);
void *httpd_user(const struct httpd_request *req);
/* When the head was complete. */
struct mono httpd_since(const struct httpd_request *req);

/*
 * Answer and forget REQ. TYPE is the content type; BODY is copied.
 *
 * headers  NULL, or "name: value\r\n" lines to add (names in lower case).
 */
void httpd_answer(struct httpd_request *req, int status, const char *type, const void *body,
		  size_t len, const char *headers);

/* As httpd_answer, but the body ends after CUT bytes and the connection closes (test servers). */
void httpd_answer_cut(struct httpd_request *req, int status, const char *type, const void *body,
		      size_t len, size_t cut);

/* Close the connection without an answer and forget REQ. */
void httpd_reset(struct httpd_request *req);

#endif
