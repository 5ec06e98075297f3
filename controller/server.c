/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/server.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>

#include "common/fileio.h"
#include "controller/review.h"

#define REQUEST_MS 10000	/* the webhook's own timeout is 5 s */
#define CONNECTIONS_MAX 1024
#define PROBE_CONNECTIONS_MAX 64
#define PROBE_BODY_MAX 1024
#define DRAIN_MS 15000		/* for the last answers; a request has 10 s */

static struct mono now(const struct server *s)
{
	return s->log->sys->ops->boot_now(s->log->sys);
}

/* What is shown: of files, or our own. */
static const struct tls_identity *identity(const struct server *s)
{
	return s->args->tls_secret ? s->cluster.certs.identity : s->reload.identity;
}

static int on_cert(void *ctx, struct ssl_st *ssl)
{
	const struct server *s = ctx;

	return tls_identity_show(identity(s), ssl);
}

static void on_review(void *ctx, struct httpd_request *req)
{
	struct server *s = ctx;

	admission_on_request(&s->admission, req);
}

static void on_review_gone(void *ctx, struct httpd_request *req)
{
	struct server *s = ctx;

	admission_on_gone(&s->admission, req);
}

/*
 * Would the API server take what is shown? Of files it is only known by --service
 * which name it calls, and not what it trusts.
 */
static int check_certificate(const struct server *s, struct err *e)
{
	struct wall wall = s->log->sys->ops->wall_now(s->log->sys);

	if (s->args->tls_secret)
		return certs_check(&s->cluster.certs, wall, e);
	return tls_identity_check(s->reload.identity, s->reload.host, wall, e);
}

static void on_probe(void *ctx, struct httpd_request *req)
{
	struct server *s = ctx;

	s->probes.certificate = (struct err){ 0 };
	(void)!check_certificate(s, &s->probes.certificate);
	s->metrics.certificate_not_after_s =
		identity(s) ? tls_identity_not_after(identity(s)).s : 0;
	s->probes.synced = cluster_synced(&s->cluster);
	if (!strcmp(httpd_path(req), "/metrics"))
		cluster_measure(&s->cluster, &s->reload.settings, &s->metrics);
	probes_on_request(&s->probes, req);
}

/* The number of a pending signal, 0 when there is none. */
static int pending_signal(const struct server *s)
{
	struct signalfd_siginfo info;

	return read(s->signals, &info, sizeof(info)) == sizeof(info) ? (int)info.ssi_signo : 0;
}

static void terminate(struct server *s, int signo)
{
	int64_t serve_on_ms = signo == SIGTERM ? s->args->drain_s * INT64_C(1000) : 0;

	s->probes.terminating = true;
	s->phase = SERVER_TERMINATING;
	httpd_wind_down(s->httpd);
	s->next = mono_add_ms(now(s), serve_on_ms);
	log_event(s->log, LOG_LEVEL_INFO, "terminating", "signal", sigabbrev_np(signo), NULL);
}

static void drain(struct server *s)
{
	s->phase = SERVER_DRAINING;
	s->next = mono_add_ms(now(s), DRAIN_MS);
	httpd_drain(s->httpd);
}

/* On the kube thread. */
static void wake(void *ctx)
{
	const struct server *s = ctx;

	httpd_wake(s->httpd);
}

static void on_wake(void *ctx)
{
	struct server *s = ctx;

	cluster_on_wake(&s->cluster);
}

static void on_tick(void *ctx)
{
	struct server *s = ctx;
	int signo = pending_signal(s);

	reload_poll(&s->reload);
	cluster_poll(&s->cluster, s->reload.settings.prefix);
	if (signo && s->phase == SERVER_SERVING)
		terminate(s, signo);
	if (s->phase == SERVER_TERMINATING && now(s).ns >= s->next.ns)
		drain(s);
	if (s->phase == SERVER_DRAINING && (httpd_idle(s->httpd) || now(s).ns >= s->next.ns))
		httpd_stop(s->httpd);
}

static int open_signals(struct server *s, struct err *e)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0 ||
	    (s->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC)) < 0)
		return err_set(e, ERR_IO, errno, "unable to wait for signals");
	return 0;
}

static const char *host(const struct args_address *a)
{
	return *a->host ? a->host : NULL;
}

static int open_httpd(struct server *s, struct err *e)
{
	const struct httpd_config config = { .log = s->log, .listen = s->listen,
					     .listeners = COUNTOF(s->listen), .on_wake = on_wake,
					     .on_tick = on_tick,
					     .ctx = s };

	s->listen[0] = (struct httpd_listen){
		.address = host(&s->args->listen), .port = s->args->listen.port, .tls = true,
		.methods = "POST", .body_max = REVIEW_BYTES_MAX, .deadline_ms = REQUEST_MS,
		.connections_max = CONNECTIONS_MAX, .on_request = on_review,
		.on_gone = on_review_gone, .on_cert = on_cert, .ctx = s,
	};
	s->listen[1] = (struct httpd_listen){
		.address = host(&s->args->metrics), .port = s->args->metrics.port,
		.methods = "GET", .body_max = PROBE_BODY_MAX, .deadline_ms = REQUEST_MS,
		.connections_max = PROBE_CONNECTIONS_MAX, .on_request = on_probe, .ctx = s,
	};
	return httpd_new(&s->httpd, &config, e);
}

static int write_ports(struct server *s, struct err *e)
{
	const char *path = s->args->port_file, *slash = path ? strrchr(path, '/') : NULL;
	AUTO(free) char *dir = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	AUTO(close) int fd = -1;
	char text[64];
	int n;

	if (!path)
		return 0;
	if (!dir)
		return err_set(e, ERR_NOMEM, 0, "no memory for %s", path);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, ERR_IO, errno, "unable to open %s for the port file", dir);
	n = snprintf(text, sizeof(text), "listen %d\nmetrics %d\n", httpd_port(s->httpd, 0),
		     httpd_port(s->httpd, 1));
	return fileio_replace(s->log->sys, fd, slash ? slash + 1 : path, text, (size_t)n, 0644, e);
}

static int load_files(struct server *s, struct err *e)
{
	const struct args *a = s->args;
	char host[192] = "";
	const struct reload_names names = { a->config, a->tls_cert, a->tls_key, host };

	if (a->service[0])
		(void)snprintf(host, sizeof(host), "%s.%s.svc", a->service, a->namespace_);
	return reload_init(&s->reload, s->log, &s->metrics, &names, e);
}

int server_init(struct server *s, const struct args *args, struct log *log, struct err *e)
{
	*s = (struct server){ .args = args, .log = log, .signals = -1 };
	admission_init(&s->admission, log, &s->metrics, &s->reload.settings);
	s->probes = (struct probes){ .log = log, .metrics = &s->metrics };
	if (load_files(s, e) < 0 || open_signals(s, e) < 0 || open_httpd(s, e) < 0 ||
	    cluster_init(&s->cluster, args, log, &s->admission, s->reload.settings.prefix, wake, s,
			 e) < 0)
		return -1;
	return write_ports(s, e);
}

int server_run(struct server *s, struct err *e)
{
	char port[2][8];

	for (int i = 0; i < 2; i++)
		(void)snprintf(port[i], sizeof(port[i]), "%d", httpd_port(s->httpd, (size_t)i));
	log_event(s->log, LOG_LEVEL_INFO, "serving", "version", WIF_VERSION, "port#", port[0],
		  "metrics_port#", port[1], NULL);
	if (httpd_run(s->httpd, e) < 0)
		return -1;
	log_event(s->log, LOG_LEVEL_INFO, "stopped", NULL);
	return 0;
}

void server_fini(struct server *s)
{
	cluster_fini(&s->cluster); /* its thread wakes the server: it ends first */
	httpd_free(s->httpd);
	s->httpd = NULL;
	auto_close(&s->signals);
	s->signals = -1;
	admission_fini(&s->admission);
	reload_fini(&s->reload);
}
