/* SPDX-License-Identifier: Apache-2.0 */
#include "net/httpd_request.h"

#include <string.h>

#include "net/httpd_head.h"

struct httpd_request *httpd_request_new(struct httpd_conn *conn)
{
	struct httpd_request *req = calloc(1, sizeof(*req));

	if (!req)
		return NULL;
	req->conn = conn;
	buf_init(&req->out, SIZE_MAX / 2);
	return req;
}

void httpd_request_free(struct httpd_request *req)
{
	if (!req)
		return;
	httpd_body_drop(&req->body);
	buf_fini(&req->out);
	free(req);
}

const char *httpd_method(const struct httpd_request *req)
{
	return req->method;
}

const char *httpd_path(const struct httpd_request *req)
{
	return req->path;
}

const char *httpd_query(const struct httpd_request *req)
{
	return req->query;
}

const char *httpd_body(const struct httpd_request *req, size_t *len)
{
	*len = req->body.have;
	return req->body.data ? (const char *)req->body.data : "";
}

void httpd_set_user(struct httpd_request *req, void *user)
{
	req->user = user;
}

void *httpd_user(const struct httpd_request *req)
{
	return req->user;
}

struct mono httpd_since(const struct httpd_request *req)
{
	return req->since;
}

void httpd_keep(struct httpd_request *req)
{
	req->keep = true;
}

/* Build the answer of which CUT bytes of the body are sent; false without memory. */
static bool compose(struct httpd_request *req, int status, const char *type, const void *body,
		    size_t len, size_t cut, const char *headers)
{
	static const char headroom[HTTPD_HEADROOM];

	if (httpd_conn_ends(req->conn, req->keep))
		req->close = true;
	buf_add(&req->out, headroom, sizeof(headroom));
	httpd_head_write(&req->out, status, type, len, headers, req->close);
	buf_add(&req->out, body, cut);
	httpd_body_drop(&req->body);
	req->sent = HTTPD_HEADROOM;
	req->end = req->out.len;
	return !req->out.failed;
}

static void send_or_reset(struct httpd_request *req, bool composed)
{
	if (!composed) {
		httpd_conn_reset(req->conn);
		return;
	}
	req->phase = HTTPD_WRITING;
	httpd_conn_write(req->conn);
}

void httpd_answer(struct httpd_request *req, int status, const char *type, const void *body,
		  size_t len, const char *headers)
{
	send_or_reset(req, compose(req, status, type, body, len, len, headers));
}

void httpd_answer_cut(struct httpd_request *req, int status, const char *type, const void *body,
		      size_t len, size_t cut)
{
	req->close = true;
	send_or_reset(req, compose(req, status, type, body, len, cut < len ? cut : len, NULL));
}

void httpd_reset(struct httpd_request *req)
{
	httpd_conn_reset(req->conn);
}
