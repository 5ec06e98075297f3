/* SPDX-License-Identifier: Apache-2.0 */

/* The kinds of hostile sequences; library-facts 4.1 has those that libwebsockets cannot take. */

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "bench/client.h"
#include "tests/controller/soak/soak.h"
#include "tests/controller/soak/wire.h"

#define IDLE 64		/* connections that a foe keeps open and leaves alone */
#define ANY_BYTES (400 << 10)
#define EACH 3		/* times, in soak_hostile_each */

struct foe {
	struct soak *soak;
	unsigned seed;
	struct wire idle[IDLE];
	size_t next;
};

static size_t below(struct foe *f, size_t n)
{
	return (size_t)rand_r(&f->seed) % n;
}

static const struct buf *any_request(struct foe *f)
{
	return &f->soak->sample[below(f, f->soak->samples)].request;
}

static struct wire tls(struct foe *f)
{
	return wire_tls(f->soak->tls, f->soak->port, below(f, 4) ? 0 : TLS1_2_VERSION);
}

/* A TLS connection, now and then one of the other port, or one without TLS where TLS is due. */
static struct wire any(struct foe *f)
{
	size_t which = below(f, 8);

	if (which == 0)
		return wire_plain(f->soak->port);
	return which < 3 ? wire_plain(f->soak->metrics_port) : tls(f);
}

static void some_bytes(struct foe *f, struct buf *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_addc(out, (char)below(f, 256));
}

static const char *const pieces[] = {
	"POST /mutate HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello",
	"POST /mutate HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello",
	"POST /mutate HTTP/1.1\r\nhost: x\r\ncontent-length: 50\r\n\r\nhello",
	"POST /mutate HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n",
	"POST /mutate HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 5\r\n\r\n",
	"POST /else HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}",
	"POST /mutate HTTP/1.0\r\ncontent-length: 2\r\n\r\n{}",
	"POST /mutate HTTP/2.0\r\ncontent-length: 2\r\n\r\n{}",
	"PUT /mutate HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello",
	"DELETE /mutate HTTP/1.1\r\nhost: x\r\n\r\n", "HEAD /healthz HTTP/1.1\r\nhost: x\r\n\r\n",
	"GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n", "GET /healthz HTTP/1.1\r\nconnection: close\r\n\r\n",
	"GET /mutate HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
	"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n\r\n",
	"GET /mutate HTTP/1.1\r\nhost: x\r\nupgrade: h2c\r\nconnection: upgrade, http2-settings\r\n"
	"http2-settings: AAMAAABkAAQAAP__\r\n\r\n",
	"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "CONNECT a:1 HTTP/1.1\r\nhost: a:1\r\n\r\n",
	"OPTIONS * HTTP/1.1\r\n\r\n", "POST  /mutate HTTP/1.1\r\n", "\r\n", "x", "\r\n\r\n\r\n", "hello",
	" : \r\n", "POST /mutate?%00%zz&&== HTTP/1.1\r\ncontent-length: 1\r\n\r\nx",
	"POST //../mutate HTTP/1.1\r\ncontent-length: 1\r\n\r\nx",
};

static void pieces_in_a_row(struct foe *f, struct wire *w)
{
	*w = any(f);
	for (size_t n = 1 + below(f, 6); n > 0; n--)
		wire_text(w, pieces[below(f, COUNTOF(pieces))]);
}

static void half_head(struct foe *f, struct wire *w)
{
	const struct buf *r = any_request(f);

	*w = any(f);
	wire_send(w, r->data, below(f, 200));
}

static void drip(struct foe *f, struct wire *w)
{
	const struct buf *r = any_request(f);
	const struct timespec pause = { .tv_nsec = (long)below(f, 2000000) };

	*w = any(f);
	for (size_t i = 0, n = below(f, 60); i < n; i++) {
		wire_send(w, r->data + i, 1);
		(void)nanosleep(&pause, NULL); /* what makes it a drip */
	}
}

static void pipelined_reviews(struct foe *f, struct wire *w)
{
	AUTO(buf) struct buf all;

	buf_init(&all, SIZE_MAX / 2);
	for (size_t n = 2 + below(f, 4); n > 0; n--) {
		const struct buf *r = any_request(f);

		buf_add(&all, r->data, r->len);
	}
	*w = tls(f);
	wire_send(w, all.data, all.len - below(f, all.len / 2));
}

static void chunked(struct foe *f, struct wire *w)
{
	static const char *const chunks[] = { "5\r\nhello\r\n", "0\r\n\r\n", "-1\r\nx\r\n", "zz\r\n",
		"ffffffffffffffff\r\nx\r\n", "5;a=b\r\nhello\r\n", "5\r\nhel", "\r\n", "0" };

	*w = any(f);
	wire_text(w, "POST /mutate HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n");
	wire_text(w, below(f, 2) ? "content-length: 5\r\n\r\n" : "\r\n");
	for (size_t n = below(f, 5); n > 0; n--)
		wire_text(w, chunks[below(f, COUNTOF(chunks))]);
}

static void wrong_length(struct foe *f, struct wire *w)
{
	static const char *const lengths[] = { "-1", "+5", "5,  7", "5\r\ncontent-length: 7",
		"5\r\ncontent-length: 5", "0x5", "", "8388608", "8388609", "9223372036854775808",
		"99999999999999999999999999", "300000", "5 5", "1e3" };
	AUTO(buf) struct buf text;

	buf_init(&text, SIZE_MAX / 2);
	buf_addf(&text, "POST /mutate HTTP/1.1\r\nhost: x\r\ncontent-length: %s\r\n\r\n",
		 lengths[below(f, COUNTOF(lengths))]);
	some_bytes(f, &text, below(f, 4) ? below(f, 100) : below(f, ANY_BYTES));
	*w = tls(f);
	wire_send(w, text.data, text.len);
}

static void long_head(struct foe *f, struct wire *w)
{
	AUTO(buf) struct buf text;
	size_t lines = below(f, 300);

	buf_init(&text, SIZE_MAX / 2);
	buf_adds(&text, "POST /mutate");
	for (size_t n = below(f, 2) ? below(f, 20000) : 0; n > 0; n--)
		buf_addc(&text, 'a');
	buf_adds(&text, " HTTP/1.1\r\n");
	for (size_t i = 0; i < lines; i++)
		buf_addf(&text, "x-%zu: %zu\r\n", below(f, 1000), i);
	buf_adds(&text, "content-length: 2\r\n\r\n{}");
	*w = any(f);
	wire_send(w, text.data, text.len);
}

static void garbage_for_tls(struct foe *f, struct wire *w)
{
	AUTO(buf) struct buf text;

	buf_init(&text, SIZE_MAX / 2);
	if (below(f, 2))
		buf_add(&text, "\x16\x03\x01", 3);
	some_bytes(f, &text, below(f, 600));
	*w = wire_plain(f->soak->port);
	wire_send(w, text.data, text.len);
}

static void broken_hello(struct foe *f, struct wire *w)
{
	AUTO(buf) struct buf hello;

	buf_init(&hello, SIZE_MAX / 2);
	wire_hello(f->soak->tls, &hello);
	for (size_t n = below(f, 4); n > 0 && hello.len; n--)
		hello.data[below(f, hello.len)] = (char)below(f, 256);
	*w = wire_plain(f->soak->port);
	wire_send(w, hello.data, below(f, 3) ? hello.len : below(f, hello.len + 1));
}

static void garbage_between_records(struct foe *f, struct wire *w)
{
	AUTO(buf) struct buf text;

	buf_init(&text, SIZE_MAX / 2);
	some_bytes(f, &text, 1 + below(f, 100));
	*w = tls(f);
	wire_send(w, any_request(f)->data, below(f, 2000));
	(void)send(w->fd, text.data, text.len, MSG_NOSIGNAL);
}

static void leaves_in_the_body(struct foe *f, struct wire *w)
{
	const struct buf *r = any_request(f);

	*w = tls(f);
	wire_send(w, r->data, r->len - 1 - below(f, r->len / 2));
}

static void leaves_before_the_answer(struct foe *f, struct wire *w)
{
	const struct buf *r = any_request(f);

	*w = tls(f);
	wire_send(w, r->data, r->len);
	if (below(f, 2))
		(void)shutdown(w->fd, SHUT_WR);
}

static void renegotiates(struct foe *f, struct wire *w)
{
	const struct buf *r = any_request(f);

	*w = wire_tls(f->soak->tls, f->soak->port, TLS1_2_VERSION);
	if (below(f, 2))
		wire_send(w, r->data, below(f, r->len));
	for (size_t n = 1 + below(f, 3); n > 0; n--)
		wire_renegotiate(w);
	wire_send(w, r->data, r->len);
}

static void updates_keys(struct foe *f, struct wire *w)
{
	const struct buf *r = any_request(f);

	*w = wire_tls(f->soak->tls, f->soak->port, 0);
	for (size_t n = below(f, 40); n > 0; n--)
		wire_update_key(w);
	wire_send(w, r->data, r->len);
}

/* A review with bytes of its body changed. */
static void mutated_review(struct foe *f, struct wire *w)
{
	const struct buf *r = any_request(f);
	size_t head = (size_t)(strstr(r->data, "\r\n\r\n") + 4 - r->data);
	AUTO(buf) struct buf text;

	buf_init(&text, SIZE_MAX / 2);
	buf_add(&text, r->data, r->len);
	for (size_t n = 1 + below(f, 20); n > 0; n--)
		text.data[head + below(f, r->len - head)] = (char)below(f, 256);
	*w = tls(f);
	wire_send(w, text.data, text.len);
}

/* The same few bytes again and again: deep nesting, or many values. */
static void large_body(struct foe *f, struct wire *w)
{
	static const char *const units[] = { "[", "{\"a\":", "[],", "1,", "\"\\u0000\",", " " };
	const char *unit = units[below(f, COUNTOF(units))];
	AUTO(buf) struct buf text, body;

	buf_init(&text, SIZE_MAX / 2);
	buf_init(&body, SIZE_MAX / 2);
	buf_adds(&body, "{\"request\":[");
	for (size_t n = below(f, ANY_BYTES); body.len < n;)
		buf_adds(&body, unit);
	client_request(&text, "/mutate", body.data, body.len);
	*w = tls(f);
	wire_send(w, text.data, text.len);
}

static void burst(struct foe *f, struct wire *w)
{
	for (size_t n = 5 + below(f, 30); n > 0; n--) {
		struct wire one = wire_plain(below(f, 2) ? f->soak->port : f->soak->metrics_port);

		wire_close(&one, below(f, 2));
	}
	*w = tls(f);
}

/* Stays: one that only connected, one that shook hands, one that began to speak. */
static void idles(struct foe *f, struct wire *w)
{
	size_t how = below(f, 3);

	*w = how ? tls(f) : wire_plain(f->soak->port);
	if (how == 2)
		wire_text(w, "POST /mutate HTTP/1.1\r\nhost");
	wire_close(&f->idle[f->next % IDLE], below(f, 2));
	f->idle[f->next++ % IDLE] = *w;
	*w = WIRE_NONE;
}

static void (*const kinds[])(struct foe *f, struct wire *w) = {
	pieces_in_a_row, pieces_in_a_row, pieces_in_a_row, half_head, drip, pipelined_reviews,
	chunked, wrong_length, long_head, garbage_for_tls, broken_hello, garbage_between_records,
	leaves_in_the_body, leaves_before_the_answer, renegotiates, updates_keys, mutated_review,
	large_body, burst, idles,
};

/* Sequence I, the same for the same seed, of a KIND or of any. */
static void one_sequence(struct foe *f, long i, const size_t *kind)
{
	struct wire w = WIRE_NONE;

	f->seed = f->soak->seed + (unsigned)i * 2654435761u;
	kinds[kind ? *kind : below(f, COUNTOF(kinds))](f, &w);
	if (below(f, 2))
		wire_listen(&w, (int)below(f, 30));
	wire_close(&w, below(f, 3) == 0);
}

static void begin(struct foe *f, struct soak *s)
{
	*f = (struct foe){ .soak = s };
	for (size_t i = 0; i < IDLE; i++)
		f->idle[i] = WIRE_NONE;
}

static void end(struct foe *f)
{
	for (size_t i = 0; i < IDLE; i++)
		wire_close(&f->idle[i], false);
}

void *soak_hostile(void *arg)
{
	struct soak *s = arg;
	struct foe f;
	long i;

	begin(&f, s);
	while ((i = soak_next_sequence(s)) >= 0)
		one_sequence(&f, i, NULL);
	end(&f);
	return NULL;
}

void soak_hostile_each(struct soak *s)
{
	struct foe f;

	begin(&f, s);
	for (size_t i = 0; i < EACH * COUNTOF(kinds); i++)
		one_sequence(&f, -1 - (long)i, &(size_t){ i % COUNTOF(kinds) });
	end(&f);
}
