/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A load of admission reviews over TLS 1.3 keep-alive, one thread per connection.
 * usage: load PORT BODY-FILE CONNECTIONS REVIEWS [PER-SECOND]
 * Prints "reviews N failed N seconds S per-second R p50-us N p99-us N". Local use only.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "common/clock.h"
#include "common/fileio.h"

struct load {
	SSL_CTX *tls;
	int port;
	const char *request;
	size_t request_len;
	long reviews;		/* of each connection */
	int64_t pace_ns;	/* between two of one connection; 0: as fast as it goes */
};

struct client {
	const struct load *load;
	pthread_t thread;
	long failed;
	int64_t first_ns;	/* when this connection's turn starts */
	int64_t *took_ns;	/* one per review */
};

static int64_t now_ns(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

static void sleep_until(int64_t ns)
{
	struct timespec t = { .tv_sec = (time_t)(ns / NS_PER_S), .tv_nsec = (long)(ns % NS_PER_S) };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
		;
}

static SSL *open_connection(const struct load *l)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)l->port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	SSL *ssl = SSL_new(l->tls);

	if (fd < 0 || !ssl || connect(fd, (struct sockaddr *)&to, sizeof(to)) < 0 ||
	    SSL_set_fd(ssl, fd) != 1 || SSL_connect(ssl) != 1)
		return NULL;
	return ssl;
}

/* Read one answer; true when it is a 200 with a whole body that allows the pod. */
static bool read_answer(SSL *ssl)
{
	char buf[64 * 1024];
	size_t have = 0, want = 0;

	do {
		const char *end, *length;
		int n = SSL_read(ssl, buf + have, (int)(sizeof(buf) - 1 - have));

		if (n <= 0)
			return false;
		have += (size_t)n;
		buf[have] = '\0';
		end = strstr(buf, "\r\n\r\n");
		length = strcasestr(buf, "content-length:");
		if (end && length)
			want = (size_t)(end + 4 - buf) + strtoul(length + 15, NULL, 10);
	} while (!want || have < want);
	return !strncmp(buf, "HTTP/1.1 200", 12) && strstr(buf, "\"allowed\":true");
}

static void *run_client(void *arg)
{
	struct client *c = arg;
	const struct load *l = c->load;
	SSL *ssl = open_connection(l);

	for (long i = 0; i < l->reviews; i++) {
		int64_t start = l->pace_ns ? c->first_ns + i * l->pace_ns : now_ns();

		if (l->pace_ns)
			sleep_until(start); /* late answers count from when they were due */
		if (!ssl || SSL_write(ssl, l->request, (int)l->request_len) <= 0 || !read_answer(ssl))
			c->failed++;
		c->took_ns[i] = now_ns() - start;
	}
	SSL_free(ssl);
	return NULL;
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void run(const struct load *l, size_t n)
{
	struct client *clients = calloc(n, sizeof(*clients));
	size_t all = n * (size_t)l->reviews;
	int64_t *took = calloc(all, sizeof(*took)), start = now_ns();
	double seconds;
	long failed = 0;

	if (!clients || !took)
		abort();
	for (size_t i = 0; i < n; i++) {
		clients[i] = (struct client){ .load = l, .took_ns = took + i * (size_t)l->reviews,
			.first_ns = start + NS_PER_S / 10 + (int64_t)i * l->pace_ns / (int64_t)n };
		if (pthread_create(&clients[i].thread, NULL, run_client, &clients[i]))
			abort();
	}
	for (size_t i = 0; i < n; i++) {
		(void)pthread_join(clients[i].thread, NULL);
		failed += clients[i].failed;
	}
	seconds = (double)(now_ns() - start) / (double)NS_PER_S;
	qsort(took, all, sizeof(*took), by_value);
	printf("reviews %zu failed %ld seconds %.2f per-second %.0f p50-us %lld p99-us %lld\n", all,
	       failed, seconds, (double)all / seconds, (long long)took[all / 2] / 1000,
	       (long long)took[all * 99 / 100] / 1000);
	free(took);
	free(clients);
}

int main(int argc, char **argv)
{
	struct load l = { .port = argc > 1 ? atoi(argv[1]) : 0 };
	long connections = argc > 3 ? atol(argv[3]) : 0, reviews = argc > 4 ? atol(argv[4]) : 0;
	long rate = argc > 5 ? atol(argv[5]) : 0;
	struct sys sys = sys_real();
	AUTO(buf) struct buf body, request;
	struct err e;

	buf_init(&body, 8 << 20);
	buf_init(&request, 9 << 20);
	if (l.port <= 0 || connections < 1 || reviews < connections) {
		fputs("usage: load PORT BODY-FILE CONNECTIONS REVIEWS [PER-SECOND]\n", stderr);
		return 100;
	}
	if (fileio_read(&sys, AT_FDCWD, argv[2], 0, &body, &e) < 0) {
		fprintf(stderr, "load: %s\n", e.msg);
		return 111;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	/* As the API server's client sends it (shared/cluster.md). */
	buf_addf(&request, "POST /mutate?timeout=10s HTTP/1.1\r\nHost: claude-wif.claude-wif-system.svc:443\r\n"
		 "User-Agent: kube-apiserver-admission\r\nContent-Length: %zu\r\n"
		 "Accept: application/json, */*\r\nContent-Type: application/json\r\n"
		 "Accept-Encoding: gzip\r\n\r\n", body.len);
	buf_add(&request, body.data, body.len);
	l.request = request.data;
	l.request_len = request.len;
	l.reviews = reviews / connections;
	l.pace_ns = rate ? NS_PER_S * connections / rate : 0;
	l.tls = SSL_CTX_new(TLS_client_method());
	if (!l.tls || buf_check(&request, "the request", &e) < 0)
		return 111;
	run(&l, (size_t)connections);
	SSL_CTX_free(l.tls);
	return 0;
}
