/* SPDX-License-Identifier: Apache-2.0 */

/* What stands in the way of a certificate of our own. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "tests/controller/cert_bench.h"
#include "tests/support/leaks.h"
#include "tests/support/text.h"

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
		struct cert_bench b;

		cert_bench_open(&b);
		b.api.refuse_get[cases[i].object] = cases[i].get;
		b.api.refuse[cases[i].object] = cases[i].patch;
		cert_bench_run(&b, 5);
		cert_bench_expect(&b, 0, cases[i].want);
		b.api.refuse_get[cases[i].object] = b.api.refuse[cases[i].object] = 0;
		cert_bench_run(&b, 40);
		cert_bench_expect(&b, 0, NULL);
		cert_bench_close(&b);
	}
	NO_LEAKS();
}

Test(certs, a_refused_ca_bundle_keeps_the_leaf_that_is_trusted)
{
	struct tls_identity *was;
	struct cert_bench b;

	cert_bench_open(&b);
	cert_bench_run(&b, 5);
	was = b.certs[0].identity;
	b.api.refuse[API_WEBHOOK] = 403;
	cert_bench_run(&b, 80);
	cr_expect(b.certs[0].identity == was, "not switched: its CA is not published");
	cert_bench_expect(&b, 0, NULL);
	b.api.refuse[API_WEBHOOK] = 0;
	for (int i = 0; i < 60; i++)
		cert_bench_tick(&b);
	cert_bench_expect(&b, 0, NULL);
	cr_expect(tls_identity_not_after(b.certs[0].identity).s > CERT_BENCH_START_S + CERT_BENCH_LIFE_S);
	cert_bench_close(&b);
	NO_LEAKS();
}

static void be_faster(struct cert_api *a, enum cert_api_object object)
{
	if (object == API_SECRET && a->conflicts < 3)
		a->version[API_SECRET]++;
}

Test(certs, looks_again_when_another_was_faster)
{
	struct cert_bench b;

	cert_bench_open(&b);
	b.api.before_patch = be_faster;
	cert_bench_run(&b, 30);
	cr_expect(eq(int, b.api.conflicts, 3));
	cert_bench_expect(&b, 0, NULL);
	cert_bench_close(&b);
	NO_LEAKS();
}

Test(certs, does_not_write_while_another_holds_the_lease)
{
	struct cert_bench b;

	cert_bench_open(&b);
	(void)snprintf(b.api.holder, sizeof(b.api.holder), "%s", "somebody");
	for (int i = 0; i < 20; i++) {
		b.api.version[API_LEASE]++; /* it is renewed */
		cert_bench_run(&b, 3);
	}
	cr_expect(eq(int, b.api.writes[API_SECRET] + b.api.writes[API_LEASE], 0));
	cert_bench_expect(&b, 0, "somebody, another replica, is making it");
	cert_bench_run(&b, CERT_LEASE_S - 5);
	cr_expect(eq(int, b.api.writes[API_SECRET], 0), "it may only be slow");
	cert_bench_run(&b, 10);
	cert_bench_expect(&b, 0, NULL);
	cert_bench_close(&b);
	NO_LEAKS();
}

/* Who rotated last has the lease, and may be dead for long when the next renewal is due. */
Test(certs, a_holder_that_died_does_not_delay_the_next_renewal)
{
	struct cert_bench b;
	int dead;

	cert_bench_open(&b);
	b.late = true;
	cert_bench_run(&b, 5);
	dead = strcmp(b.api.holder, b.certs[0].me) != 0;
	b.cut_off[dead] = true;
	for (int s = 5; s < 2 * CERT_BENCH_LIFE_S; s++) {
		cert_bench_run(&b, 1);
		cert_bench_expect(&b, !dead, NULL);
	}
	cr_expect(eq(str, b.api.holder, b.certs[!dead].me));
	cert_bench_close(&b);
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
	struct cert_bench b;

	cert_bench_open(&b);
	b.api.before_patch = steal;
	cert_bench_run(&b, 20);
	cr_expect(eq(int, b.api.writes[API_SECRET] + b.api.writes[API_WEBHOOK], 0));
	cr_expect(b.api.conflicts >= 1);
	cert_bench_expect(&b, 0, "no certificate yet");
	cert_bench_close(&b);
	NO_LEAKS();
}

/* As a tool that keeps an object as it has it does; some act within milliseconds. */
static void undo(struct cert_api *a, enum cert_api_object object)
{
	for (int i = 0; object == API_WEBHOOK && i < CERT_API_WEBHOOKS; i++)
		free(TAKE(a->bundle[i]));
	for (int i = 3; object == API_SECRET && i < CERT_API_KEYS; i++)
		free(TAKE(a->data[i]));
	a->version[object]++;
}

static void undo_bundle(struct cert_api *a, enum cert_api_object object)
{
	if (object == API_WEBHOOK)
		undo(a, object);
}

static void undo_next(struct cert_api *a, enum cert_api_object object)
{
	if (object == API_SECRET)
		undo(a, object);
}

Test(certs, does_not_race_against_a_hand_that_undoes_its_writes)
{
	static void (*const hands[])(struct cert_api *, enum cert_api_object) = { undo_bundle,
										  undo_next };

	for (size_t i = 0; i < COUNTOF(hands); i++) {
		struct cert_bench b;
		int writes;

		cert_bench_open(&b);
		b.api.after_patch = hands[i];
		for (int s = 0; s < 120; s++)
			cert_bench_tick(&b);
		writes = b.api.writes[i ? API_SECRET : API_WEBHOOK];
		cr_expect(writes >= 8 && writes <= 25, "%d writes in two minutes", writes);
		cert_bench_expect(&b, 0, i ? "another hand changes the Secret back" :
					     "another hand changes the caBundle back");
		b.api.after_patch = NULL;
		cert_bench_run(&b, 15);
		cert_bench_expect(&b, 0, NULL);
		cert_bench_expect(&b, 1, NULL);
		cert_bench_close(&b);
	}
	NO_LEAKS();
}
