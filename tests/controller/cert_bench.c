/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/controller/cert_bench.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "controller/tls_bundle.h"
#include "tests/controller/pair.h"

#define HOST CERT_API_SERVICE "." CERT_API_NS ".svc"

static void open_replica(struct cert_bench *b, int i)
{
	static const struct certs_names names = { CERT_API_NS, CERT_API_SERVICE, "wif-tls",
						  "claude-wif", CERT_BENCH_LIFE_S };
	struct err e = { 0 };

	cr_assert(eq(int, certs_init(&b->certs[i], &b->log, &names, &e), 0), "%s", e.msg);
}

void cert_bench_open(struct cert_bench *b)
{
	*b = (struct cert_bench){ .fake = fake_sys_new(NULL), .api = cert_api_open() };
	b->sys = fake_sys_ops(b->fake);
	b->fake->boot_ns = 5000 * NS_PER_S;
	b->fake->wall_off_ns = CERT_BENCH_START_S * NS_PER_S - b->fake->boot_ns;
	log_init(&b->log, &b->sys, -1, LOG_LEVEL_DEBUG);
	for (int i = 0; i < CERT_BENCH_REPLICAS; i++)
		open_replica(b, i);
}

void cert_bench_close(struct cert_bench *b)
{
	for (int i = 0; i < CERT_BENCH_REPLICAS; i++)
		certs_fini(&b->certs[i]);
	for (int i = 0; i < 3; i++)
		buf_fini(&b->bundles[i]);
	cert_api_close(&b->api);
	fake_sys_free(b->fake);
}

static struct wall now(struct cert_bench *b)
{
	return b->sys.ops->wall_now(&b->sys);
}

/* Who was cut off for a third of a life may show what has expired, and says so. */
static bool shows(struct cert_bench *b, int i)
{
	const struct tls_identity *id = b->certs[i].identity;

	return id && (!b->late || tls_identity_not_after(id).s > now(b).s);
}

/*
 * The promise: whatever a replica shows, an API server verifies it, also one that
 * learns of a new caBundle two seconds late.
 */
static void expect_verified(struct cert_bench *b)
{
	struct err e = { 0 };

	for (int i = 0; i < CERT_BENCH_REPLICAS; i++)
		for (int lag = 0; lag < 3; lag += 2)
			if (shows(b, i) && b->bundles[lag].len)
				cr_expect(tls_bundle_try(&b->bundles[lag], b->certs[i].identity,
							 HOST, now(b), &e) == 0,
					  "second %lld, replica %d, lag %d: %s",
					  (long long)now(b).s - CERT_BENCH_START_S, i, lag, e.msg);
}

int cert_bench_cas(const struct cert_bench *b)
{
	int n = 0;

	for (const char *s = b->bundles[0].data; s && (s = strstr(s, "BEGIN")); s++)
		n++;
	return n;
}

void cert_bench_tick(struct cert_bench *b)
{
	bool down = b->api.down;

	for (int i = 0; i < CERT_BENCH_REPLICAS; i++) {
		b->api.down = down || b->cut_off[i];
		(void)cert_api_serve(&b->api, &b->certs[i]);
	}
	b->api.down = down;
	buf_fini(&b->bundles[2]);
	b->bundles[2] = b->bundles[1];
	b->bundles[1] = b->bundles[0];
	cert_api_bundle(&b->api, 0, &b->bundles[0]);
	b->fake->boot_ns += NS_PER_S;
}

void cert_bench_run(struct cert_bench *b, int seconds)
{
	for (int i = 0; i < seconds; i++) {
		expect_verified(b);
		cert_bench_tick(b);
	}
}

void cert_bench_expect(struct cert_bench *b, int i, const char *want)
{
	struct err e = { 0 };
	int rc = certs_check(&b->certs[i], now(b), &e);

	cr_expect(eq(int, rc, want ? -1 : 0), "%s", e.msg);
	cr_expect(want == NULL || strstr(e.msg, want), "%s: not: %s", e.msg, want);
}

void cert_bench_pair(struct cert_bench *b, const char *service, int64_t life_s, int64_t from_s)
{
	AUTO(pair) struct pair p = pair_make(CERT_API_NS, service, now(b).s + from_s, life_s);

	cert_api_put(&b->api, 0, p.ca.data);
	cert_api_put(&b->api, 1, p.cert.data);
	cert_api_put(&b->api, 2, p.key.data);
}
