/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/net/requests.h"
#include "tests/net/test_server.h"
#include "tests/support/tls_client.h"

/* After whatever came before, a clean client is served, on a port of the same server. */
static void expect_served(struct test_server *s, const char *after)
{
	AUTO(client) struct tls_client c = tls_client_open(test_server_port(s, PORT_TLS), true);

	cr_expect(tls_client_sends(&c, CLEAN), "%s", after);
	cr_expect(eq(int, tls_client_status(&c), 200), "after: %s", after);
}

static const struct {
	const char *name, *text;
	int port, status;	/* status 0: closed without an answer */
} refused[] = {
	{ "chunked", "POST /length HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n"
		     "5\r\nhello\r\n0\r\n\r\n", PORT_TLS, 411 },
	{ "no length", "POST /length HTTP/1.1\r\nhost: x\r\n\r\nhello", PORT_TLS, 411 },
	{ "a length of -1", POST("/length", "-1") "\r\nhello", PORT_TLS, 400 },
	{ "two lengths in a line", POST("/length", "5,  7") "\r\nhello12", PORT_TLS, 400 },
	{ "two lengths", POST("/length", "5") "content-length: 7\r\n\r\nhello12", PORT_TLS, 400 },
	{ "two equal lengths", POST("/length", "5") "content-length: 5\r\n\r\nhello", PORT_TLS, 400 },
	{ "a huge length", POST("/length", "9223372036854775808") "\r\nhello", PORT_TLS, 413 },
	{ "a length over the limit", POST("/length", "8388609") "\r\nhello", PORT_TLS, 413 },
	{ "get on a post listener", "GET /length HTTP/1.1\r\nhost: x\r\n\r\n", PORT_HASTY, 405 },
	{ "put", "PUT /length HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello", PORT_TLS, 405 },
	{ "delete", "DELETE /length HTTP/1.1\r\nhost: x\r\n\r\n", PORT_PLAIN, 405 },
	{ "head", "HEAD /length HTTP/1.1\r\nhost: x\r\n\r\n", PORT_PLAIN, 405 },
	{ "get with a body", "GET /length HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello",
	  PORT_PLAIN, 413 },
	{ "http 2.0", "POST /length HTTP/2.0\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello",
	  PORT_TLS, 505 },
	{ "garbage", "\x01\x02\x03 what\r\n\r\n\r\n", PORT_TLS, 403 },
	{ "garbage on the plain port", "NOTHING /x HTTP/1.1\r\n\r\n", PORT_PLAIN, 403 },
	{ "connect", "CONNECT a:1 HTTP/1.1\r\nhost: a:1\r\n\r\n", PORT_PLAIN, 0 },
	{ "a websocket", "GET /length HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\n"
			 "connection: upgrade\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
			 "sec-websocket-version: 13\r\n\r\n", PORT_PLAIN, 0 },
	{ "an http/2 upgrade", "GET /length HTTP/1.1\r\nhost: x\r\nupgrade: h2c\r\n"
			       "connection: upgrade, http2-settings\r\n"
			       "http2-settings: AAMAAABkAAQAAP__\r\n\r\n", PORT_PLAIN, 0 },
	{ "http/2 without asking", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", PORT_PLAIN, 403 },
	{ "a relative path", "GET length HTTP/1.1\r\nhost: x\r\n\r\n", PORT_PLAIN, 403 },
	{ "two pipelined posts", CLEAN CLEAN, PORT_TLS, 0 },
	{ "two pipelined puts", "PUT /x HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello"
	  "PUT /x HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello", PORT_TLS, 405 },
	{ "a get behind the last one", "GET /length HTTP/1.1\r\nconnection: close\r\n\r\n"
	  "GET /length HTTP/1.1\r\n\r\n", PORT_TLS, 200 },
	{ "bytes behind the body", POST("/silent", "5") "\r\nhello!", PORT_TLS, 0 },
};

Test(httpd_hostile, refuses_and_closes_then_serves_the_next, .timeout = 120)
{
	AUTO(server) struct test_server s;

	test_server_start(&s, 0);
	for (size_t i = 0; i < COUNTOF(refused); i++) {
		AUTO(client) struct tls_client c = tls_client_open(
			test_server_port(&s, refused[i].port), refused[i].port != PORT_PLAIN);

		cr_expect(tls_client_sends(&c, refused[i].text), "%s", refused[i].name);
		cr_expect(eq(int, tls_client_status(&c), refused[i].status), "%s", refused[i].name);
		cr_expect(tls_client_at_end(&c), "%s: still open", refused[i].name);
		expect_served(&s, refused[i].name);
	}
	cr_expect(test_server_cpu_ms(&s) < 3000, "one of them made it spin");
}

Test(httpd_hostile, plain_text_on_the_tls_port_is_closed, .timeout = 60)
{
	AUTO(server) struct test_server s;
	AUTO(client) struct tls_client c = { .fd = -1 };

	test_server_start(&s, 0);
	c = tls_client_open(test_server_port(&s, PORT_TLS), false);
	cr_assert(tls_client_sends(&c, CLEAN));
	cr_expect(eq(int, tls_client_status(&c), 0));
	expect_served(&s, "plain text");
}

/* Memory of SIZE bytes 'x'. */
static char *filled(size_t size)
{
	char *p = malloc(size);

	cr_assert(p != NULL);
	memset(p, 'x', size);
	return p;
}

Test(httpd_hostile, a_whole_body_over_the_limit_gets_its_413, .timeout = 60)
{
	AUTO(server) struct test_server s;
	AUTO(free) char *body = filled(SERVER_BODY_MAX + 1);

	test_server_start(&s, 0);
	for (int port = 0; port < PORTS; port++) {
		AUTO(client) struct tls_client c =
			tls_client_open(test_server_port(&s, port), port != PORT_PLAIN);

		cr_assert(tls_client_sends(&c, POST("/length", "8388609") "\r\n"));
		cr_expect(tls_client_send(&c, body, SERVER_BODY_MAX + 1));
		cr_expect(eq(int, tls_client_status(&c), 413));
		cr_expect(tls_client_at_end(&c));
	}
	cr_expect(eq(int, test_server_count(&s, &s.requests), 0));
	expect_served(&s, "a whole body over the limit");
}

Test(httpd_hostile, a_body_that_drips_past_the_deadline_is_cut, .timeout = 60)
{
	AUTO(server) struct test_server s;
	AUTO(client) struct tls_client c = { .fd = -1 };
	int bytes = 0;

	test_server_start(&s, 0);
	c = tls_client_open(test_server_port(&s, PORT_HASTY), true);
	cr_assert(tls_client_sends(&c, POST("/length", "1000") "\r\n"));
	while (!tls_client_ready(&c, SERVER_HASTY_MS / 8) && bytes < 1000 &&
	       tls_client_sends(&c, "x"))
		bytes++;
	cr_expect(bytes < 1000, "each byte bought more time");
	cr_expect(tls_client_at_end(&c));
	cr_expect(eq(int, test_server_count(&s, &s.requests), 0));
	expect_served(&s, "a slow drip");
}

Test(httpd_hostile, a_request_past_its_deadline_is_taken_from_the_handler, .timeout = 60)
{
	AUTO(server) struct test_server s;
	AUTO(client) struct tls_client c = { .fd = -1 };

	test_server_start(&s, 0);
	c = tls_client_open(test_server_port(&s, PORT_HASTY), true);
	cr_assert(tls_client_sends(&c, POST("/silent", "5") "\r\nhello"));
	test_server_await(&s, &s.gone, 1);
	cr_expect(tls_client_at_end(&c));
	expect_served(&s, "a deadline");
}

Test(httpd_hostile, a_client_that_leaves_is_told_to_the_handler_once, .timeout = 60)
{
	AUTO(server) struct test_server s;

	test_server_start(&s, 0);
	for (int i = 0; i < 6; i++) {
		bool tls = i % 2;
		struct tls_client c =
			tls_client_open(test_server_port(&s, tls ? PORT_TLS : PORT_PLAIN), tls);

		cr_assert(tls_client_sends(&c, POST("/hold", "5") "\r\nhello"));
		test_server_await(&s, &s.requests, i + 1);
		tls_client_close(&c);
		test_server_await(&s, &s.gone, i + 1);
	}
	test_server_release(&s);
	expect_served(&s, "six that left");
	cr_expect(eq(int, test_server_count(&s, &s.gone), 6));
}

Test(httpd_hostile, a_body_that_ends_early_reaches_nobody, .timeout = 60)
{
	AUTO(server) struct test_server s;
	AUTO(free) char *part = filled(300000);

	test_server_start(&s, 0);
	for (int i = 0; i < 8; i++) {
		struct tls_client c = tls_client_open(test_server_port(&s, PORT_TLS), true);

		cr_assert(tls_client_sends(&c, POST("/length", "400000") "\r\n"));
		cr_assert(tls_client_send(&c, part, i % 2 ? 300000 : 3));
		tls_client_close(&c);
	}
	expect_served(&s, "eight early ends");
	cr_expect(eq(int, test_server_count(&s, &s.requests), 1));
	cr_expect(eq(int, test_server_count(&s, &s.gone), 0));
}

Test(httpd_hostile, a_closed_connection_whose_client_stays_costs_nothing, .timeout = 60)
{
	static const char *const texts[] = {
		"GET /length HTTP/1.1\r\nconnection: close\r\n\r\nGET /length HTTP/1.1\r\n\r\n",
		CLEAN CLEAN,
		"PUT /x HTTP/1.1\r\ncontent-length: 5\r\n\r\nhello" CLEAN,
		POST("/length", "8388609") "\r\nhello" CLEAN,
	};
	AUTO(server) struct test_server s;
	struct tls_client c[COUNTOF(texts)];
	long cpu;

	test_server_start(&s, 0);
	for (size_t i = 0; i < COUNTOF(texts); i++) {
		c[i] = tls_client_open(test_server_port(&s, PORT_TLS), true);
		cr_assert(tls_client_sends(&c[i], texts[i]));
		(void)tls_client_status(&c[i]);
		cr_expect(tls_client_at_end(&c[i]), "%s", texts[i]);
	}
	test_server_await(&s, &s.idle_ticks, test_server_count(&s, &s.idle_ticks) + 1);
	cpu = test_server_cpu_ms(&s);
	test_server_await(&s, &s.idle_ticks, test_server_count(&s, &s.idle_ticks) + 2);
	cr_expect(test_server_cpu_ms(&s) - cpu < 300, "it spins on what it has closed");
	for (size_t i = 0; i < COUNTOF(texts); i++)
		tls_client_close(&c[i]);
}

/* Pieces that hostile_sequences strings together; every request but the last two is whole. */
static const char *const pieces[] = {
	CLEAN, CLEAN CLEAN, POST("/big", "5") "\r\nhello", POST("/hold", "2") "\r\nhi",
	POST("/silent", "1") "\r\nx", POST("/reset", "1") "\r\nx", POST("/cut", "1") "\r\nx",
	POST("/length", "0") "\r\n", POST("/length", "5") "connection: close\r\n\r\nhello",
	POST("/length", "5") "connection: close\r\n\r\nhello" CLEAN,
	"GET /big HTTP/1.1\r\n\r\n", "GET /length HTTP/1.1\r\nconnection: close\r\n\r\n",
	"PUT /x HTTP/1.1\r\ncontent-length: 5\r\n\r\nhello", "\r\n", "x", "\r\n\r\n\r\n",
	"POST /length HTTP/1.1\r\n", POST("/length", "50") "\r\nhello",
};

Test(httpd_hostile, random_sequences_leave_it_serving_and_at_rest, .timeout = 300)
{
	AUTO(server) struct test_server s;
	unsigned seed = 20261122;
	long cpu;

	test_server_start(&s, 0);
	for (int i = 0; i < 400; i++) {
		int port = rand_r(&seed) % 2 ? PORT_HASTY : PORT_PLAIN;
		struct tls_client c =
			tls_client_open(test_server_port(&s, port), port != PORT_PLAIN);

		for (int n = 1 + rand_r(&seed) % 5; n > 0; n--)
			if (!tls_client_sends(&c, pieces[(size_t)rand_r(&seed) % COUNTOF(pieces)]))
				break;
		if (rand_r(&seed) % 2)
			(void)tls_client_ready(&c, 5);
		tls_client_close(&c);
		if (i % 20 == 0)
			expect_served(&s, "a random sequence");
	}
	test_server_await(&s, &s.idle_ticks, test_server_count(&s, &s.idle_ticks) + 1);
	cpu = test_server_cpu_ms(&s);
	test_server_await(&s, &s.idle_ticks, test_server_count(&s, &s.idle_ticks) + 2);
	cr_expect(test_server_cpu_ms(&s) - cpu < 300, "it spins with nothing to do");
	expect_served(&s, "all random sequences");
}
