/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "tests/net/test_server.h"
#include "tests/net/tls_client.h"

#define POST(path, body_length) \
	"POST " path " HTTP/1.1\r\nhost: x\r\ncontent-length: " body_length "\r\n"
#define CLEAN POST("/length", "5") "\r\nhello"

/* After whatever came before, a clean client is served, on a port of the same server. */
static void expect_served(struct test_server *s, const char *after)
{
	AUTO(client) struct tls_client c = tls_client_open(test_server_port(s, PORT_TLS), true);

	cr_expect(tls_client_sends(&c, CLEAN), "%s", after);
	cr_expect(eq(int, tls_client_status(&c), 200), "after: %s", after);
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
	{ "get on a post listener", "GET /length HTTP/1.1\r\nhost: x\r\n\r\n", PORT_TLS, 405 },
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
	{ "bytes behind the body", POST("/silent", "5") "\r\nhello!", PORT_TLS, 0 },
};

Test(httpd, refuses_and_closes_then_serves_the_next, .timeout = 120)
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
}
