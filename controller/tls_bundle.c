/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/tls_bundle.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#define TURNS 16 /* a TLS 1.3 handshake takes three */

static void auto_bio(BIO **bio)
{
	BIO_free(*bio);
}

static void auto_ssl(SSL **ssl)
{
	SSL_free(*ssl);
}

static void auto_ssl_ctx(SSL_CTX **ctx)
{
	SSL_CTX_free(*ctx);
}

static void auto_certs(STACK_OF(X509) **certs)
{
	sk_X509_pop_free(*certs, X509_free);
}

/* All certificates of PEM in order, or NULL without memory. A broken block ends the bundle. */
static STACK_OF(X509) *read_certs(const struct buf *pem)
{
	AUTO(bio) BIO *bio = BIO_new_mem_buf(pem->data ? pem->data : "", (int)pem->len);
	AUTO(certs) STACK_OF(X509) *all = sk_X509_new_null();
	X509 *cert;

	(void)ERR_set_mark();
	while (bio && all && (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)))
		if (!sk_X509_push(all, cert))
			X509_free(cert);
	(void)ERR_pop_to_mark();
	return TAKE(all);
}

static bool holds(const STACK_OF(X509) *certs, const X509 *cert)
{
	for (int i = 0; i < sk_X509_num(certs); i++)
		if (!X509_cmp(sk_X509_value(certs, i), cert))
			return true;
	return false;
}

static bool has_expired(const X509 *cert, struct wall now)
{
	time_t t = (time_t)now.s;

	return X509_cmp_time(X509_get0_notAfter(cert), &t) <= 0;
}

static void add_cert(struct buf *out, X509 *cert)
{
	AUTO(bio) BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;
	long len = bio && PEM_write_bio_X509(bio, cert) ? BIO_get_mem_data(bio, &text) : 0;

	if (len <= 0)
		out->failed = ERR_NOMEM;
	else
		buf_add(out, text, (size_t)len);
}

void tls_bundle_add(struct buf *out, const struct buf *pem, struct wall now)
{
	AUTO(certs) STACK_OF(X509) *have = read_certs(out);
	AUTO(certs) STACK_OF(X509) *more = read_certs(pem);

	if (!have || !more)
		out->failed = ERR_NOMEM;
	for (int i = 0; have && i < sk_X509_num(more); i++) {
		X509 *cert = sk_X509_value(more, i);

		if (sk_X509_num(have) >= TLS_BUNDLE_CAS || has_expired(cert, now) ||
		    holds(have, cert) || !X509_up_ref(cert))
			continue;
		if (sk_X509_push(have, cert)) {
			add_cert(out, cert);
		} else {
			X509_free(cert);
			out->failed = ERR_NOMEM;
		}
	}
}

static SSL_CTX *new_client_ctx(const struct buf *bundle)
{
	AUTO(ssl_ctx) SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	AUTO(certs) STACK_OF(X509) *certs = read_certs(bundle);

	if (!ctx || !certs)
		return NULL;
	for (int i = 0; i < sk_X509_num(certs); i++)
		if (X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), sk_X509_value(certs, i)) != 1)
			return NULL;
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	return TAKE(ctx);
}

/* A client that is connected to SERVER in memory, and checks as of NOW. */
static SSL *new_client(SSL_CTX *ctx, SSL *server, const char *host, struct wall now)
{
	AUTO(ssl) SSL *client = ctx ? SSL_new(ctx) : NULL;
	BIO *near, *far;

	if (!client || !server || BIO_new_bio_pair(&near, 0, &far, 0) != 1)
		return NULL;
	SSL_set_bio(client, near, near);
	SSL_set_bio(server, far, far);
	X509_VERIFY_PARAM_set_time(SSL_get0_param(client), (time_t)now.s);
	X509_VERIFY_PARAM_set_hostflags(SSL_get0_param(client),
					X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
	if (host && *host && SSL_set1_host(client, host) != 1)
		return NULL;
	SSL_set_connect_state(client);
	SSL_set_accept_state(server);
	return TAKE(client);
}

static bool shake_hands(SSL *client, SSL *server)
{
	for (int i = 0; i < TURNS; i++) {
		bool done = SSL_do_handshake(client) == 1;

		if (SSL_do_handshake(server) == 1 && done)
			return true;
	}
	return false;
}

int tls_bundle_try(const struct buf *bundle, const struct tls_identity *id, const char *host,
		   struct wall now, struct err *e)
{
	AUTO(ssl_ctx) SSL_CTX *client_ctx = new_client_ctx(bundle);
	AUTO(ssl_ctx) SSL_CTX *server_ctx = SSL_CTX_new(TLS_server_method());
	AUTO(ssl) SSL *server = server_ctx ? SSL_new(server_ctx) : NULL;
	AUTO(ssl) SSL *client = new_client(client_ctx, server, host, now);
	long why;

	if (tls_identity_check(id, host, now, e) < 0)
		return -1;
	if (!client || tls_identity_show(id, server) != 1)
		return err_set(e, ERR_NOMEM, 0, "no memory to try the certificate");
	(void)ERR_set_mark();
	if (shake_hands(client, server)) {
		(void)ERR_pop_to_mark();
		return 0;
	}
	(void)ERR_pop_to_mark();
	why = SSL_get_verify_result(client);
	return err_set(e, ERR_INVALID, 0, "the certificate is not verified by the CA bundle: %s",
		       X509_verify_cert_error_string(why));
}
