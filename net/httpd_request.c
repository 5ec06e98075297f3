/* SPDX-License-Identifier: Apache-2.0 */
#include "net/httpd_request.h"

#include <malloc.h>
#include <string.h>

#include "net/httpd_head.h"

/* Give memory of a big body back to the kernel at once: reviews come in bursts. */
#define TRIM_BYTES (256u << 10)

struct httpd_request *httpd_request_new(struct httpd_conn *conn)
{
	struct httpd_request *req = calloc(1, sizeof(*req));

	if (!req)
		return NULL;
	req->conn = conn;
	buf_init(&req->out, SIZE_MAX / 2);
	return req;
}

static void drop_body(struct httpd_request *req)
{
	if (!req->body)
		return;
	explicit_bzero(req->body, req->have);
	free(req->body);
	req->body = NULL;
	if (req->want > TRIM_BYTES)
		(void)malloc_trim(0);
}

void httpd_request_free(struct httpd_request *req)
{
	if (!req)
		return;
	drop_body(req);
	buf_fini(&req->out);
	free(req);
}

bool httpd_request_expect(struct httpd_request *req, size_t want)
{
	req->body = malloc(want + 1);
	if (!req->body)
		return false;
	req->body[0] = '\0';
	req->want = want;
	return true;
}

bool httpd_request_take(struct httpd_request *req, const void *data, size_t len)
{
	if (len > req->want - req->have)
		return false;
	if (len)
		memcpy(req->body + req->have, data, len);
	req->have += len;
	req->body[req->have] = '\0';
	return true;
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
	*len = req->have;
	return req->body ? (const char *)req->body : "";
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

/* Build the answer of which CUT bytes of the body are sent; false without memory. */
static bool compose(struct httpd_request *req, int status, const char *type, const void *body,
		    size_t len, size_t cut, const char *headers)
{
	static const char headroom[HTTPD_HEADROOM];

	if (httpd_conn_draining(req->conn))
		req->close = true;
	buf_add(&req->out, headroom, sizeof(headroom));
	httpd_head_write(&req->out, status, type, len, headers, req->close);
	buf_add(&req->out, body, cut);
	drop_body(req);
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
