/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_NET_TEST_SERVER_H
#define TESTS_NET_TEST_SERVER_H

/* An httpd on its own thread, with a handler that does what the path says. */

#include <openssl/x509.h>
#include <pthread.h>
#include <stdatomic.h>

#include "common/log.h"
#include "net/httpd.h"

enum { PORT_TLS, PORT_HASTY, PORT_PLAIN, PORTS };

#define SERVER_BODY_MAX (8u << 20)
#define SERVER_HASTY_MS 400	/* deadline of PORT_HASTY */
#define SERVER_BIG (1u << 20)	/* bytes that GET /big answers */

/*
 * Paths: /length answers {"len":N}; /big 1 MiB; /hold nothing until a wake-up
 * answers it; /silent nothing ever; /cut 10 of 100 bytes; /reset a reset;
 * /header the value of X-Custom-Name, Content-Type and the query.
 */
struct test_server {
	struct sys_ops ops;
	struct sys sys;		/* its time since boot stands still: late_ms moves it */
	atomic_int late_ms;
	struct log log;
	struct httpd *h;
	struct httpd_listen listen[PORTS];
	EVP_PKEY *key;
	X509 *cert;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t moved;
	int requests, gone, drained, idle_ticks;	/* under lock, like the two below */
	bool drain, release;
	struct httpd_request *held;		/* server thread only */
};

/* Start it; aborts the test when it cannot. CONNECTIONS_MAX as in httpd_listen. */
void test_server_start(struct test_server *s, int connections_max);
/* Stop it, and check for leaks: as a guard it runs behind those of the clients. */
void test_server_stop(struct test_server *s);
int test_server_port(const struct test_server *s, int which);

/* Wait until *COUNT, one of the counters above, is at least WANT. */
void test_server_await(struct test_server *s, const int *count, int want);
int test_server_count(struct test_server *s, const int *count);

/* Have the held request answered; make the server drain, and wait until it does. */
void test_server_release(struct test_server *s);
void test_server_drain(struct test_server *s);

/* Processor time that the server's thread has used, in milliseconds. */
long test_server_cpu_ms(struct test_server *s);

static inline void auto_server(struct test_server *s)
{
	test_server_stop(s);
}

#endif
