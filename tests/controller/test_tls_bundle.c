/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "controller/tls_bundle.h"
#include "controller/tls_make.h"
#include "tests/support/leaks.h"
#include "tests/support/text.h"

#define NOW_S INT64_C(1800000000)
#define HOST "wif.ns.svc"

/* A CA, and the pair that it signed. */
struct made {
	struct buf ca, cert, key;
	struct tls_identity *id;
};

static void make(struct made *m, int64_t from_s, int64_t life_s)
{
	const struct tls_make what = { "wif", "ns", { NOW_S + from_s }, life_s };
	struct err e = { 0 };

	*m = (struct made){ .id = NULL };
	buf_init(&m->ca, 65536);
	buf_init(&m->cert, 65536);
	buf_init(&m->key, 65536);
	cr_assert(eq(int, tls_make(&what, &m->ca, &m->cert, &m->key, &e), 0), "%s", e.msg);
	cr_assert(eq(int, tls_identity_read(&(struct tls_text){ "c", &m->cert },
					    &(struct tls_text){ "k", &m->key }, &m->id, &e), 0),
		  "%s", e.msg);
}

static void unmake(struct made *m)
{
	buf_fini(&m->ca);
	buf_fini(&m->cert);
	buf_fini(&m->key);
	tls_identity_free(m->id);
}

/* Trying M with BUNDLE for HOST_ at AT_S: well when WANT is NULL, else an error that has it. */
static void expect_try(const struct buf *bundle, const struct made *m, const char *host,
		       int64_t at_s, const char *want)
{
	struct err e = { 0 };
	int rc = tls_bundle_try(bundle, m->id, host, (struct wall){ NOW_S + at_s }, &e);

	cr_expect(eq(int, rc, want ? -1 : 0), "%s: %s", host, e.msg);
	cr_expect(want == NULL || strstr(e.msg, want), "%s: not: %s", e.msg, want);
}

Test(tls_bundle, takes_what_its_ca_signed_for_that_name_and_time)
{
	struct made m, other;
	struct buf none;

	make(&m, 0, 1000);
	make(&other, 0, 1000);
	buf_init(&none, 10);
	expect_try(&m.ca, &m, HOST, 1, NULL);
	expect_try(&m.ca, &m, HOST ".cluster.local", 1, NULL);
	expect_try(&m.ca, &m, "wif.ns", 1, NULL);
	expect_try(&m.ca, &m, "", 1, NULL);
	expect_try(&m.ca, &m, HOST, -49, NULL);
	expect_try(&m.ca, &m, HOST, 999, NULL);
	expect_try(&m.ca, &m, "wif.other.svc", 1, "not for wif.other.svc; use one with");
	expect_try(&m.ca, &m, HOST, -51, "not valid before 2027-01-15T07:59:10Z");
	expect_try(&m.ca, &m, HOST, 1000, "expired at 2027-01-15T08:16:40Z");
	expect_try(&other.ca, &m, HOST, 1, "not verified by the CA bundle");
	expect_try(&none, &m, HOST, 1, "not verified by the CA bundle");
	unmake(&m);
	unmake(&other);
	NO_LEAKS();
}

Test(tls_bundle, the_ca_signs_nothing_else)
{
	AUTO(buf) struct buf chain;
	struct made m;

	make(&m, 0, 1000);
	buf_init(&chain, 65536);
	buf_adds(&chain, m.cert.data);
	cr_expect(strstr(m.key.data, "-----BEGIN PRIVATE KEY-----") == m.key.data);
	cr_expect(strstr(m.ca.data, "PRIVATE") == NULL && strstr(m.cert.data, "PRIVATE") == NULL);
	/* As a CA the leaf is worth nothing, not even for itself. */
	expect_try(&chain, &m, HOST, 1, "not verified");
	unmake(&m);
	NO_LEAKS();
}

Test(tls_bundle, is_put_together_once_and_without_what_has_expired)
{
	AUTO(buf) struct buf both, again, junk;
	struct made a, b;
	struct wall now = { NOW_S + 600 };

	make(&a, 0, 500);
	make(&b, 0, 1000);
	buf_init(&both, TLS_BUNDLE_MAX);
	buf_init(&again, TLS_BUNDLE_MAX);
	buf_init(&junk, TLS_BUNDLE_MAX);
	tls_bundle_add(&both, &a.ca, (struct wall){ NOW_S });
	tls_bundle_add(&both, &b.ca, (struct wall){ NOW_S });
	tls_bundle_add(&both, &a.ca, (struct wall){ NOW_S });
	cr_expect(eq(sz, both.len, a.ca.len + b.ca.len));
	expect_try(&both, &a, HOST, 1, NULL);
	expect_try(&both, &b, HOST, 1, NULL);
	tls_bundle_add(&again, &both, now);
	cr_expect(eq(str, again.data, b.ca.data), "the first has expired");
	buf_addf(&junk, "junk\n%s", b.ca.data);
	buf_adds(&junk, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
	buf_reset(&again);
	tls_bundle_add(&again, &junk, now);
	cr_expect(eq(str, again.data, b.ca.data));
	unmake(&a);
	unmake(&b);
	NO_LEAKS();
}

Test(tls_bundle, never_grows_without_end)
{
	AUTO(buf) struct buf all;
	struct made m;
	int n = 0;

	buf_init(&all, TLS_BUNDLE_MAX);
	for (int i = 0; i < 2 * TLS_BUNDLE_CAS; i++) {
		make(&m, 0, 1000);
		tls_bundle_add(&all, &m.ca, (struct wall){ NOW_S });
		unmake(&m);
	}
	for (const char *s = all.data; (s = strstr(s, "BEGIN")); s++)
		n++;
	cr_expect(eq(int, n, TLS_BUNDLE_CAS));
	NO_LEAKS();
}
