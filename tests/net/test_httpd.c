/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "net/httpd_sock.h"
#include "tests/net/requests.h"
#include "tests/net/test_server.h"
#include "tests/support/tls_client.h"
#include "tests/support/leaks.h"

/* Send TEXT, expect STATUS, and the body that begins with BODY. */
static void expect_answer(struct tls_client *c, const char *text, int status, const char *body)
{
	char head[2048], got[256];
	size_t len;

	cr_assert(tls_client_sends(c, text), "%s", text);
	cr_expect(eq(int, tls_client_answer(c, head, sizeof(head), got, sizeof(got), &len), status),
		  "%s", text);
	cr_expect(strncmp(got, body, strlen(body)) == 0, "%s: %s", text, got);
}

Test(httpd, answers_a_request_and_keeps_the_connection, .timeout = 60)
{
	AUTO(server) struct test_server s;
	char head[1024], body[64];
	size_t len;

	test_server_start(&s, 0);
	for (int port = 0; port < PORTS; port++) {
		AUTO(client) struct tls_client c =
			tls_client_open(test_server_port(&s, port), port != PORT_PLAIN);

		for (int i = 0; i < 3; i++) {
			cr_assert(tls_client_sends(&c, CLEAN));
			cr_assert(eq(int, tls_client_answer(&c, head, sizeof(head), body,
							    sizeof(body), &len), 200));
			cr_expect(strcmp(body, "{\"len\":5}") == 0, "%s", body);
			cr_expect(strstr(head, "\r\ncontent-type: application/json\r\n") != NULL);
			cr_expect(strstr(head, "\r\nx-test: yes\r\n") != NULL);
			cr_expect(strstr(head, "connection: close") == NULL);
		}
	}
}


Test(httpd, hands_over_method_headers_and_query, .timeout = 60)
{
	AUTO(server) struct test_server s;
	AUTO(client) struct tls_client c = { .fd = -1 };

	test_server_start(&s, 0);
	c = tls_client_open(test_server_port(&s, PORT_PLAIN), false);
	expect_answer(&c, "GET /header?a=b&c=%20d HTTP/1.1\r\nhost: x\r\nX-Custom-Name: One, Two\r\n"
			  "Content-Type: a/b\r\n\r\n", 200, "GET|One, Two|a/b|a=b&c= d");
	expect_answer(&c, "POST /header HTTP/1.1\r\ncontent-length: 0\r\n\r\n", 200, "POST|||");
	expect_answer(&c, "GET /nowhere HTTP/1.1\r\n\r\n", 404, "");
}

Test(httpd, takes_gets_one_after_another_from_one_write, .timeout = 60)
{
	AUTO(server) struct test_server s;
	AUTO(client) struct tls_client c = { .fd = -1 };

	test_server_start(&s, 0);
	c = tls_client_open(test_server_port(&s, PORT_PLAIN), false);
	cr_assert(tls_client_sends(&c, "GET /header HTTP/1.1\r\n\r\n"));
	expect_answer(&c, "GET /nowhere HTTP/1.1\r\n\r\n", 200, "GET|");
	cr_expect(eq(int, tls_client_status(&c), 404));
}

Test(httpd, answers_more_than_a_socket_holds_and_goes_on, .timeout = 60)
{
	AUTO(server) struct test_server s;
	char head[1024], body[16];
	size_t len;

	test_server_start(&s, 0);
	for (int port = 0; port < PORTS; port++) {
		AUTO(client) struct tls_client c =
			tls_client_open(test_server_port(&s, port), port != PORT_PLAIN);

		for (int i = 0; i < 5; i++) {
			cr_assert(tls_client_sends(&c, POST("/big", "2") "\r\nhi"));
			cr_assert(eq(int, tls_client_answer(&c, head, sizeof(head), body,
							    sizeof(body), &len), 200));
			cr_expect(eq(sz, len, SERVER_BIG));
		}
	}
}

Test(httpd, takes_eight_mebibytes_three_times_on_one_connection, .timeout = 60)
{
	AUTO(server) struct test_server s;
	AUTO(client) struct tls_client c = { .fd = -1 };
	AUTO(free) char *body = calloc(1, SERVER_BODY_MAX);

	test_server_start(&s, 0);
	c = tls_client_open(test_server_port(&s, PORT_TLS), true);
	for (int i = 0; i < 3; i++) {
		cr_assert(tls_client_sends(&c, POST("/length", "8388608") "\r\n"));
		cr_assert(tls_client_send(&c, body, SERVER_BODY_MAX));
		expect_answer(&c, "", 200, "{\"len\":8388608}");
	}
}

Test(httpd, says_and_does_close_when_the_client_asks, .timeout = 60)
{
	static const char *const texts[] = {
		POST("/length", "5") "connection: close\r\n\r\nhello",
		POST("/big", "5") "Connection: Close\r\n\r\nhello",
		"POST /length HTTP/1.0\r\ncontent-length: 5\r\n\r\nhello",
	};
	AUTO(server) struct test_server s;
	char head[1024], body[16];
	size_t len;

	test_server_start(&s, 0);
	for (size_t i = 0; i < COUNTOF(texts) * 2; i++) {
		AUTO(client) struct tls_client c =
			tls_client_open(test_server_port(&s, i % 2 ? PORT_TLS : PORT_PLAIN), i % 2);

		cr_assert(tls_client_sends(&c, texts[i / 2]));
		cr_expect(eq(int, tls_client_answer(&c, head, sizeof(head), body, sizeof(body),
						    &len), 200), "%s", texts[i / 2]);
		cr_expect(strstr(head, "\r\nconnection: close\r\n") != NULL, "%s", head);
		cr_expect(tls_client_at_end(&c), "%s", texts[i / 2]);
	}
}

Test(httpd, takes_the_body_of_a_client_that_expects_100, .timeout = 60)
{
	AUTO(server) struct test_server s;
	AUTO(client) struct tls_client c = { .fd = -1 };

	test_server_start(&s, 0);
	c = tls_client_open(test_server_port(&s, PORT_TLS), true);
	cr_assert(tls_client_sends(&c, POST("/length", "5") "expect: 100-continue\r\n\r\n"));
	expect_answer(&c, "hello", 200, "{\"len\":5}");
}

Test(httpd, answers_later_from_a_wake_up, .timeout = 60)
{
	AUTO(server) struct test_server s;
	AUTO(client) struct tls_client c = { .fd = -1 };

	test_server_start(&s, 0);
	c = tls_client_open(test_server_port(&s, PORT_TLS), true);
	for (int i = 0; i < 3; i++) {
		cr_assert(tls_client_sends(&c, POST("/hold", "7") "\r\nwaiting"));
		test_server_await(&s, &s.requests, i + 1);
		test_server_release(&s);
		expect_answer(&c, "", 200, "{\"len\":7}");
	}
	cr_expect(eq(int, test_server_count(&s, &s.gone), 0));
}

Test(httpd, cuts_and_resets_when_told, .timeout = 60)
{
	AUTO(server) struct test_server s;
	char head[1024], body[16];
	size_t len;

	test_server_start(&s, 0);
	for (int tls = 0; tls < 2; tls++) {
		int port = test_server_port(&s, tls ? PORT_TLS : PORT_PLAIN);
		AUTO(client) struct tls_client cut = tls_client_open(port, tls);
		AUTO(client) struct tls_client reset = tls_client_open(port, tls);

		cr_assert(tls_client_sends(&cut, POST("/cut", "1") "\r\nx"));
		cr_expect(eq(int, tls_client_answer(&cut, head, sizeof(head), body, sizeof(body),
						    &len), 200));
		cr_expect(strstr(head, "content-length: 100\r\n") != NULL);
		cr_expect(eq(sz, len, 10));
		cr_assert(tls_client_sends(&reset, POST("/reset", "1") "\r\nx"));
		cr_expect(eq(int, tls_client_status(&reset), 0));
	}
	cr_expect(eq(int, test_server_count(&s, &s.gone), 0), "a reset is the handler's own doing");
}

Test(httpd, a_drain_ends_what_is_idle_and_answers_what_is_not, .timeout = 60)
{
	AUTO(server) struct test_server s;
	AUTO(client) struct tls_client idle = { .fd = -1 }, busy = { .fd = -1 };
	char head[1024], body[16];
	size_t len;
	int port;

	test_server_start(&s, 0);
	port = test_server_port(&s, PORT_TLS);
	idle = tls_client_open(port, true);
	expect_answer(&idle, CLEAN, 200, "");
	busy = tls_client_open(port, true);
	cr_assert(tls_client_sends(&busy, POST("/hold", "5") "\r\nhello"));
	test_server_await(&s, &s.requests, 2);
	test_server_drain(&s);
	cr_expect(tls_client_at_end(&idle));
	test_server_release(&s);
	cr_expect(eq(int, tls_client_answer(&busy, head, sizeof(head), body, sizeof(body), &len),
		     200));
	cr_expect(strstr(head, "\r\nconnection: close\r\n") != NULL, "%s", head);
	cr_expect(tls_client_at_end(&busy));
	test_server_await(&s, &s.idle_ticks, test_server_count(&s, &s.idle_ticks) + 1);
	cr_expect(not(tls_client_reaches(port)), "it still listens");
}

Test(httpd, closes_connections_above_the_limit_and_takes_new_ones_below, .timeout = 60)
{
	AUTO(server) struct test_server s;
	AUTO(client) struct tls_client a = { .fd = -1 }, b = { .fd = -1 }, c = { .fd = -1 };
	int port, status = 0;

	test_server_start(&s, 2);
	port = test_server_port(&s, PORT_PLAIN);
	a = tls_client_open(port, false);
	b = tls_client_open(port, false);
	expect_answer(&a, CLEAN, 200, "");
	expect_answer(&b, CLEAN, 200, "");
	c = tls_client_open(port, false);
	cr_expect(tls_client_at_end(&c));
	tls_client_close(&a);
	while (status != 200) { /* until the server has seen A leave */
		AUTO(client) struct tls_client d = tls_client_open(port, false);

		if (tls_client_sends(&d, CLEAN))
			status = tls_client_status(&d);
	}
	expect_answer(&b, CLEAN, 200, "");
}

Test(httpd, the_longest_idle_connection_gives_way_to_a_new_one, .timeout = 60)
{
	static const char hold[] = POST("/hold", "1") "\r\nx";
	AUTO(server) struct test_server s;
	AUTO(client) struct tls_client silent = { .fd = -1 }, idle = { .fd = -1 };
	AUTO(client) struct tls_client busy = { .fd = -1 }, a = { .fd = -1 }, b = { .fd = -1 };
	int port;

	test_server_start(&s, 3);
	port = test_server_port(&s, PORT_PLAIN);
	silent = tls_client_open(port, false);
	idle = tls_client_open(port, false);
	busy = tls_client_open(port, false);
	expect_answer(&idle, CLEAN, 200, "");
	cr_assert(tls_client_sends(&busy, hold));
	test_server_await(&s, &s.requests, 2);
	s.late_ms = 2000;
	a = tls_client_open(port, false);
	expect_answer(&a, CLEAN, 200, "");
	cr_expect(tls_client_at_end(&silent));
	b = tls_client_open(port, false);
	expect_answer(&b, CLEAN, 200, "");
	cr_expect(tls_client_at_end(&idle));
	expect_answer(&a, CLEAN, 200, "");
	test_server_release(&s);
	cr_expect(eq(int, tls_client_status(&busy), 200), "what is under way is not idle");
}

static void never(void *ctx, struct httpd_request *req)
{
	(void)ctx;
	httpd_reset(req);
}

Test(httpd, says_which_address_it_cannot_bind)
{
	AUTO(close) int taken = -1;
	struct sys sys = sys_real();
	struct log log;
	struct httpd_listen listen = { .address = "127.0.0.1", .methods = "GET",
				       .on_request = never };
	struct httpd_config config = { .log = &log, .listen = &listen, .listeners = 1 };
	struct httpd *h;
	struct err e;
	char want[64];

	log_init(&log, &sys, STDERR_FILENO, LOG_LEVEL_WARN);
	cr_assert(eq(int, httpd_sock_listen("127.0.0.1", 0, &taken, &e), 0));
	listen.port = httpd_sock_port(taken);
	(void)snprintf(want, sizeof(want), "unable to listen on 127.0.0.1 port %d: ", listen.port);
	cr_expect(eq(int, httpd_new(&h, &config, &e), -1));
	cr_expect(eq(int, (int)e.kind, ERR_IO));
	cr_expect(strncmp(e.msg, want, strlen(want)) == 0, "%s", e.msg);
	listen.address = "localhost";
	cr_expect(eq(int, httpd_new(&h, &config, &e), -1));
	cr_expect(eq(int, (int)e.kind, ERR_INVALID));
	NO_LEAKS();
}
