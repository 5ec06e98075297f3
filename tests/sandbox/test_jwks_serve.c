/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "tests/sandbox/stand.h"

/* Two sandboxes: ISSUER publishes its keys, API has no others. */
struct pair {
	struct stand issuer, api;
	char url[80], ca[64];
};

static void pair_init(struct pair *p, bool tls)
{
	stand_init(&p->issuer);
	stand_serve(&p->issuer, tls, NULL);
	(void)snprintf(p->url, sizeof(p->url), "http%s://localhost:%d/openid/v1/jwks", tls ? "s" : "",
		       p->issuer.port);
	(void)snprintf(p->ca, sizeof(p->ca), "%s/keys/ca.crt", p->issuer.dir);
	stand_init(&p->api);
	stand_serve(&p->api, false, (const char *const[]){ "--jwks", p->url, tls ? "--jwks-ca" : NULL,
							   p->ca, NULL });
}

static void auto_pair(struct pair *p)
{
	stand_fini(&p->api);
	stand_fini(&p->issuer);
}

/* The issuer changes its key, at once for whoever asks; its certificate stays. */
static void rotate(const struct pair *p)
{
	static const char *const names[] = { "issuer.key", "jwks.json" };
	char next[64], from[96], to[96];

	(void)snprintf(next, sizeof(next), "%s/next", p->issuer.dir);
	cr_assert(stand_run((const char *const[]){ "keygen", "--alg", "RS256", "--out", next, NULL }) == 0);
	for (size_t i = 0; i < COUNTOF(names); i++) {
		(void)snprintf(from, sizeof(from), "%s/%s", next, names[i]);
		(void)snprintf(to, sizeof(to), "%s/keys/%s", p->issuer.dir, names[i]);
		cr_assert(rename(from, to) == 0);
	}
}

/* The status of exchanging at API an assertion that SIGNER's key signed. */
static int exchange(const struct pair *p, const struct stand *signer, const char *jti)
{
	AUTO(free) char *assertion = stand_assertion(signer, jti);

	return stand_exchange(&p->api, assertion).status;
}

static bool same_answer(const struct pair *p, const char *path)
{
	struct stand_answer a = stand_ask(p->issuer.port, p->issuer.tls, "GET", path, "", "");
	struct stand_answer b = stand_ask(p->api.port, false, "GET", path, "", "");

	return a.status == 200 && b.status == 200 && a.len > 0 && !strcmp(a.body, b.body);
}

Test(jwks_serve, keys_of_a_url_count_and_a_rotation_is_seen, .timeout = 60)
{
	for (int tls = 0; tls < 2; tls++) {
		AUTO(pair) struct pair p;
		AUTO(free) char *old = NULL;

		pair_init(&p, tls);
		cr_expect(eq(int, exchange(&p, &p.issuer, "one"), 200));
		cr_expect(same_answer(&p, "/openid/v1/jwks"));
		old = stand_assertion(&p.issuer, "two");
		rotate(&p);
		cr_expect(not(same_answer(&p, "/openid/v1/jwks")));
		cr_expect(eq(int, exchange(&p, &p.issuer, "three"), 200), "the first with the new key");
		cr_expect(same_answer(&p, "/openid/v1/jwks"));
		cr_expect(eq(int, stand_exchange(&p.api, old).status, 401), "its key is withdrawn");
		cr_expect(eq(int, exchange(&p, &p.api, "four"), 401), "never published");
		cr_expect(eq(int, exchange(&p, &p.issuer, "five"), 200));
		cr_expect(eq(i64, stand_figure(&p.api, "exchanges.denied"), 2));
		cr_expect(eq(i64, stand_figure(&p.api, "exchanges.granted"), 3));
	}
}

Test(jwks_serve, an_unknown_kid_is_refused_with_the_source_up_or_down, .timeout = 60)
{
	AUTO(pair) struct pair p;
	pid_t pid;

	pair_init(&p, true);
	pid = p.issuer.pid;
	p.issuer.pid = 0;
	cr_assert(stand_end(pid) == 0);
	cr_expect(eq(int, exchange(&p, &p.api, "one"), 401), "the source is down");
	cr_expect(eq(int, exchange(&p, &p.issuer, "two"), 200), "the old keys stay");
	cr_expect(eq(i64, stand_figure(&p.api, "exchanges.denied"), 1));
}

Test(jwks_serve, a_source_of_another_ca_or_that_is_down_ends_the_start, .timeout = 60)
{
	AUTO(pair) struct pair p;
	char other[64], plain[80];
	const char *const args[] = { "serve", "--plain", "--issuer", "i", "--audience", "a",
				     "--subject", "s", "--service-account", "svac_1", "--rule",
				     "fdrl_1", "--organization",
				     "00000000-0000-0000-0000-000000000000" };
	const char *argv[24] = { NULL };

	pair_init(&p, true);
	(void)snprintf(other, sizeof(other), "%s/keys/ca.crt", p.api.dir);
	(void)snprintf(plain, sizeof(plain), "http://127.0.0.1:%d/openid/v1/jwks", p.issuer.port);
	memcpy(argv, args, sizeof(args));
	argv[COUNTOF(args)] = "--jwks";
	argv[COUNTOF(args) + 1] = p.url;
	argv[COUNTOF(args) + 2] = "--jwks-ca";
	argv[COUNTOF(args) + 3] = other;
	cr_expect(eq(int, stand_run(argv), 111), "signed by another CA");
	argv[COUNTOF(args) + 2] = NULL;
	cr_expect(eq(int, stand_run(argv), 111), "signed by none of the machine's");
	argv[COUNTOF(args) + 1] = plain;
	cr_expect(eq(int, stand_run(argv), 111), "plain HTTP to a TLS port");
}
