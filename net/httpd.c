/* SPDX-License-Identifier: Apache-2.0 */
#include "net/httpd.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>

#include "net/httpd_private.h"
#include "net/httpd_sock.h"

#define BUFFER_BYTES (64 << 10)	/* read at once: 76 -> 38 us of CPU per review, measured */
#define HEAD_BYTES 8192		/* longest head of a request */
#define HEAD_S 10		/* for the TLS handshake, and for a head */
#define IDLE_S 120		/* must outlast Go's 90 s, or its next POST meets our close */
#define DESCRIPTORS 4096	/* bounds two tables that lws otherwise sizes by RLIMIT_NOFILE */
#define ACCEPTS 32		/* new connections taken per turn of the loop */

/* The library's log has no context argument: the one writable global of the server. */
static struct log *lws_sink;

static void on_lws_log(int level, const char *line)
{
	char text[256];

	(void)snprintf(text, sizeof(text), "%s", line);
	text[strcspn(text, "\r\n")] = '\0';
	if (lws_sink)
		log_event(lws_sink, level == LLL_ERR ? LOG_LEVEL_ERROR : LOG_LEVEL_WARN,
			  "libwebsockets", "detail", text, NULL);
}

static int on_cert(SSL *ssl, void *arg)
{
	const struct httpd_listener *l = arg;

	return l->conf->on_cert(l->conf->ctx, ssl) == 1;
}

/* The certificate comes per handshake; a name in SNI must not choose among our listeners. */
static int tls_setup(SSL_CTX *ctx, struct httpd_listener *l)
{
	SSL_CTX_set_tlsext_servername_callback(ctx, NULL);
	SSL_CTX_set_cert_cb(ctx, on_cert, l);
	return SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 ? 0 : -1;
}

static int on_conn(struct httpd_conn *conn, enum lws_callback_reasons why, void *in, size_t len)
{
	switch (why) {
	case LWS_CALLBACK_HTTP:
		return httpd_conn_head(conn);
	case LWS_CALLBACK_HTTP_BODY:
		return httpd_conn_body(conn, in, len);
	case LWS_CALLBACK_HTTP_BODY_COMPLETION:
		return httpd_conn_complete(conn);
	case LWS_CALLBACK_HTTP_WRITEABLE:
		return httpd_conn_writable(conn);
	case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
	case LWS_CALLBACK_CLOSED_HTTP:
		httpd_conn_drop(conn);
		return 0;
	case LWS_CALLBACK_WSI_DESTROY:
		httpd_conn_free(conn);
		return 0;
	default:
		return 0;
	}
}

static int on_http(struct lws *wsi, enum lws_callback_reasons why, void *user, void *in, size_t len)
{
	struct httpd *h = lws_context_user(lws_get_context(wsi));
	struct httpd_conn *conn;

	switch (why) { /* some come with a wsi that is none */
	case LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS:
		return tls_setup(user, lws_vhost_user(in));
	case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
		if (atomic_exchange(&h->wake, false) && h->config.on_wake)
			h->config.on_wake(h->config.ctx);
		return 0;
	case LWS_CALLBACK_WSI_CREATE:
		httpd_conn_start(h, wsi);
		return 0;
	case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
	case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
	case LWS_CALLBACK_RAW_ADOPT: /* after CONNECT */
	case LWS_CALLBACK_RAW_RX:
		return -1; /* no websockets, no HTTP/2 upgrade, no tunnels */
	case LWS_CALLBACK_HTTP:
	case LWS_CALLBACK_HTTP_BODY:
	case LWS_CALLBACK_HTTP_BODY_COMPLETION:
	case LWS_CALLBACK_HTTP_WRITEABLE:
	case LWS_CALLBACK_HTTP_DROP_PROTOCOL:
	case LWS_CALLBACK_CLOSED_HTTP:
	case LWS_CALLBACK_WSI_DESTROY:
		conn = lws_get_opaque_user_data(wsi);
		return conn ? on_conn(conn, why, in, len) : 0;
	default:
		return 0;
	}
}

/* Give FD to lws as a connection of L. */
static void adopt(struct httpd_listener *l, int fd)
{
	struct httpd *h = l->server;
	lws_adopt_desc_t desc = { .vh = l->vhost,
				  .type = LWS_ADOPT_SOCKET | LWS_ADOPT_HTTP | LWS_ADOPT_ALLOW_SSL,
				  .fd.sockfd = fd };
	int on = 1;

	h->adopting = calloc(1, sizeof(*h->adopting));
	if (!h->adopting) {
		(void)close(fd);
		return;
	}
	h->adopting->from = l;
	desc.opaque = h->adopting;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)lws_adopt_descriptor_vhost_via_info(&desc); /* it closes FD when it fails */
	free(TAKE(h->adopting)); /* still there only when no wsi was made */
}

/* A listening socket is readable. */
static int on_listen(struct lws *wsi, enum lws_callback_reasons why, void *user, void *in,
		     size_t len)
{
	struct httpd *h = lws_context_user(lws_get_context(wsi));
	struct httpd_listener *l = h->listener;

	(void)user, (void)in, (void)len;
	if (why != LWS_CALLBACK_RAW_RX_FILE)
		return 0;
	if (h->draining)
		return -1;
	while (l->wsi != wsi)
		l++;
	for (int i = 0; i < ACCEPTS; i++) {
		int fd = accept4(lws_get_socket_fd(wsi), NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
			       errno == ENOMEM)) {
			log_event(h->config.log, LOG_LEVEL_ERROR, "unable to accept", "error",
				  strerror(errno), NULL);
			lws_rx_flow_control(wsi, 0); /* until the next tick: it would spin */
		}
		if (fd < 0)
			break;
		if (l->conf->connections_max && l->connections >= l->conf->connections_max &&
		    !httpd_conn_give_way(l))
			(void)close(fd);
		else
			adopt(l, fd);
	}
	return 0;
}

/*
 * One byte of session data, never used: only to protocols that have some does lws
 * announce HTTP_DROP_PROTOCOL, the first sign of a closing connection.
 */
static const struct lws_protocols protocols[] = {
	{ .name = "http", .callback = on_http, .per_session_data_size = 1,
	  .rx_buffer_size = BUFFER_BYTES },
	{ .name = "listen", .callback = on_listen },
	{ .name = NULL },
};

static const struct lws_http_mount mount = { .mountpoint = "/", .mountpoint_len = 1,
					     .origin_protocol = LWSMPRO_CALLBACK,
					     .protocol = "http" };

static void on_tick(lws_sorted_usec_list_t *sul)
{
	struct httpd *h = lws_container_of(sul, struct httpd, tick);

	lws_sul_schedule(h->lws, 0, &h->tick, on_tick, LWS_US_PER_SEC);
	for (size_t i = 0; i < h->config.listeners; i++)
		if (h->listener[i].wsi)
			lws_rx_flow_control(h->listener[i].wsi, 1);
	if (h->config.on_tick)
		h->config.on_tick(h->config.ctx);
}

static int context_new(struct httpd *h, struct err *e)
{
	struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN,
		.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT |
			   LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS |
			   LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME,
		.pt_serv_buf_size = BUFFER_BYTES,
		.max_http_header_data = HEAD_BYTES,
		.fd_limit_per_thread = DESCRIPTORS,
		.timeout_secs = HEAD_S,
		.user = h,
	};

	lws_sink = h->config.log;
	lws_set_log_level(LLL_ERR | LLL_WARN, on_lws_log);
	h->lws = lws_create_context(&info);
	return h->lws ? 0 : err_set(e, ERR_NOMEM, 0, "unable to create the server's event loop");
}

/* A vhost without lws's own listening socket, and ours beside it. */
static int listener_new(struct httpd *h, size_t i, struct err *e)
{
	struct httpd_listener *l = &h->listener[i];
	struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN_SERVER,
		.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT |
			   LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS,
		.protocols = protocols,
		.mounts = &mount,
		.alpn = "http/1.1",
		.keepalive_timeout = IDLE_S,
		.timeout_secs_ah_idle = HEAD_S,
		.user = l,
	};
	lws_sock_file_fd_type fd;

	l->server = h;
	l->conf = &h->config.listen[i];
	(void)snprintf(l->name, sizeof(l->name), "listener-%zu", i);
	info.vhost_name = l->name;
	if (l->conf->tls)
		info.options |= LWS_SERVER_OPTION_CREATE_VHOST_SSL_CTX;
	l->vhost = lws_create_vhost(h->lws, &info);
	if (!l->vhost)
		return err_set(e, ERR_NOMEM, 0, "unable to set up %s", l->name);
	if (httpd_sock_listen(l->conf->address, l->conf->port, &fd.filefd, e) < 0)
		return -1;
	l->port = httpd_sock_port(fd.filefd);
	l->wsi = lws_adopt_descriptor_vhost(l->vhost, LWS_ADOPT_RAW_FILE_DESC, fd, "listen", NULL);
	if (l->wsi)
		return 0;
	(void)close(fd.filefd);
	return err_set(e, ERR_NOMEM, 0, "unable to watch %s", l->name);
}

static int start(struct httpd *h, struct err *e)
{
	if (context_new(h, e) < 0)
		return -1;
	for (size_t i = 0; i < h->config.listeners; i++)
		if (listener_new(h, i, e) < 0)
			return -1;
	lws_sul_schedule(h->lws, 0, &h->tick, on_tick, LWS_US_PER_SEC);
	return 0;
}

int httpd_new(struct httpd **out, const struct httpd_config *config, struct err *e)
{
	struct httpd *h;

	*out = NULL;
	if (!config->listeners || config->listeners > HTTPD_LISTENERS_MAX)
		return err_set(e, ERR_BUG, 0, "%zu listeners; 1 to %d are possible",
			       config->listeners, HTTPD_LISTENERS_MAX);
	h = calloc(1, sizeof(*h));
	if (!h)
		return err_set(e, ERR_NOMEM, 0, "no memory for the server");
	h->config = *config;
	if (start(h, e) < 0) {
		httpd_free(h);
		return -1;
	}
	*out = h;
	return 0;
}

void httpd_free(struct httpd *h)
{
	if (!h)
		return;
	if (h->lws) {
		lws_sul_cancel(&h->tick);
		lws_context_destroy(h->lws);
	}
	lws_sink = NULL;
	free(h);
}

int httpd_port(const struct httpd *h, size_t i)
{
	return h->listener[i].port;
}

int httpd_run(struct httpd *h, struct err *e)
{
	while (!atomic_load(&h->stop))
		if (lws_service(h->lws, 0) < 0)
			return err_set(e, ERR_IO, 0, "the server's event loop failed");
	return 0;
}

void httpd_wake(struct httpd *h)
{
	atomic_store(&h->wake, true);
	lws_cancel_service(h->lws);
}

void httpd_stop(struct httpd *h)
{
	atomic_store(&h->stop, true);
	lws_cancel_service(h->lws);
}

void httpd_wind_down(struct httpd *h)
{
	h->winding_down = true;
}

void httpd_drain(struct httpd *h)
{
	httpd_wind_down(h);
	h->draining = true;
	for (size_t i = 0; i < h->config.listeners; i++)
		if (h->listener[i].wsi) {
			lws_set_timeout(h->listener[i].wsi, PENDING_TIMEOUT_USER_REASON_BASE,
					LWS_TO_KILL_ASYNC);
			h->listener[i].wsi = NULL;
		}
	for (struct httpd_conn *c = h->conns; c; c = c->next)
		if (!c->req)
			httpd_conn_kill(c);
}

bool httpd_idle(const struct httpd *h)
{
	return !h->active;
}
