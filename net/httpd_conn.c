/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "net/httpd_head.h"
#include "net/httpd_private.h"

#define WRITE_BYTES (16 << 10)	/* written at once: one TLS record, so none is copied again */
#define LINGER_MS 2000		/* for a client that still sends a body we refused */
#define SLOW_MS 1000		/* a body that takes longer gives way when room is short */
#define IDLE_MS 1000		/* a connection that is idle for longer, when there are too many */

_Static_assert(HTTPD_HEADROOM >= LWS_PRE, "lws_write wants LWS_PRE bytes before its buffer");

/*
 * End a connection that broke the order of things. A plain -1 would have lws wait
 * 10 s for the peer's goodbye, and spin all that time when bytes of a pipelined
 * request are in its buffer (seen); a socket that is shut down ends at once.
 */
static int violated(struct httpd_conn *conn)
{
	(void)shutdown(lws_get_socket_fd(conn->wsi), SHUT_RDWR);
	return -1;
}

/* End a connection behind its last answer; what the peer pipelined is not looked at. */
static int finished(struct httpd_conn *conn)
{
	if (!lws_partial_buffered(conn->wsi)) /* else the flow control would stop the flush */
		(void)lws_rx_flow_control(conn->wsi, 0);
	return -1;
}

static struct mono now(const struct httpd *h)
{
	struct sys *sys = h->config.log->sys;

	return sys->ops->boot_now(sys);
}

void httpd_conn_kill(struct httpd_conn *conn)
{
	lws_set_timeout(conn->wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
}

void httpd_conn_drop(struct httpd_conn *conn)
{
	struct httpd_request *req = conn->req;
	const struct httpd_listen *conf = conn->from->conf;

	if (!req)
		return;
	lws_sul_cancel(&conn->deadline);
	if (req->phase == HTTPD_HANDLER && conf->on_gone)
		conf->on_gone(conf->ctx, req);
	conn->req = NULL;
	conn->idle_since = now(conn->from->server);
	conn->from->server->active--;
	httpd_request_free(req);
}

void httpd_conn_write(struct httpd_conn *conn)
{
	lws_callback_on_writable(conn->wsi);
}

void httpd_conn_reset(struct httpd_conn *conn)
{
	struct linger now = { .l_onoff = 1 };

	(void)setsockopt(lws_get_socket_fd(conn->wsi), SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	conn->req->phase = HTTPD_DONE; /* the handler knows */
	httpd_conn_drop(conn);
	httpd_conn_kill(conn);
}

bool httpd_conn_ends(const struct httpd_conn *conn, bool keep)
{
	const struct httpd *h = conn->from->server;

	return h->draining || (h->winding_down && !keep);
}

int httpd_header(const struct httpd_request *req, const char *name, char *out, size_t size)
{
	struct lws *wsi = req->conn->wsi;
	char key[64];
	int n = snprintf(key, sizeof(key), "%s:", name);

	if (n < 0 || (size_t)n >= sizeof(key) || size > INT32_MAX)
		return -1;
	for (int t = 0; t < WSI_TOKEN_COUNT; t++) {
		const unsigned char *known = lws_token_to_string((enum lws_token_indexes)t);

		if (!known || strcmp((const char *)known, key) != 0)
			continue;
		n = lws_hdr_copy(wsi, out, (int)size, (enum lws_token_indexes)t);
		return n > 0 ? n : -1;
	}
	return lws_hdr_custom_copy(wsi, out, (int)size, key, n);
}

static void on_deadline(lws_sorted_usec_list_t *sul)
{
	httpd_conn_kill(lws_container_of(sul, struct httpd_conn, deadline));
}

/* Method and path, which lws decoded; the query joined again. 0, or the status of a refusal. */
static int read_target(struct lws *wsi, struct httpd_request *req)
{
	static const struct {
		enum lws_token_indexes token;
		const char *name;
	} methods[] = { { WSI_TOKEN_GET_URI, "GET" }, { WSI_TOKEN_POST_URI, "POST" },
			{ WSI_TOKEN_PUT_URI, "PUT" }, { WSI_TOKEN_PATCH_URI, "PATCH" },
			{ WSI_TOKEN_DELETE_URI, "DELETE" } };
	size_t n = 0;
	int len;

	for (size_t i = 0; i < COUNTOF(methods) && !req->method[0]; i++) {
		if (!lws_hdr_total_length(wsi, methods[i].token))
			continue;
		(void)snprintf(req->method, sizeof(req->method), "%s", methods[i].name);
		if (lws_hdr_copy(wsi, req->path, sizeof(req->path), methods[i].token) <= 0)
			return 414;
	}
	if (!lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_URI_ARGS))
		return 0;
	for (int i = 0; n + 1 < sizeof(req->query); i++) {
		len = lws_hdr_copy_fragment(wsi, req->query + n, (int)(sizeof(req->query) - n),
					    WSI_TOKEN_HTTP_URI_ARGS, i);
		if (len < 0)
			break;
		n += (size_t)len;
		req->query[n++] = '&';
	}
	if (n + 1 >= sizeof(req->query))
		return 414;
	req->query[n ? n - 1 : 0] = '\0';
	return 0;
}

/* Fill REQ from the head. 0, or the status of a refusal. */
static int read_head(struct lws *wsi, const struct httpd_listen *conf, struct httpd_request *req,
		     size_t *want)
{
	char version[16] = "", length[64] = "", connection[64] = "";
	struct httpd_head head = { .method = req->method, .version = version };
	int status = read_target(wsi, req);

	if (status)
		return status;
	(void)lws_hdr_copy(wsi, version, sizeof(version), WSI_TOKEN_HTTP);
	if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH)) {
		head.length = length; /* one that does not fit stays "", which is refused */
		if (lws_hdr_copy(wsi, length, sizeof(length), WSI_TOKEN_HTTP_CONTENT_LENGTH) < 0)
			length[0] = '\0';
	}
	head.transfer_encoding = lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0;
	(void)lws_hdr_copy(wsi, connection, sizeof(connection), WSI_TOKEN_CONNECTION);
	req->close = strcasestr(connection, "close") || strcmp(version, "HTTP/1.1") != 0;
	return httpd_head_judge(&head, conf->methods, conf->body_max, want);
}

static void set_deadline(struct httpd_conn *conn, int ms)
{
	lws_sul_schedule(conn->from->server->lws, 0, &conn->deadline, on_deadline,
			 (lws_usec_t)ms * LWS_US_PER_MS);
}

/* Answer STATUS and close, because what follows such a head cannot be trusted. */
static int refuse(struct httpd_conn *conn, int status)
{
	AUTO(buf) struct buf out;
	char text[64];
	int n = snprintf(text, sizeof(text), "%d %s\n", status, httpd_head_reason(status));

	buf_init(&out, 1024);
	buf_add(&out, (char[HTTPD_HEADROOM]){ 0 }, HTTPD_HEADROOM);
	httpd_head_write(&out, status, "text/plain", (size_t)n, NULL, true);
	buf_add(&out, text, (size_t)n);
	if (out.failed)
		return -1;
	(void)lws_write(conn->wsi, (unsigned char *)out.data + HTTPD_HEADROOM,
			out.len - HTTPD_HEADROOM, LWS_WRITE_HTTP_FINAL);
	return -1;
}

/* A request that is fine but for its body: closing now would lose the answer in a reset. */
static int refuse_body(struct httpd_conn *conn, int status)
{
	(void)refuse(conn, status);
	httpd_body_drop(&conn->req->body);
	conn->req->phase = HTTPD_REFUSED;
	set_deadline(conn, LINGER_MS);
	return 0;
}

/*
 * End the request whose body has been coming the longest, when that is SLOW_MS or more:
 * held back on purpose, it would keep others out until its deadline, and what little
 * arrives of it buys no time. A large one takes the room of large ones only: the rest is
 * kept for the others. False when there is none, or it is OTHER's own.
 */
static bool end_slowest(const struct httpd_conn *other)
{
	struct httpd *h = other->from->server;
	bool large = httpd_body_is_large(&other->req->body);
	struct httpd_conn *slow = NULL;

	for (struct httpd_conn *c = h->conns; c; c = c->next)
		if (c->req && c->req->phase == HTTPD_READING && c->req->body.have &&
		    (!large || httpd_body_is_large(&c->req->body)) &&
		    (!slow || c->req->since.ns < slow->req->since.ns))
			slow = c;
	if (!slow || slow == other ||
	    mono_diff_ms(now(h), slow->req->since) < SLOW_MS)
		return false;
	httpd_body_drop(&slow->req->body);
	slow->req->phase = HTTPD_REFUSED;
	httpd_conn_kill(slow);
	return true;
}

bool httpd_conn_give_way(struct httpd_listener *l)
{
	struct httpd_conn *idle = NULL;

	for (struct httpd_conn *c = l->server->conns; c; c = c->next)
		if (c->from == l && !c->req && !c->leaving &&
		    (!idle || c->idle_since.ns < idle->idle_since.ns))
			idle = c;
	if (!idle || mono_diff_ms(now(l->server), idle->idle_since) < IDLE_MS)
		return false;
	idle->leaving = true;
	l->connections--;
	/* What lws reads of it in this very round may set its timer anew: so it has nothing to read. */
	(void)shutdown(lws_get_socket_fd(idle->wsi), SHUT_RDWR);
	httpd_conn_kill(idle);
	return true;
}

static void hand_over(struct httpd_conn *conn)
{
	conn->req->phase = HTTPD_HANDLER;
	conn->from->conf->on_request(conn->from->conf->ctx, conn->req);
}

/*
 * A request without a body. While it waits, lws would neither read on nor see the
 * client leave, but spin on what it was sent: so it may not wait.
 */
static int hand_over_empty(struct httpd_conn *conn)
{
	hand_over(conn);
	if (!conn->req || conn->req->phase != HTTPD_HANDLER)
		return 0;
	log_event(conn->from->server->config.log, LOG_LEVEL_ERROR,
		  "a request without a body was not answered at once", "path",
		  conn->req->path, NULL);
	return -1;
}

int httpd_conn_head(struct httpd_conn *conn)
{
	struct httpd *h = conn->from->server;
	size_t want;
	int status;

	/* A second request before the answer to the first; or one that came while it was told to go. */
	if (conn->req || conn->leaving)
		return violated(conn);
	conn->req = httpd_request_new(conn);
	if (!conn->req)
		return -1;
	h->active++;
	conn->req->since = now(h);
	status = read_head(conn->wsi, conn->from->conf, conn->req, &want);
	if (status == 413 && want)
		return refuse_body(conn, status);
	if (status)
		return refuse(conn, status);
	httpd_body_init(&conn->req->body, &h->bodies, want);
	set_deadline(conn, conn->from->conf->deadline_ms);
	if (!want && strcmp(conn->req->method, "POST") != 0)
		return hand_over_empty(conn); /* lws completes empty bodies of POST only */
	return 0;
}

int httpd_conn_body(struct httpd_conn *conn, const void *data, size_t len)
{
	struct httpd_request *req = conn->req;

	if (req && req->phase == HTTPD_REFUSED)
		return 0;
	if (!req || req->phase != HTTPD_READING || len > req->body.want - req->body.have)
		return violated(conn);
	while (!httpd_body_fits(&req->body, len))
		if (!end_slowest(conn))
			return refuse_body(conn, 503);
	return httpd_body_take(&req->body, data, len) ? 0 : refuse_body(conn, 503);
}

int httpd_conn_complete(struct httpd_conn *conn)
{
	if (!conn->req || conn->req->phase != HTTPD_READING ||
	    conn->req->body.have < conn->req->body.want)
		return violated(conn);
	hand_over(conn);
	return 0;
}

int httpd_conn_writable(struct httpd_conn *conn)
{
	struct httpd_request *req = conn->req;
	unsigned char *from;
	bool last;
	size_t n;

	if (!req || req->phase != HTTPD_WRITING)
		return 0;
	from = (unsigned char *)req->out.data + req->sent;
	n = req->end - req->sent;
	last = n <= WRITE_BYTES;
	if (!last)
		n = WRITE_BYTES;
	if (lws_write(conn->wsi, from, n, last ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) != (int)n)
		return -1;
	req->sent += n;
	if (!last) {
		lws_callback_on_writable(conn->wsi);
		return 0;
	}
	req->phase = HTTPD_DONE;
	/* REQ ends with HTTP_DROP_PROTOCOL: within this call, or when a slow reader has it all. */
	return req->close || lws_http_transaction_completed(conn->wsi) ? finished(conn) : 0;
}

void httpd_conn_start(struct httpd *h, struct lws *wsi)
{
	struct httpd_conn *conn = TAKE(h->adopting);

	if (!conn)
		return;
	conn->wsi = wsi;
	conn->idle_since = now(h);
	conn->next = h->conns;
	if (h->conns)
		h->conns->prev = conn;
	h->conns = conn;
	conn->from->connections++;
}

void httpd_conn_free(struct httpd_conn *conn)
{
	httpd_conn_drop(conn);
	conn->from->connections -= !conn->leaving;
	if (conn->prev)
		conn->prev->next = conn->next;
	else
		conn->from->server->conns = conn->next;
	if (conn->next)
		conn->next->prev = conn->prev;
	free(conn);
}
