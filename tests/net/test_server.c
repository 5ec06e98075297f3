/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/net/test_server.h"

#include <criterion/criterion.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <string.h>
#include <unistd.h>

#include "tests/support/leaks.h"

static void bump(struct test_server *s, int *count)
{
	pthread_mutex_lock(&s->lock);
	++*count;
	pthread_cond_broadcast(&s->moved);
	pthread_mutex_unlock(&s->lock);
}

static void answer_length(struct httpd_request *req)
{
	char text[64];
	size_t len;
	int n;

	(void)httpd_body(req, &len);
	n = snprintf(text, sizeof(text), "{\"len\":%zu}", len);
	httpd_answer(req, 200, "application/json", text, (size_t)n, "x-test: yes\r\n");
}

static void answer_big(struct httpd_request *req)
{
	char *big = malloc(SERVER_BIG);

	memset(big, 'x', SERVER_BIG);
	httpd_answer(req, 200, "text/plain", big, SERVER_BIG, NULL);
	free(big);
}

static void answer_header(struct httpd_request *req)
{
	char custom[64] = "", type[64] = "", text[512];
	int n;

	(void)httpd_header(req, "x-custom-name", custom, sizeof(custom));
	(void)httpd_header(req, "content-type", type, sizeof(type));
	n = snprintf(text, sizeof(text), "%s|%s|%s|%s", httpd_method(req), custom, type,
		     httpd_query(req));
	httpd_answer(req, 200, "text/plain", text, (size_t)n, NULL);
}

static void on_request(void *ctx, struct httpd_request *req)
{
	struct test_server *s = ctx;
	const char *path = httpd_path(req);
	char hundred[100];

	memset(hundred, 'y', sizeof(hundred));
	if (!strcmp(path, "/length"))
		answer_length(req);
	else if (!strcmp(path, "/big"))
		answer_big(req);
	else if (!strcmp(path, "/header"))
		answer_header(req);
	else if (!strcmp(path, "/hold"))
		s->held = req;
	else if (!strcmp(path, "/cut"))
		httpd_answer_cut(req, 200, "text/plain", hundred, sizeof(hundred), 10);
	else if (!strcmp(path, "/reset"))
		httpd_reset(req);
	else if (strcmp(path, "/silent") != 0)
		httpd_answer(req, 404, "text/plain", "", 0, NULL);
	bump(s, &s->requests);
}

static void on_gone(void *ctx, struct httpd_request *req)
{
	struct test_server *s = ctx;

	if (s->held == req)
		s->held = NULL;
	bump(s, &s->gone);
}

/* Whether *FLAG was set; clears it. */
static bool taken(struct test_server *s, bool *flag)
{
	bool was;

	pthread_mutex_lock(&s->lock);
	was = *flag;
	*flag = false;
	pthread_mutex_unlock(&s->lock);
	return was;
}

static void on_wake(void *ctx)
{
	struct test_server *s = ctx;

	if (taken(s, &s->release) && s->held)
		answer_length(TAKE(s->held));
	if (taken(s, &s->drain)) {
		httpd_drain(s->h);
		bump(s, &s->drained);
	}
}

static void on_tick(void *ctx)
{
	struct test_server *s = ctx;

	if (httpd_idle(s->h))
		bump(s, &s->idle_ticks);
}

static int on_cert(void *ctx, struct ssl_st *ssl)
{
	struct test_server *s = ctx;

	return SSL_use_cert_and_key(ssl, s->cert, s->key, NULL, 1);
}

static void make_cert(struct test_server *s)
{
	X509_NAME *name;

	s->key = EVP_EC_gen("P-256");
	s->cert = X509_new();
	cr_assert(s->key && s->cert);
	X509_set_version(s->cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(s->cert), 1);
	X509_gmtime_adj(X509_getm_notBefore(s->cert), -60);
	X509_gmtime_adj(X509_getm_notAfter(s->cert), 3600);
	X509_set_pubkey(s->cert, s->key);
	name = X509_get_subject_name(s->cert);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"test", -1, -1,
				   0);
	X509_set_issuer_name(s->cert, name);
	cr_assert(X509_sign(s->cert, s->key, EVP_sha256()));
}

static void *run(void *ctx)
{
	struct test_server *s = ctx;
	struct err e;

	return (void *)(intptr_t)httpd_run(s->h, &e);
}

static struct mono boot_now(struct sys *sys)
{
	const struct test_server *s = sys->ctx;

	return mono_add_ms((struct mono){ NS_PER_S }, atomic_load(&s->late_ms));
}

void test_server_start(struct test_server *s, int connections_max)
{
	struct httpd_config config = { .log = &s->log, .listen = s->listen, .listeners = PORTS,
				       .on_wake = on_wake, .on_tick = on_tick, .ctx = s };
	struct err e;

	memset(s, 0, sizeof(*s));
	s->ops = *sys_real().ops;
	s->ops.boot_now = boot_now;
	s->sys = (struct sys){ .ops = &s->ops, .ctx = s };
	log_init(&s->log, &s->sys, STDERR_FILENO, LOG_LEVEL_WARN);
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->moved, NULL);
	make_cert(s);
	for (int i = 0; i < PORTS; i++)
		s->listen[i] = (struct httpd_listen){
			.address = "127.0.0.1", .tls = i != PORT_PLAIN,
			.methods = i == PORT_HASTY ? "POST" : "GET POST",
			.body_max = SERVER_BODY_MAX,
			.deadline_ms = i == PORT_HASTY ? SERVER_HASTY_MS : 60000,
			.connections_max = connections_max,
			.on_request = on_request, .on_gone = on_gone, .on_cert = on_cert, .ctx = s };
	cr_assert(!httpd_new(&s->h, &config, &e), "%s", e.msg);
	cr_assert(!pthread_create(&s->thread, NULL, run, s));
}

void test_server_stop(struct test_server *s)
{
	void *result;

	if (!s->h)
		return;
	httpd_stop(s->h);
	pthread_join(s->thread, &result);
	cr_assert(!result, "the event loop failed");
	httpd_free(s->h);
	s->h = NULL;
	X509_free(s->cert);
	EVP_PKEY_free(s->key);
	pthread_cond_destroy(&s->moved);
	pthread_mutex_destroy(&s->lock);
	NO_LEAKS();
}

int test_server_port(const struct test_server *s, int which)
{
	return httpd_port(s->h, (size_t)which);
}

int test_server_count(struct test_server *s, const int *count)
{
	int n;

	pthread_mutex_lock(&s->lock);
	n = *count;
	pthread_mutex_unlock(&s->lock);
	return n;
}

void test_server_await(struct test_server *s, const int *count, int want)
{
	struct timespec until;
	int timed_out = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 20;
	pthread_mutex_lock(&s->lock);
	while (*count < want && !timed_out)
		timed_out = pthread_cond_timedwait(&s->moved, &s->lock, &until);
	pthread_mutex_unlock(&s->lock);
	cr_assert(!timed_out, "the server did not get there");
}

static void ask(struct test_server *s, bool *flag)
{
	pthread_mutex_lock(&s->lock);
	*flag = true;
	pthread_mutex_unlock(&s->lock);
	httpd_wake(s->h);
}

void test_server_release(struct test_server *s)
{
	ask(s, &s->release);
}

void test_server_drain(struct test_server *s)
{
	ask(s, &s->drain);
	test_server_await(s, &s->drained, 1);
}

long test_server_cpu_ms(struct test_server *s)
{
	struct timespec used;
	clockid_t clock;

	cr_assert(!pthread_getcpuclockid(s->thread, &clock) && !clock_gettime(clock, &used));
	return used.tv_sec * 1000 + used.tv_nsec / 1000000;
}
