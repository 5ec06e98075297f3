/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "controller/certs.h"
#include "controller/tls_bundle.h"
#include "controller/tls_make.h"
#include "tests/controller/cert_api.h"
#include "tests/support/fake_sys.h"
#include "tests/support/leaks.h"
#include "tests/support/text.h"

#define REPLICAS 2
#define LIFE_S 90
#define START_S 1800000000
#define HOST CERT_API_SERVICE "." CERT_API_NS ".svc"

/* Replicas of the controller, the API server that they share, and virtual time. */
struct bench {
	struct fake_sys *fake;
	struct sys sys;
	struct log log;
	struct cert_api api;
	struct certs certs[REPLICAS];
	bool cut_off[REPLICAS];		/* its requests get no answer */
	bool late;			/* any of them ever is */
	struct buf bundles[3];		/* what was published 0, 1 and 2 s ago */
};

static void open_replica(struct bench *b, int i)
{
	static const struct certs_names names = { CERT_API_NS, CERT_API_SERVICE, "wif-tls",
						  "claude-wif", LIFE_S };
	struct err e = { 0 };

	cr_assert(eq(int, certs_init(&b->certs[i], &b->log, &names, &e), 0), "%s", e.msg);
}

static void open_bench(struct bench *b)
{
	*b = (struct bench){ .fake = fake_sys_new(NULL), .api = cert_api_open() };
	b->sys = fake_sys_ops(b->fake);
	b->fake->boot_ns = 5000 * NS_PER_S;
	b->fake->wall_off_ns = START_S * NS_PER_S - b->fake->boot_ns;
	log_init(&b->log, &b->sys, -1, LOG_LEVEL_DEBUG);
	for (int i = 0; i < REPLICAS; i++)
		open_replica(b, i);
}

static void close_bench(struct bench *b)
{
	for (int i = 0; i < REPLICAS; i++)
		certs_fini(&b->certs[i]);
	for (int i = 0; i < 3; i++)
		buf_fini(&b->bundles[i]);
	cert_api_close(&b->api);
	fake_sys_free(b->fake);
}

static struct wall now(struct bench *b)
{
	return b->sys.ops->wall_now(&b->sys);
}

/* Who was cut off for a third of a life may show what has expired, and says so. */
static bool shows(struct bench *b, int i)
{
	const struct tls_identity *id = b->certs[i].identity;

	return id && (!b->late || tls_identity_not_after(id).s > now(b).s);
}

/*
 * The promise: whatever a replica shows, an API server verifies it, also one that
 * learns of a new caBundle two seconds late.
 */
static void expect_verified(struct bench *b)
{
	struct err e = { 0 };

	for (int i = 0; i < REPLICAS; i++)
		for (int lag = 0; lag < 3; lag += 2)
			if (shows(b, i) && b->bundles[lag].len)
				cr_expect(tls_bundle_try(&b->bundles[lag], b->certs[i].identity,
							 HOST, now(b), &e) == 0,
					  "second %lld, replica %d, lag %d: %s",
					  (long long)now(b).s - START_S, i, lag, e.msg);
}

/* How many CAs are published. */
static int count_cas(const struct bench *b)
{
	int n = 0;

	for (const char *s = b->bundles[0].data; s && (s = strstr(s, "BEGIN")); s++)
		n++;
	return n;
}

/* One second of the world. */
static void tick(struct bench *b)
{
	bool down = b->api.down;

	for (int i = 0; i < REPLICAS; i++) {
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

static void run(struct bench *b, int seconds)
{
	for (int i = 0; i < seconds; i++) {
		expect_verified(b);
		tick(b);
	}
}

static void expect_ready(struct bench *b, int i, const char *want)
{
	struct err e = { 0 };
	int rc = certs_check(&b->certs[i], now(b), &e);

	cr_expect(eq(int, rc, want ? -1 : 0), "%s", e.msg);
	cr_expect(want == NULL || strstr(e.msg, want), "%s: not: %s", e.msg, want);
}

static void put_pair(struct bench *b, const char *service, int64_t life_s, int64_t from_s)
{
	const struct tls_make what = { .service = service, .namespace_ = CERT_API_NS,
				       .now = { now(b).s + from_s }, .life_s = life_s };
	AUTO(buf) struct buf ca, cert, key;
	struct err e = { 0 };

	buf_init(&ca, 65536);
	buf_init(&cert, 65536);
	buf_init(&key, 65536);
	cr_assert(eq(int, tls_make(&what, &ca, &cert, &key, &e), 0), "%s", e.msg);
	cert_api_put(&b->api, 0, ca.data);
	cert_api_put(&b->api, 1, cert.data);
	cert_api_put(&b->api, 2, key.data);
}

Test(certs, begins_with_nothing_and_is_ready_within_two_seconds)
{
	struct bench b;

	open_bench(&b);
	expect_ready(&b, 0, "no certificate yet");
	run(&b, 2);
	expect_ready(&b, 0, NULL);
	run(&b, 1);
	expect_ready(&b, 1, NULL);
	cr_expect(tls_identity_same(b.certs[0].identity, b.certs[1].identity));
	cr_expect(eq(int, b.api.writes[API_SECRET], 2), "made, then switched to");
	cr_expect(eq(int, b.api.writes[API_WEBHOOK], 1));
	run(&b, 40);
	cr_expect(eq(int, b.api.writes[API_LEASE], 1), "no writes while there is nothing to do");
	close_bench(&b);
	NO_LEAKS();
}

/* SECONDS of a world in which each replica is cut off for LAG of every PERIOD seconds, in turn. */
static int rotate(struct bench *b, int seconds, int period, int lag)
{
	AUTO(buf) struct buf last;
	int rotations = 0;

	buf_init(&last, 1 << 20);
	for (int s = 0; s < seconds; s++) {
		for (int i = 0; i < REPLICAS; i++)
			b->cut_off[i] = s > 20 && (s + i * period / 2) % period < lag;
		run(b, 1);
		if (!b->api.data[1] || (last.data && !strcmp(last.data, b->api.data[1])))
			continue;
		rotations += last.len > 0;
		buf_reset(&last);
		buf_adds(&last, b->api.data[1]);
	}
	return rotations;
}

Test(certs, rotates_three_times_and_every_leaf_shown_is_verified_at_every_second)
{
	struct bench b;
	int n;

	open_bench(&b);
	n = rotate(&b, 240, 1, 0);
	cr_expect(n >= 3, "%d", n);
	expect_ready(&b, 0, NULL);
	expect_ready(&b, 1, NULL);
	cr_expect(count_cas(&b) <= 2, "what has expired is gone: %d", count_cas(&b));
	close_bench(&b);
	NO_LEAKS();
}

Test(certs, holds_its_promise_while_replicas_lag_behind_each_other)
{
	for (int lag = 6; lag <= 22; lag += 8) {
		struct bench b;
		int n;

		open_bench(&b);
		b.late = true;
		n = rotate(&b, 260, 40, lag);
		cr_expect(n >= 3, "lag %d: %d", lag, n);
		close_bench(&b);
	}
	NO_LEAKS();
}

Test(certs, serves_on_while_the_api_server_is_down_and_renews_when_it_is_back)
{
	struct bench b;
	struct tls_identity *was;

	open_bench(&b);
	run(&b, 10);
	was = b.certs[0].identity;
	b.api.down = true;
	run(&b, 70);
	cr_expect(b.certs[0].identity == was);
	expect_ready(&b, 0, NULL);
	b.fake->boot_ns += 3600 * NS_PER_S;
	tick(&b);
	expect_ready(&b, 0, "expired at");
	b.api.down = false;
	for (int i = 0; i < 60; i++)
		tick(&b);
	expect_ready(&b, 0, NULL);
	expect_ready(&b, 1, NULL);
	close_bench(&b);
	NO_LEAKS();
}

Test(certs, replaces_a_bad_pair_and_shows_the_old_one_until_then)
{
	static const char *const bad[] = { "", "junk", "-----BEGIN CERTIFICATE-----\nAAAA\n" };

	for (size_t i = 0; i < COUNTOF(bad) + 2; i++) {
		struct bench b;

		open_bench(&b);
		run(&b, 5);
		if (i < COUNTOF(bad)) {
			cert_api_put(&b.api, 1, bad[i]);
		} else {
			AUTO(free) char *key = strdup(b.api.data[2]);

			put_pair(&b, "wif", LIFE_S, 0);
			free(b.api.data[i == COUNTOF(bad) ? 2 : 0]);
			b.api.data[i == COUNTOF(bad) ? 2 : 0] = TAKE(key); /* mismatch; then no CA */
		}
		run(&b, 45);
		expect_ready(&b, 0, NULL);
		expect_ready(&b, 1, NULL);
		cr_expect(tls_identity_same(b.certs[0].identity, b.certs[1].identity));
		cr_expect(strlen(b.api.data[1]) > 100, "%zu: the Secret is good again", i);
		close_bench(&b);
	}
	NO_LEAKS();
}

Test(certs, a_pair_of_another_hand_is_shown_once_its_ca_is_published)
{
	struct tls_identity *was;
	struct bench b;

	open_bench(&b);
	run(&b, 5);
	was = b.certs[0].identity;
	put_pair(&b, "wif", 4000, 0);
	cr_expect(b.certs[0].identity == was);
	run(&b, 75);
	cr_expect(tls_identity_not_after(b.certs[0].identity).s > START_S + 3000);
	expect_ready(&b, 1, NULL);
	close_bench(&b);
	NO_LEAKS();
}

Test(certs, does_not_show_what_is_for_another_name_or_another_time)
{
	struct bench b;

	open_bench(&b);
	run(&b, 5);
	put_pair(&b, "other", LIFE_S, 0);
	run(&b, 40);
	expect_ready(&b, 0, NULL);
	put_pair(&b, "wif", 4000, 2000);
	run(&b, 40);
	expect_ready(&b, 0, NULL);
	cr_expect(tls_identity_not_after(b.certs[0].identity).s < START_S + 300);
	close_bench(&b);
	NO_LEAKS();
}

Test(certs, a_lost_secret_is_made_again_without_a_gap)
{
	struct bench b;

	open_bench(&b);
	run(&b, 5);
	for (int i = 0; i < CERT_API_KEYS; i++)
		free(TAKE(b.api.data[i]));
	b.api.version[API_SECRET]++;
	run(&b, 60);
	cr_expect(b.api.data[1] != NULL);
	expect_ready(&b, 0, NULL);
	expect_ready(&b, 1, NULL);
	close_bench(&b);
	NO_LEAKS();
}

Test(certs, an_emptied_or_uneven_ca_bundle_is_put_back)
{
	struct bench b;

	open_bench(&b);
	run(&b, 5);
	free(TAKE(b.api.bundle[1]));
	b.api.version[API_WEBHOOK]++;
	run(&b, 11);
	expect_ready(&b, 0, NULL);
	cr_assert(b.api.bundle[1] != NULL);
	cr_expect(eq(str, b.api.bundle[1], b.api.bundle[0]));
	close_bench(&b);
	NO_LEAKS();
}

/* --- what fails --- */

Test(certs, says_which_right_is_missing)
{
	static const struct {
		enum cert_api_object object;
		int get, patch;
		const char *want;
	} cases[] = {
		{ API_SECRET, 403, 0, "secrets/wif-tls: the API server answers 403; this needs" },
		{ API_SECRET, 404, 0, "answers 404; it comes with the chart" },
		{ API_WEBHOOK, 403, 0, "configurations/claude-wif: the API server answers 403" },
		{ API_WEBHOOK, 0, 403, "this needs the right to patch it" },
		{ API_WEBHOOK, 0, 422, "the API server answers 422" },
		{ API_SECRET, 0, 403, "this needs the right to patch it" },
		{ API_LEASE, 403, 0, "leases/wif-tls: the API server answers 403" },
	};

	for (size_t i = 0; i < COUNTOF(cases); i++) {
		struct bench b;

		open_bench(&b);
		b.api.refuse_get[cases[i].object] = cases[i].get;
		b.api.refuse[cases[i].object] = cases[i].patch;
		run(&b, 5);
		expect_ready(&b, 0, cases[i].want);
		b.api.refuse_get[cases[i].object] = b.api.refuse[cases[i].object] = 0;
		run(&b, 40);
		expect_ready(&b, 0, NULL);
		close_bench(&b);
	}
	NO_LEAKS();
}

Test(certs, a_refused_ca_bundle_keeps_the_leaf_that_is_trusted)
{
	struct tls_identity *was;
	struct bench b;

	open_bench(&b);
	run(&b, 5);
	was = b.certs[0].identity;
	b.api.refuse[API_WEBHOOK] = 403;
	run(&b, 80);
	cr_expect(b.certs[0].identity == was, "not switched: its CA is not published");
	expect_ready(&b, 0, NULL);
	b.api.refuse[API_WEBHOOK] = 0;
	for (int i = 0; i < 60; i++)
		tick(&b);
	expect_ready(&b, 0, NULL);
	cr_expect(tls_identity_not_after(b.certs[0].identity).s > START_S + LIFE_S);
	close_bench(&b);
	NO_LEAKS();
}

static void be_faster(struct cert_api *a, enum cert_api_object object)
{
	if (object == API_SECRET && a->conflicts < 3)
		a->version[API_SECRET]++;
}

Test(certs, looks_again_when_another_was_faster)
{
	struct bench b;

	open_bench(&b);
	b.api.before_patch = be_faster;
	run(&b, 30);
	cr_expect(eq(int, b.api.conflicts, 3));
	expect_ready(&b, 0, NULL);
	close_bench(&b);
	NO_LEAKS();
}

Test(certs, does_not_write_while_another_holds_the_lease)
{
	struct bench b;

	open_bench(&b);
	(void)snprintf(b.api.holder, sizeof(b.api.holder), "%s", "somebody");
	for (int i = 0; i < 20; i++) {
		b.api.version[API_LEASE]++; /* it is renewed */
		run(&b, 3);
	}
	cr_expect(eq(int, b.api.writes[API_SECRET] + b.api.writes[API_LEASE], 0));
	expect_ready(&b, 0, "somebody, another replica, is making it");
	run(&b, CERT_LEASE_S - 5);
	cr_expect(eq(int, b.api.writes[API_SECRET], 0), "it may only be slow");
	run(&b, 10);
	expect_ready(&b, 0, NULL);
	close_bench(&b);
	NO_LEAKS();
}

static void steal(struct cert_api *a, enum cert_api_object object)
{
	if (object != API_LEASE)
		return;
	(void)snprintf(a->holder, sizeof(a->holder), "%s", "thief");
	a->version[API_LEASE]++;
}

Test(certs, stops_writing_when_the_lease_is_lost)
{
	struct bench b;

	open_bench(&b);
	b.api.before_patch = steal;
	run(&b, 20);
	cr_expect(eq(int, b.api.writes[API_SECRET] + b.api.writes[API_WEBHOOK], 0));
	cr_expect(b.api.conflicts >= 1);
	expect_ready(&b, 0, "no certificate yet");
	close_bench(&b);
	NO_LEAKS();
}
