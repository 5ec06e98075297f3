/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A load of admission reviews over TLS 1.3 keep-alive, one thread per connection.
 * usage: load PORT PATH BODY-FILE CONNECTIONS REVIEWS [PER-SECOND]
 * Prints one line, "reviews N refused N failed N seconds S allowed-per-second R p50-us N p99-us N
 * max-us N": refused is a 503, failed anything else but a pod allowed. Local use only.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/client.h"
#include "common/clock.h"
#include "common/fileio.h"

enum outcome { LOAD_ALLOWED, LOAD_REFUSED, LOAD_FAILED, OUTCOMES };

struct load {
	SSL_CTX *tls;
	int port;
	struct buf request;
	long reviews;		/* of each connection */
	int64_t pace_ns;	/* between two of one connection; 0: as fast as it goes */
};

/* One connection's. */
struct turn {
	const struct load *load;
	pthread_t thread;
	long count[OUTCOMES];
	int64_t first_ns;	/* when it starts */
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

static enum outcome judge(int status, const char *body)
{
	if (status == 200)
		return strstr(body, "\"allowed\":true") ? LOAD_ALLOWED : LOAD_FAILED;
	return status == 503 ? LOAD_REFUSED : LOAD_FAILED;
}

static void *run_turn(void *arg)
{
	struct turn *t = arg;
	const struct load *l = t->load;
	struct client c;

	client_open(&c, l->tls, l->port);
	for (long i = 0; i < l->reviews; i++) {
		int64_t start = l->pace_ns ? t->first_ns + i * l->pace_ns : now_ns();
		const char *body = "";
		size_t len;
		int status;

		if (l->pace_ns)
			sleep_until(start); /* late answers count from when they were due */
		status = client_ask(&c, &l->request, &body, &len);
		t->count[judge(status, body)]++;
		t->took_ns[i] = now_ns() - start;
		if (status && c.ssl)
			continue;
		client_close(&c);
		client_open(&c, l->tls, l->port);
	}
	client_close(&c);
	return NULL;
}

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static void report(int64_t *took, size_t n, const long *count, double seconds)
{
	qsort(took, n, sizeof(*took), by_value);
	printf("reviews %zu refused %ld failed %ld seconds %.2f allowed-per-second %.0f p50-us %lld "
	       "p99-us %lld max-us %lld\n", n, count[LOAD_REFUSED], count[LOAD_FAILED], seconds,
	       (double)count[LOAD_ALLOWED] / seconds, (long long)took[n / 2] / 1000,
	       (long long)took[n * 99 / 100] / 1000, (long long)took[n - 1] / 1000);
}

static void run(const struct load *l, size_t n)
{
	struct turn *turns = calloc(n, sizeof(*turns));
	size_t all = n * (size_t)l->reviews;
	int64_t *took = calloc(all, sizeof(*took)), start = now_ns();
	long count[OUTCOMES] = { 0 };

	if (!turns || !took)
		abort();
	for (size_t i = 0; i < n; i++) {
		turns[i] = (struct turn){ .load = l, .took_ns = took + i * (size_t)l->reviews,
			.first_ns = start + NS_PER_S / 10 + (int64_t)i * l->pace_ns / (int64_t)n };
		if (pthread_create(&turns[i].thread, NULL, run_turn, &turns[i]))
			abort();
	}
	for (size_t i = 0; i < n; i++) {
		(void)pthread_join(turns[i].thread, NULL);
		for (int o = 0; o < OUTCOMES; o++)
			count[o] += turns[i].count[o];
	}
	report(took, all, count, (double)(now_ns() - start) / (double)NS_PER_S);
	free(took);
	free(turns);
}

int main(int argc, char **argv)
{
	struct load l = { .port = argc > 5 ? atoi(argv[1]) : 0 };
	long connections = argc > 5 ? atol(argv[4]) : 0, reviews = argc > 5 ? atol(argv[5]) : 0;
	long rate = argc > 6 ? atol(argv[6]) : 0;
	struct sys sys = sys_real();
	AUTO(buf) struct buf body;
	struct err e;

	if (l.port <= 0 || connections < 1 || reviews < connections) {
		fputs("usage: load PORT PATH BODY-FILE CONNECTIONS REVIEWS [PER-SECOND]\n", stderr);
		return 100;
	}
	buf_init(&body, 8 << 20);
	buf_init(&l.request, 9 << 20);
	if (fileio_read(&sys, AT_FDCWD, argv[3], 0, &body, &e) < 0) {
		fprintf(stderr, "load: %s\n", e.msg);
		return 111;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	client_request(&l.request, argv[2], body.data, body.len);
	l.reviews = reviews / connections;
	l.pace_ns = rate ? NS_PER_S * connections / rate : 0;
	l.tls = SSL_CTX_new(TLS_client_method());
	if (!l.tls || buf_check(&l.request, "the request", &e) < 0)
		return 111;
	run(&l, (size_t)connections);
	SSL_CTX_free(l.tls);
	buf_fini(&l.request);
	return 0;
}
