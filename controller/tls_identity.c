/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/tls_identity.h"

#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

#include "common/fileio.h"

#define PEM_MAX 65536 /* bytes */
#define RSA_BITS_MAX 8192 /* Source: Go crypto/tls, maxRSAKeySize */

struct tls_identity {
	X509 *leaf;
	STACK_OF(X509) *chain;
	EVP_PKEY *key;
	struct wall not_before, not_after;
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
	return id && SSL_use_cert_and_key(ssl, id->leaf, id->key, id->chain, 1) == 1;
}

struct wall tls_identity_not_before(const struct tls_identity *id)
{
	return id->not_before;
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

static BIO *open_pem(const struct tls_text *from)
{
	return BIO_new_mem_buf(from->pem->data ? from->pem->data : "", (int)from->pem->len);
}

static int load_cert(const struct tls_text *from, struct tls_identity *id, struct err *e)
{
	AUTO(bio) BIO *bio = open_pem(from);
	X509 *next;

	if (!bio)
		return err_set(e, ERR_NOMEM, 0, "no memory for %s", from->name);
	id->leaf = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL);
	id->chain = sk_X509_new_null();
	if (!id->leaf || !id->chain)
		return err_set(e, ERR_INVALID, 0,
			       "%s: not a certificate (%s); use PEM, the leaf first", from->name,
			       ssl_reason());
	while ((next = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL)))
		if (!sk_X509_push(id->chain, next)) {
			X509_free(next);
			return err_set(e, ERR_NOMEM, 0, "no memory for %s", from->name);
		}
	/* The end of the text reads as "no start line"; anything else is a broken block. */
	if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		return err_set(e, ERR_INVALID, 0, "%s: broken after certificate %d (%s); use PEM",
			       from->name, sk_X509_num(id->chain) + 1, ssl_reason());
	ERR_clear_error();
	return 0;
}

static int load_key(const struct tls_text *from, struct tls_identity *id, struct err *e)
{
	AUTO(bio) BIO *bio = open_pem(from);

	if (!bio)
		return err_set(e, ERR_NOMEM, 0, "no memory for %s", from->name);
	id->key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
	if (!id->key)
		return err_set(e, ERR_INVALID, 0,
			       "%s: not a private key (%s); use PEM without a passphrase",
			       from->name, ssl_reason());
	return 0;
}

/*
 * May the certificate be a server's, with a key of a kind that Go verifies? API servers are made
 * of Go, and would fail each handshake. Source: Go crypto/tls, signatureSchemesForCertificate.
 */
static const char *find_unfit(const struct tls_identity *id)
{
	static const char *const curves[] = { SN_X9_62_prime256v1, SN_secp384r1, SN_secp521r1 };
	uint32_t usage = X509_get_extended_key_usage(id->leaf);
	char curve[32] = "";

	if (!(usage & (XKU_SSL_SERVER | XKU_ANYEKU)))
		return "its extendedKeyUsage is not a server's";
	if (EVP_PKEY_is_a(id->key, "RSA"))
		return EVP_PKEY_get_bits(id->key) <= RSA_BITS_MAX ? NULL :
		       "an API server takes keys of RSA of 8192 bits at most";
	if (EVP_PKEY_is_a(id->key, "ED25519"))
		return NULL;
	if (EVP_PKEY_is_a(id->key, "EC"))
		(void)EVP_PKEY_get_group_name(id->key, curve, sizeof(curve), NULL);
	for (size_t i = 0; i < COUNTOF(curves); i++)
		if (!strcmp(curve, curves[i]))
			return NULL;
	return "an API server knows keys of RSA, P-256, P-384, P-521 and Ed25519 alone";
}

/* Whether a handshake could use the pair; a scratch context tells without a client. */
static int check_pair(const char *cert, const char *key, const struct tls_identity *id,
		      struct err *e)
{
	AUTO(ssl_ctx) SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	const char *unfit = find_unfit(id);

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
	if (unfit)
		return err_set(e, ERR_INVALID, 0, "%s: no use for TLS (%s); use another certificate",
			       cert, unfit);
	return 0;
}

static int read_time(const ASN1_TIME *from, const char *name, struct wall *out, struct err *e)
{
	struct tm tm = { 0 };

	if (ASN1_TIME_to_tm(from, &tm) != 1)
		return err_set(e, ERR_INVALID, 0,
			       "%s: no dates of validity (%s); use another certificate", name,
			       ssl_reason());
	out->s = timegm(&tm);
	return 0;
}

int tls_identity_read(const struct tls_text *cert, const struct tls_text *key,
		      struct tls_identity **out, struct err *e)
{
	AUTO(tls_identity) struct tls_identity *id = calloc(1, sizeof(*id));

	*out = NULL;
	if (!id)
		return err_set(e, ERR_NOMEM, 0, "no memory for %s", cert->name);
	ERR_clear_error();
	if (load_cert(cert, id, e) < 0 || load_key(key, id, e) < 0 ||
	    check_pair(cert->name, key->name, id, e) < 0 ||
	    read_time(X509_get0_notBefore(id->leaf), cert->name, &id->not_before, e) < 0 ||
	    read_time(X509_get0_notAfter(id->leaf), cert->name, &id->not_after, e) < 0)
		return -1;
	*out = TAKE(id);
	return 0;
}

int tls_identity_load(struct sys *sys, const char *cert, const char *key,
		      struct tls_identity **out, struct err *e)
{
	AUTO(buf) struct buf cert_pem, key_pem;

	*out = NULL;
	buf_init(&cert_pem, PEM_MAX);
	buf_init(&key_pem, PEM_MAX);
	if (fileio_read(sys, AT_FDCWD, cert, 0, &cert_pem, e) < 0 ||
	    fileio_read(sys, AT_FDCWD, key, 0, &key_pem, e) < 0)
		return -1;
	return tls_identity_read(&(struct tls_text){ cert, &cert_pem },
				 &(struct tls_text){ key, &key_pem }, out, e);
}

uint32_t tls_identity_chance(const struct tls_identity *id)
{
	const ASN1_INTEGER *serial = X509_get0_serialNumber(id->leaf);
	const unsigned char *bytes = ASN1_STRING_get0_data(serial);
	uint32_t n = 0;

	for (int i = 0; i < ASN1_STRING_length(serial); i++)
		n = n * 31 + bytes[i];
	return n;
}

bool tls_identity_same(const struct tls_identity *a, const struct tls_identity *b)
{
	return a && b && !X509_cmp(a->leaf, b->leaf);
}

/* S seconds since 1970 as RFC 3339 has it. */
static const char *show_time(struct wall at, char out[32])
{
	struct tm tm = { 0 };
	time_t s = (time_t)at.s;

	if (!gmtime_r(&s, &tm) || !strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &tm))
		out[0] = '\0';
	return out;
}

int tls_identity_check(const struct tls_identity *id, const char *host, struct wall now,
		       struct err *e)
{
	char at[32];

	if (id->not_after.s <= now.s)
		return err_set(e, ERR_INVALID, 0,
			       "the certificate expired at %s; use a current certificate",
			       show_time(id->not_after, at));
	if (id->not_before.s > now.s)
		return err_set(e, ERR_INVALID, 0,
			       "the certificate is not valid before %s; set the clock, or use "
			       "another certificate", show_time(id->not_before, at));
	if (host && *host &&
	    X509_check_host(id->leaf, host, 0, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT, NULL) != 1)
		return err_set(e, ERR_INVALID, 0,
			       "the certificate is not for %s; use one with that DNS name", host);
	return 0;
}
