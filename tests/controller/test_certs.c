/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "tests/controller/cert_bench.h"
#include "tests/support/leaks.h"
#include "tests/support/text.h"

Test(certs, begins_with_nothing_and_is_ready_within_two_seconds)
{
	struct cert_bench b;

	cert_bench_open(&b);
	cert_bench_expect(&b, 0, "no certificate yet");
	cert_bench_run(&b, 2);
	cert_bench_expect(&b, 0, NULL);
	cert_bench_run(&b, 1);
	cert_bench_expect(&b, 1, NULL);
	cr_expect(tls_identity_same(b.certs[0].identity, b.certs[1].identity));
	cr_expect(eq(int, b.api.writes[API_SECRET], 2), "made, then switched to");
	cr_expect(eq(int, b.api.writes[API_WEBHOOK], 1));
	cert_bench_run(&b, 40);
	cr_expect(eq(int, b.api.writes[API_LEASE], 1), "no writes while there is nothing to do");
	cert_bench_close(&b);
	NO_LEAKS();
}

/* SECONDS of a world in which each replica is cut off for LAG of every PERIOD seconds, in turn. */
static int rotate(struct cert_bench *b, int seconds, int period, int lag)
{
	AUTO(buf) struct buf last;
	int rotations = 0;

	buf_init(&last, 1 << 20);
	for (int s = 0; s < seconds; s++) {
		for (int i = 0; i < CERT_BENCH_REPLICAS; i++)
			b->cut_off[i] = s > 20 && (s + i * period / 2) % period < lag;
		cert_bench_run(b, 1);
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
	struct cert_bench b;
	int n;

	cert_bench_open(&b);
	n = rotate(&b, 240, 1, 0);
	cr_expect(n >= 3, "%d", n);
	cert_bench_expect(&b, 0, NULL);
	cert_bench_expect(&b, 1, NULL);
	cr_expect(cert_bench_cas(&b) <= 2, "what has expired is gone: %d", cert_bench_cas(&b));
	cert_bench_close(&b);
	NO_LEAKS();
}

Test(certs, holds_its_promise_while_replicas_lag_behind_each_other)
{
	for (int lag = 6; lag <= 22; lag += 8) {
		struct cert_bench b;
		int n;

		cert_bench_open(&b);
		b.late = true;
		n = rotate(&b, 260, 40, lag);
		cr_expect(n >= 3, "lag %d: %d", lag, n);
		cert_bench_close(&b);
	}
	NO_LEAKS();
}

Test(certs, serves_on_while_the_api_server_is_down_and_renews_when_it_is_back)
{
	struct cert_bench b;
	struct tls_identity *was;

	cert_bench_open(&b);
	cert_bench_run(&b, 10);
	was = b.certs[0].identity;
	b.api.down = true;
	cert_bench_run(&b, 70);
	cr_expect(b.certs[0].identity == was);
	cert_bench_expect(&b, 0, NULL);
	b.fake->boot_ns += 3600 * NS_PER_S;
	cert_bench_tick(&b);
	cert_bench_expect(&b, 0, "expired at");
	b.api.down = false;
	for (int i = 0; i < 60; i++)
		cert_bench_tick(&b);
	cert_bench_expect(&b, 0, NULL);
	cert_bench_expect(&b, 1, NULL);
	cert_bench_close(&b);
	NO_LEAKS();
}

Test(certs, replaces_a_bad_pair_and_shows_the_old_one_until_then)
{
	static const char *const bad[] = { "", "junk", "-----BEGIN CERTIFICATE-----\nAAAA\n" };

	for (size_t i = 0; i < COUNTOF(bad) + 2; i++) {
		struct cert_bench b;
		uint32_t was;

		cert_bench_open(&b);
		cert_bench_run(&b, 5);
		was = tls_identity_chance(b.certs[0].identity);
		if (i < COUNTOF(bad)) {
			cert_api_put(&b.api, 1, bad[i]);
		} else {
			AUTO(free) char *key = strdup(b.api.data[2]);

			cert_bench_pair(&b, "wif", CERT_BENCH_LIFE_S, 0);
			free(b.api.data[i == COUNTOF(bad) ? 2 : 0]);
			b.api.data[i == COUNTOF(bad) ? 2 : 0] = TAKE(key); /* mismatch; then no CA */
		}
		/* 10 s until the next look, a thirtieth of the life until it is settled. */
		cert_bench_run(&b, 10 + CERT_BENCH_LIFE_S / 30 + 2);
		cert_bench_expect(&b, 0, NULL);
		cert_bench_expect(&b, 1, NULL);
		cr_expect(tls_identity_same(b.certs[0].identity, b.certs[1].identity));
		cr_expect_neq(tls_identity_chance(b.certs[0].identity), was, "%zu: still the old one", i);
		cr_expect(strlen(b.api.data[1]) > 100, "%zu: the Secret is good again", i);
		cert_bench_close(&b);
	}
	NO_LEAKS();
}

Test(certs, a_pair_of_another_hand_is_shown_once_its_ca_is_published)
{
	struct tls_identity *was;
	struct cert_bench b;

	cert_bench_open(&b);
	cert_bench_run(&b, 5);
	was = b.certs[0].identity;
	cert_bench_pair(&b, "wif", 4000, 0);
	cr_expect(b.certs[0].identity == was);
	cert_bench_run(&b, 75);
	cr_expect(tls_identity_not_after(b.certs[0].identity).s > CERT_BENCH_START_S + 3000);
	cert_bench_expect(&b, 1, NULL);
	cert_bench_close(&b);
	NO_LEAKS();
}

Test(certs, does_not_show_what_is_for_another_name_or_another_time)
{
	struct cert_bench b;

	cert_bench_open(&b);
	cert_bench_run(&b, 5);
	cert_bench_pair(&b, "other", CERT_BENCH_LIFE_S, 0);
	cert_bench_run(&b, 40);
	cert_bench_expect(&b, 0, NULL);
	cert_bench_pair(&b, "wif", 4000, 2000);
	cert_bench_run(&b, 40);
	cert_bench_expect(&b, 0, NULL);
	cr_expect(tls_identity_not_after(b.certs[0].identity).s < CERT_BENCH_START_S + 300);
	cert_bench_close(&b);
	NO_LEAKS();
}

Test(certs, a_lost_secret_is_made_again_without_a_gap)
{
	struct cert_bench b;

	cert_bench_open(&b);
	cert_bench_run(&b, 5);
	for (int i = 0; i < CERT_API_KEYS; i++)
		free(TAKE(b.api.data[i]));
	b.api.version[API_SECRET]++;
	cert_bench_run(&b, 60);
	cr_expect(b.api.data[1] != NULL);
	cert_bench_expect(&b, 0, NULL);
	cert_bench_expect(&b, 1, NULL);
	cert_bench_close(&b);
	NO_LEAKS();
}

/* Whoever writes an annotation of the configuration every second must not let it expire. */
Test(certs, renews_while_the_configuration_changes_but_for_its_ca_bundle)
{
	struct cert_bench b;

	cert_bench_open(&b);
	for (int s = 0; s < 3 * CERT_BENCH_LIFE_S; s++) {
		cert_bench_run(&b, 1);
		b.api.version[API_WEBHOOK]++;
		if (s >= 5)
			cert_bench_expect(&b, s % 2, NULL);
	}
	cr_expect(tls_identity_not_after(b.certs[0].identity).s >
		  CERT_BENCH_START_S + 3 * CERT_BENCH_LIFE_S);
	cert_bench_close(&b);
	NO_LEAKS();
}

Test(certs, an_emptied_or_uneven_ca_bundle_is_put_back)
{
	struct cert_bench b;

	cert_bench_open(&b);
	cert_bench_run(&b, 5);
	free(TAKE(b.api.bundle[1]));
	b.api.version[API_WEBHOOK]++;
	cert_bench_run(&b, 11);
	cert_bench_expect(&b, 0, NULL);
	cr_assert(b.api.bundle[1] != NULL);
	cr_expect(eq(str, b.api.bundle[1], b.api.bundle[0]));
	cert_bench_close(&b);
	NO_LEAKS();
}

/* As docs/trust.md says it: a CA whose key got out is trusted no more. */
Test(certs, a_key_that_got_out_is_revoked_by_emptying_both)
{
	AUTO(buf) struct buf bad;
	struct cert_bench b;

	cert_bench_open(&b);
	cert_bench_run(&b, 5);
	buf_init(&bad, 1 << 20);
	cert_api_bundle(&b.api, 0, &bad);
	for (int i = 0; i < CERT_API_KEYS; i++)
		free(TAKE(b.api.data[i]));
	b.api.version[API_SECRET]++;
	cert_bench_run(&b, 20);
	cr_expect(strstr(b.bundles[0].data, bad.data) != NULL, "one is not enough");
	for (int i = 0; i < CERT_API_WEBHOOKS; i++)
		free(TAKE(b.api.bundle[i]));
	b.api.version[API_WEBHOOK]++;
	for (int i = 0; i < 20; i++)
		cert_bench_tick(&b);
	cert_bench_expect(&b, 0, NULL);
	cert_bench_expect(&b, 1, NULL);
	cr_expect(b.bundles[0].len && !strstr(b.bundles[0].data, bad.data));
	buf_fini(&bad);
	cert_bench_close(&b);
	NO_LEAKS();
}
