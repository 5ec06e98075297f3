/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NET_HTTPD_REQUEST_H
#define NET_HTTPD_REQUEST_H

/* One request from its head to the last byte of its answer; between net/httpd*.c only. */

#include "common/buf.h"
#include "net/httpd.h"
#include "net/httpd_body.h"

#define HTTPD_PATH_MAX 512	/* bytes with the NUL; a longer path or query is refused, 414 */
#define HTTPD_HEADROOM 64	/* bytes before an answer, which lws_write asks for (LWS_PRE) */

enum httpd_phase {
	HTTPD_READING,	/* the body is coming */
	HTTPD_HANDLER,	/* complete: the handler's, until it answers */
	HTTPD_WRITING,	/* the answer is going out */
	HTTPD_DONE,	/* the last byte was given to the library */
	HTTPD_REFUSED	/* too big, or no room: what still comes of the body is not kept */
};

struct httpd_conn;

struct httpd_request {
	struct httpd_conn *conn;
	enum httpd_phase phase;
	bool close;		/* this is the connection's last request */
	bool keep;		/* not so merely because the server winds down */
	char method[8], path[HTTPD_PATH_MAX], query[HTTPD_PATH_MAX];
	struct httpd_body body;
	struct buf out;		/* HTTPD_HEADROOM bytes, then the answer */
	size_t sent, end;	/* offsets into it: the next byte, behind the last */
	struct mono since;
	void *user;
};

/* A request on CONN; its phase is HTTPD_READING. NULL without memory. */
struct httpd_request *httpd_request_new(struct httpd_conn *conn);
void httpd_request_free(struct httpd_request *req);

/* Asked of the connection (net/httpd.c): write soon; and: close now, without a word. */
void httpd_conn_write(struct httpd_conn *conn);
void httpd_conn_reset(struct httpd_conn *conn);
/* Does the answer to a request, to KEEP or not, end the connection, for the server ends? */
bool httpd_conn_ends(const struct httpd_conn *conn, bool keep);

#endif
