/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/httpd_body.h"
#include "tests/net/requests.h"
#include "tests/net/test_server.h"
#include "tests/support/leaks.h"
#include "tests/support/tls_client.h"

#define SMALL 262144	/* the longest body that is not large */
#define SMALLS 80	/* so many, short of a byte, fill all room */
#define SLOW_MS 1000	/* from then on a body gives way */

/* Memory of SIZE bytes 'x'. */
static char *filled(size_t size)
{
	char *p = malloc(size);

	cr_assert(p != NULL);
	memset(p, 'x', size);
	return p;
}

/* A connection that sent HEAD and LEN bytes. */
static struct tls_client sent(struct test_server *s, int port, const char *head, const char *body,
			      size_t len)
{
	struct tls_client c = tls_client_open(test_server_port(s, port), port != PORT_PLAIN);

	cr_assert(tls_client_sends(&c, head));
	cr_assert(len == 0 || tls_client_send(&c, body, len));
	return c;
}

static int status_of(struct test_server *s, const char *head, const char *body, size_t len)
{
	AUTO(client) struct tls_client c = sent(s, PORT_PLAIN, head, body, len);

	return tls_client_status(&c);
}

static int clean(struct test_server *s)
{
	return status_of(s, CLEAN, NULL, 0);
}

/* Bytes that are between the plain port and its clients. Source: proc(5), /proc/net/tcp. */
static unsigned long unread(struct test_server *s)
{
	unsigned local, remote, tx, rx, port = (unsigned)test_server_port(s, PORT_PLAIN);
	unsigned long sum = 0;
	char line[512];
	FILE *f = fopen("/proc/net/tcp", "re");

	cr_assert(f != NULL);
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, " %*u: %*x:%x %*x:%x %*x %x:%x", &local, &remote, &tx, &rx) == 4 &&
		    (local == port || remote == port))
			sum += tx + rx;
	(void)fclose(f);
	return sum;
}

/* Until the server has read what was sent to its plain port. */
static void await_read(struct test_server *s)
{
	while (unread(s))
		(void)sched_yield();
}

static void close_all(struct tls_client *c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		tls_client_close(&c[i]);
}

static int ended(struct tls_client *c, size_t n)
{
	int count = 0;

	for (size_t i = 0; i < n; i++)
		count += tls_client_ready(&c[i], 0);
	return count;
}

Test(httpd_room, lengths_that_heads_only_claim_keep_nobody_out, .timeout = 60)
{
	enum { IDLE = 300 };
	static const char *const heads[] = { POST("/length", "262144") "\r\n",
					     POST("/length", "8388608") "\r\n" };
	AUTO(server) struct test_server s;
	AUTO(free) char *body = filled(SERVER_BODY_MAX);
	struct tls_client c[IDLE];

	test_server_start(&s, 0);
	for (size_t i = 0; i < IDLE; i++) {
		c[i] = sent(&s, PORT_TLS, heads[i % 2], NULL, 0);
		if (i == 95)
			cr_expect(eq(int, clean(&s), 200), "after 96");
	}
	cr_expect(eq(int, clean(&s), 200), "after 300");
	cr_expect(eq(int, status_of(&s, heads[0], body, SMALL), 200));
	cr_expect(eq(int, status_of(&s, heads[1], body, SERVER_BODY_MAX), 200));
	cr_assert(tls_client_send(&c[1], body, SERVER_BODY_MAX));
	cr_expect(eq(int, tls_client_status(&c[1]), 200), "the claim came true");
	close_all(c, IDLE);
}

Test(httpd_room, bodies_held_back_fill_it_for_a_second_at_most, .timeout = 60)
{
	AUTO(server) struct test_server s;
	AUTO(free) char *body = filled(SMALL);
	struct tls_client c[SMALLS];

	test_server_start(&s, 0);
	for (size_t i = 0; i < SMALLS; i++)
		c[i] = sent(&s, PORT_PLAIN, POST("/length", "262144") "\r\n", body, SMALL - 1);
	await_read(&s);
	cr_expect(eq(int, clean(&s), 503));
	atomic_store(&s.late_ms, SLOW_MS - 1);
	cr_expect(eq(int, clean(&s), 503));
	cr_expect(eq(int, ended(c, SMALLS), 0), "one of them was ended for nobody");
	atomic_store(&s.late_ms, SLOW_MS);
	cr_expect(eq(int, clean(&s), 200));
	cr_expect(eq(int, clean(&s), 200));
	cr_expect(eq(int, status_of(&s, POST("/length", "262144") "\r\n", body, SMALL), 200));
	cr_expect(ended(c, SMALLS) <= 2, "more were ended than needed");
	close_all(c, SMALLS);
	cr_expect(eq(int, clean(&s), 200));
}

Test(httpd_room, a_drip_buys_no_time, .timeout = 60)
{
	AUTO(server) struct test_server s;
	AUTO(free) char *body = filled(SMALL);
	struct tls_client c[SMALLS];

	test_server_start(&s, 0);
	for (size_t i = 0; i < SMALLS; i++)
		c[i] = sent(&s, PORT_PLAIN, POST("/length", "262144") "\r\n", body, SMALL - 100);
	await_read(&s);
	cr_expect(eq(int, clean(&s), 503));
	for (int i = 1; i <= 10; i++) {
		atomic_store(&s.late_ms, SLOW_MS / 10 * i);
		for (size_t k = 0; k < SMALLS; k++)
			cr_assert(tls_client_sends(&c[k], "x"));
		await_read(&s);
	}
	cr_expect(eq(int, clean(&s), 200));
	close_all(c, SMALLS);
}

Test(httpd_room, large_bodies_leave_some_and_are_refused_while_others_have_theirs, .timeout = 60)
{
	static const char half[] = POST("/length", "4194304") "\r\n";
	static const char whole[] = POST("/length", "8388608") "\r\n";
	static const char least[] = POST("/length", "262145") "\r\n";
	AUTO(server) struct test_server s;
	AUTO(client) struct tls_client a = { .fd = -1 }, b = { .fd = -1 }, c = { .fd = -1 };
	AUTO(free) char *body = filled(SERVER_BODY_MAX);
	size_t four = SERVER_BODY_MAX / 2;

	test_server_start(&s, 0);
	a = sent(&s, PORT_PLAIN, half, body, four - 1);
	b = sent(&s, PORT_PLAIN, half, body, four - 1);
	c = sent(&s, PORT_PLAIN, half, body, four - 1);
	await_read(&s);
	cr_expect(eq(int, status_of(&s, least, body, SMALL + 1), 503));
	cr_expect(eq(int, status_of(&s, POST("/length", "262144") "\r\n", body, SMALL), 200));
	tls_client_close(&a);
	cr_expect(eq(int, clean(&s), 200)); /* it is seen to have left before this one came */
	cr_expect(eq(int, status_of(&s, half, body, four), 200));
	cr_expect(eq(int, status_of(&s, whole, body, SERVER_BODY_MAX), 503));
	atomic_store(&s.late_ms, SLOW_MS);
	cr_expect(eq(int, status_of(&s, whole, body, SERVER_BODY_MAX), 200));
	cr_expect(tls_client_at_end(&b));
	cr_expect(tls_client_at_end(&c));
}

Test(httpd_room, a_large_body_takes_no_room_from_small_ones, .timeout = 60)
{
	static const char half[] = POST("/length", "4194304") "\r\n";
	AUTO(server) struct test_server s;
	AUTO(free) char *body = filled(SERVER_BODY_MAX);
	size_t four = SERVER_BODY_MAX / 2;
	struct tls_client small[3], large[3];

	test_server_start(&s, 0);
	for (size_t i = 0; i < COUNTOF(small); i++)
		small[i] = sent(&s, PORT_PLAIN, POST("/length", "262144") "\r\n", body, SMALL - 1);
	await_read(&s);
	atomic_store(&s.late_ms, 1); /* the small ones have been coming for longest */
	for (size_t i = 0; i < COUNTOF(large); i++)
		large[i] = sent(&s, PORT_PLAIN, half, body, four - 1);
	await_read(&s);
	atomic_store(&s.late_ms, SLOW_MS + 1);
	cr_expect(eq(int, status_of(&s, half, body, four), 200));
	cr_expect(eq(int, ended(small, COUNTOF(small)), 0), "a small one was ended");
	cr_expect(eq(int, ended(large, COUNTOF(large)), 1));
	for (size_t i = 0; i < COUNTOF(small); i++) {
		cr_assert(tls_client_sends(&small[i], "x"));
		cr_expect(eq(int, tls_client_status(&small[i]), 200));
	}
	close_all(small, COUNTOF(small));
	close_all(large, COUNTOF(large));
}

Test(httpd_room, a_body_in_pieces_is_whole_and_what_it_has_is_counted)
{
	static const size_t wants[] = { 1, 5, 16384, 40000, SMALL, SMALL + 1, 3000000 };
	AUTO(free) char *text = filled(3000000);

	for (size_t i = 0; i < COUNTOF(wants); i++) {
		struct httpd_bodies all = { 0 };
		struct httpd_body b;
		size_t n;

		httpd_body_init(&b, &all, wants[i]);
		while (b.have < b.want) {
			n = b.want - b.have < 5000 ? b.want - b.have : 5000;
			text[b.have] = (char)('a' + b.have % 26);
			cr_assert(httpd_body_fits(&b, n) && httpd_body_take(&b, text + b.have, n));
			cr_assert(b.cap >= b.have && b.cap <= b.want &&
				  (b.cap <= 2 * b.have || b.cap <= 16384));
			cr_assert(eq(sz, all.bytes, b.cap));
		}
		cr_expect(memcmp(b.data, text, b.want) == 0 && !b.data[b.want]);
		cr_expect(eq(sz, all.large, wants[i] > SMALL ? b.cap : 0));
		httpd_body_drop(&b);
		cr_expect(b.data == NULL && all.bytes == 0 && all.large == 0);
	}
	NO_LEAKS();
}
