/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/tls_identity.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <time.h>

#include "common/buf.h"
#include "common/fileio.h"

#define PEM_MAX 65536 /* bytes */

struct tls_identity {
	X509 *leaf;
	STACK_OF(X509) *chain;
	EVP_PKEY *key;
	struct wall not_after;
};

static void auto_bio(BIO **bio)
{
	BIO_free(*bio);
}

static void auto_ssl_ctx(SSL_CTX **ctx)
{
	SSL_CTX_free(*ctx);
}

void tls_identity_free(struct tls_identity *id)
{
	if (!id)
		return;
	X509_free(id->leaf);
	sk_X509_pop_free(id->chain, X509_free);
	EVP_PKEY_free(id->key);
	free(id);
}

int tls_identity_show(const struct tls_identity *id, struct ssl_st *ssl)
{
	return SSL_use_cert_and_key(ssl, id->leaf, id->key, id->chain, 1) == 1;
}

struct wall tls_identity_not_after(const struct tls_identity *id)
{
	return id->not_after;
}

/* An encrypted key must fail here, not ask a terminal. Source: PEM_read_bio_PrivateKey(3). */
static int no_passphrase(char *out, int size, int writing, void *user)
{
	(void)out;
	(void)size;
	(void)writing;
	(void)user;
	return -1;
}

/* The reason of OpenSSL's last error; the queue is empty after. */
static const char *ssl_reason(void)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	return reason ? reason : "no reason given";
}

static int read_pem(struct sys *sys, const char *path, struct buf *text, BIO **bio, struct err *e)
{
	if (fileio_read(sys, AT_FDCWD, path, 0, text, e) < 0)
		return -1;
	*bio = BIO_new_mem_buf(text->data ? text->data : "", (int)text->len);
	return *bio ? 0 : err_set(e, ERR_NOMEM, 0, "no memory for %s", path);
}

static int load_cert(struct sys *sys, const char *path, struct tls_identity *id, struct err *e)
{
	AUTO(buf) struct buf text;
	AUTO(bio) BIO *bio = NULL;
	X509 *next;

	buf_init(&text, PEM_MAX);
	if (read_pem(sys, path, &text, &bio, e) < 0)
		return -1;
	id->leaf = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL);
	id->chain = sk_X509_new_null();
	if (!id->leaf || !id->chain)
		return err_set(e, ERR_INVALID, 0,
			       "%s: not a certificate (%s); use PEM, the leaf first", path,
			       ssl_reason());
	while ((next = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL)))
		if (!sk_X509_push(id->chain, next)) {
			X509_free(next);
			return err_set(e, ERR_NOMEM, 0, "no memory for %s", path);
		}
	/* The end of the file reads as "no start line"; anything else is a broken block. */
	if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		return err_set(e, ERR_INVALID, 0, "%s: broken after certificate %d (%s); use PEM",
			       path, sk_X509_num(id->chain) + 1, ssl_reason());
	ERR_clear_error();
	return 0;
}

static int load_key(struct sys *sys, const char *path, struct tls_identity *id, struct err *e)
{
	AUTO(buf) struct buf text;
	AUTO(bio) BIO *bio = NULL;

	buf_init(&text, PEM_MAX);
	if (read_pem(sys, path, &text, &bio, e) < 0)
		return -1;
	id->key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
	if (!id->key)
		return err_set(e, ERR_INVALID, 0,
			       "%s: not a private key (%s); use PEM without a passphrase", path,
			       ssl_reason());
	return 0;
}

/* Whether a handshake could use the pair; a scratch context tells without a client. */
static int check_pair(const char *cert, const char *key, const struct tls_identity *id,
		      struct err *e)
{
	AUTO(ssl_ctx) SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	if (!ctx)
		return err_set(e, ERR_NOMEM, 0, "no memory for %s", cert);
	if (X509_check_private_key(id->leaf, id->key) != 1)
		return err_set(
			e, ERR_INVALID, 0,
			"%s: not the key of the certificate in %s (%s); use the matching one", key,
			cert, ssl_reason());
	if (SSL_CTX_use_cert_and_key(ctx, id->leaf, id->key, id->chain, 1) != 1)
		return err_set(e, ERR_INVALID, 0,
			       "%s: no use for TLS (%s); use another certificate", cert,
			       ssl_reason());
	return 0;
}

static int check_time(struct sys *sys, const char *path, struct tls_identity *id, struct err *e)
{
	struct tm tm = { 0 };

	if (ASN1_TIME_to_tm(X509_get0_notAfter(id->leaf), &tm) != 1)
		return err_set(e, ERR_INVALID, 0,
			       "%s: no date of expiry (%s); use another certificate", path,
			       ssl_reason());
	id->not_after.s = timegm(&tm);
	if (id->not_after.s <= sys->ops->wall_now(sys).s)
		return err_set(
			e, ERR_INVALID, 0,
			"%s: expired at %04d-%02d-%02dT%02d:%02d:%02dZ; use a current certificate",
			path, tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
			tm.tm_sec);
	return 0;
}

int tls_identity_load(struct sys *sys, const char *cert, const char *key,
		      struct tls_identity **out, struct err *e)
{
	AUTO(tls_identity) struct tls_identity *id = calloc(1, sizeof(*id));

	*out = NULL;
	if (!id)
		return err_set(e, ERR_NOMEM, 0, "no memory for %s", cert);
	ERR_clear_error();
	if (load_cert(sys, cert, id, e) < 0 || load_key(sys, key, id, e) < 0 ||
	    check_pair(cert, key, id, e) < 0 || check_time(sys, cert, id, e) < 0)
		return -1;
	*out = TAKE(id);
	return 0;
}
