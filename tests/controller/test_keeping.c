/* SPDX-License-Identifier: Apache-2.0 */

/* A certificate that the program keeps by itself: two of it, and a fake of the API server. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <openssl/pem.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tests/controller/cert_api.h"
#include "tests/controller/pair.h"
#include "tests/controller/process.h"
#include "tests/controller/reviewing.h"
#include "tests/support/fake_api.h"
#include "tests/support/text.h"

/* The fake of the API server, with the certificate's objects in it. */
struct bench {
	struct cert_api objects;
	struct fake_api *api;
};

static void open_bench(struct bench *b)
{
	*b = (struct bench){ .objects = cert_api_open(), .api = fake_api_new() };
	fake_api_others(b->api, "/secrets/", cert_api_http, &b->objects);
	fake_api_others(b->api, "/leases/", cert_api_http, &b->objects);
	fake_api_others(b->api, "/mutatingwebhookconfigurations/", cert_api_http, &b->objects);
}

static void close_bench(struct bench *b)
{
	fake_api_free(b->api);
	cert_api_close(&b->objects);
}

/* The leaf that the process shows. */
static X509 *shown(const struct process *p)
{
	AUTO(client) struct tls_client c = tls_client_open(p->port, true);

	return SSL_get1_peer_certificate(c.ssl);
}

/* Would the API server take the leaf, with the caBundle that it has? */
static bool is_taken(const struct bench *b, X509 *leaf)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	AUTO(buf) struct buf bundle;
	BIO *bio;
	X509 *ca;
	bool ok;

	cert_api_bundle(&b->objects, 0, &bundle);
	bio = BIO_new_mem_buf(bundle.data, (int)bundle.len);
	while ((ca = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
		cr_assert(X509_STORE_add_cert(store, ca));
		X509_free(ca);
	}
	cr_assert(X509_STORE_CTX_init(ctx, store, leaf, NULL));
	cr_assert(X509_VERIFY_PARAM_set1_host(X509_STORE_CTX_get0_param(ctx), "wif.wif-system.svc",
					      0));
	ok = X509_verify_cert(ctx) == 1;
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	BIO_free(bio);
	return ok;
}

/* A pair made AGO_S seconds ago for LIFE_S, published and in force. */
static void put_pair(struct bench *b, int64_t ago_s, int64_t life_s)
{
	AUTO(pair) struct pair p = pair_make("wif-system", "wif", time(NULL) - ago_s, life_s);

	cert_api_put(&b->objects, 0, p.ca.data);
	cert_api_put(&b->objects, 1, p.cert.data);
	cert_api_put(&b->objects, 2, p.key.data);
	for (int i = 0; i < CERT_API_WEBHOOKS; i++)
		b->objects.bundle[i] = strdup(b->objects.data[0]);
}

Test(keeping, begins_with_empty_objects_and_two_replicas_show_one_certificate, .timeout = 60)
{
	AUTO(process) struct process a = process_prepare();
	AUTO(process) struct process z = process_prepare();
	struct bench b;
	X509 *of_a, *of_z;

	open_bench(&b);
	process_keep(&a, fake_api_port(b.api), "3600");
	process_keep(&z, fake_api_port(b.api), "3600");
	reviewing_await_ready(&a);
	reviewing_await_ready(&z);
	of_a = shown(&a);
	of_z = shown(&z);
	cr_expect(X509_cmp(of_a, of_z) == 0);
	cr_expect(is_taken(&b, of_a));
	X509_free(of_a);
	X509_free(of_z);
	cr_expect(eq(int, process_end(&a, SIGTERM), 0));
	cr_expect(eq(int, process_end(&z, SIGTERM), 0));
	close_bench(&b);
}

Test(keeping, renews_while_it_serves_and_no_handshake_fails, .timeout = 60)
{
	AUTO(process) struct process p = process_prepare();
	AUTO(client) struct tls_client old = { .fd = -1 };
	int handshakes = 0, switched = 0;
	X509 *first;
	struct bench b;

	open_bench(&b);
	put_pair(&b, 70, 100);
	process_keep(&p, fake_api_port(b.api), "60");
	reviewing_await_ready(&p);
	fake_api_put(b.api, FAKE_NAMESPACE, "", "n", "");
	fake_api_put(b.api, FAKE_ACCOUNT, "n", "web", "");
	old = tls_client_open(p.port, true);
	first = SSL_get1_peer_certificate(old.ssl);
	cr_assert(is_taken(&b, first));
	while (!switched) {
		X509 *leaf = shown(&p);

		switched = X509_cmp(first, leaf) != 0;
		cr_expect(is_taken(&b, leaf), "handshake %d", handshakes);
		handshakes++;
		X509_free(leaf);
	}
	cr_expect(is_taken(&b, first), "who lags behind is still trusted");
	reviewing_send(&old, "n", "web", "");
	reviewing_answer(&old, 200, "\"allowed\":true");
	X509_free(first);
	cr_expect(eq(int, process_end(&p, SIGTERM), 0));
	close_bench(&b);
}

/* A pair of files for the Service wif-system/wif, good from now + FROM_S. */
static void write_pair(const struct process *p, int64_t from_s)
{
	AUTO(pair) struct pair made = pair_make("wif-system", "wif", time(NULL) + from_s, 3600);

	workdir_write(&p->dir, "tls.crt", made.cert.data);
	workdir_write(&p->dir, "tls.key", made.key.data);
}

/* The log has one line about /readyz: that all is well, or WHY not. */
static void expect_told_once(const struct process *p, const char *why)
{
	AUTO(free) char *log = workdir_read(&p->dir, "log");
	char want[128];
	const char *line;

	(void)snprintf(want, sizeof(want), "ready\"%s%s", why ? ",\"why\":\"" : "}", why ? why : "");
	line = strstr(log, want);
	cr_assert(line != NULL, "no %s in %s", want, log);
	cr_expect(strstr(line + 1, "ready\"") == NULL, "%s", log);
}

Test(keeping, files_for_another_name_or_another_time_are_not_ready, .timeout = 60)
{
	static const struct {
		const char *service, *want;
		int64_t from_s;
	} rows[] = {
		{ "wif-system/wif", "ok", 0 },
		{ "wif-system/other", "the certificate is not for other.wif-system.svc", 0 },
		{ "wif-system/wif", "the certificate is not valid before 2", 2000 },
		{ "wif-system/wif", "the certificate expired at 2", -7200 },
	};

	for (size_t i = 0; i < COUNTOF(rows); i++) {
		AUTO(process) struct process p = process_prepare();
		char text[512];

		write_pair(&p, rows[i].from_s);
		process_serve_for(&p, rows[i].service);
		for (int j = 0; j < 2; j++) {
			cr_expect(eq(int, reviewing_is_ready(&p, text, sizeof(text)), !i));
			cr_expect(strstr(text, rows[i].want) == text, "%s", text);
		}
		cr_expect(eq(int, process_end(&p, SIGTERM), 0));
		expect_told_once(&p, i ? rows[i].want : NULL);
	}
}

Test(keeping, ready_says_which_right_is_missing, .timeout = 60)
{
	AUTO(process) struct process p = process_prepare();
	struct bench b;
	char text[512];

	open_bench(&b);
	b.objects.refuse[API_WEBHOOK] = 403;
	process_keep(&p, fake_api_port(b.api), "3600");
	do
		cr_expect(not(reviewing_is_ready(&p, text, sizeof(text))));
	while (!strstr(text, "claude-wif: the API server answers 403; this needs the right to "
			     "patch it"));
	cr_expect(eq(int, process_end(&p, SIGTERM), 0));
	close_bench(&b);
}

Test(keeping, the_key_is_not_logged, .timeout = 60)
{
	AUTO(process) struct process p = process_prepare();
	AUTO(free) char *log = NULL;
	struct bench b;

	open_bench(&b);
	process_keep(&p, fake_api_port(b.api), "3600");
	reviewing_await_ready(&p);
	log = workdir_read(&p.dir, "log");
	cr_expect(strstr(log, "certificate in force") != NULL);
	cr_expect(strstr(log, "BEGIN") == NULL);
	cr_expect(eq(int, process_end(&p, SIGTERM), 0));
	close_bench(&b);
}
