/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/tls_make.h"

#include <inttypes.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <stdbool.h>
#include <stdio.h>

#include "net/cert.h"

#define BACKDATE_S 300	/* at most, and never more than a twentieth of the life */

static void auto_bio(BIO **bio)
{
	BIO_free(*bio);
}

static int failed(struct err *e, const char *what)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	return err_set(e, ERR_BUG, 0, "unable to make %s: %s", what, reason ? reason : "no memory");
}

/* 127 bits by chance: positive, and never twice. Source: RFC 5280 §4.1.2.2. */
static bool set_serial(X509 *x, uint64_t *out)
{
	unsigned char raw[16];
	ASN1_INTEGER *serial = X509_get_serialNumber(x);

	if (RAND_bytes(raw, sizeof(raw)) != 1)
		return false;
	raw[0] = (raw[0] & 0x7f) | 0x40;
	*out = 0;
	for (size_t i = 0; i < sizeof(*out); i++)
		*out = *out << 8 | raw[i];
	return ASN1_STRING_set(serial, raw, sizeof(raw)) == 1;
}

static bool set_times(X509 *x, const struct tls_make *what)
{
	int64_t back_s = what->life_s / 20 < BACKDATE_S ? what->life_s / 20 : BACKDATE_S;

	return ASN1_TIME_set(X509_getm_notBefore(x), (time_t)(what->now.s - back_s)) &&
	       ASN1_TIME_set(X509_getm_notAfter(x), (time_t)(what->now.s + what->life_s));
}

/* A certificate of KEY with serial, times and the subject "CN=TITLE SERIAL"; not signed yet. */
static X509 *new_cert(const struct tls_make *what, EVP_PKEY *key, const char *title)
{
	AUTO(x509) X509 *x = X509_new();
	uint64_t serial = 0;
	char name[64];

	if (!x || !key || !X509_set_version(x, X509_VERSION_3) || !set_serial(x, &serial) ||
	    !set_times(x, what) || !X509_set_pubkey(x, key))
		return NULL;
	(void)snprintf(name, sizeof(name), "%s %016" PRIx64, title, serial);
	if (!X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
					(const unsigned char *)name, -1, -1, 0))
		return NULL;
	return TAKE(x);
}

static X509 *make_ca(const struct tls_make *what, EVP_PKEY *key)
{
	AUTO(x509) X509 *x = new_cert(what, key, "claude-wif CA");

	if (!x || !X509_set_issuer_name(x, X509_get_subject_name(x)) ||
	    !cert_add_ext(x, x, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ||
	    !cert_add_ext(x, x, NID_key_usage, "critical,keyCertSign") ||
	    !cert_add_ext(x, x, NID_subject_key_identifier, "hash") || !X509_sign(x, key, EVP_sha256()))
		return NULL;
	return TAKE(x);
}

static X509 *make_leaf(const struct tls_make *what, EVP_PKEY *key, X509 *ca, EVP_PKEY *ca_key)
{
	AUTO(x509) X509 *x = new_cert(what, key, "claude-wif");
	const char *service = what->service, *ns = what->namespace_;
	char names[512];

	(void)snprintf(names, sizeof(names), "DNS:%s.%s.svc,DNS:%s.%s.svc.cluster.local,DNS:%s.%s",
		       service, ns, service, ns, service, ns);
	if (!x || !X509_set_issuer_name(x, X509_get_subject_name(ca)) ||
	    !cert_add_ext(x, ca, NID_basic_constraints, "critical,CA:FALSE") ||
	    !cert_add_ext(x, ca, NID_key_usage, "critical,digitalSignature") ||
	    !cert_add_ext(x, ca, NID_ext_key_usage, "serverAuth") ||
	    !cert_add_ext(x, ca, NID_subject_alt_name, names) ||
	    !cert_add_ext(x, ca, NID_subject_key_identifier, "hash") ||
	    !cert_add_ext(x, ca, NID_authority_key_identifier, "keyid:always") ||
	    !X509_sign(x, ca_key, EVP_sha256()))
		return NULL;
	return TAKE(x);
}

/* Append X, or KEY when X is NULL, to OUT; what lay in between is wiped. */
static bool write_pem(struct buf *out, X509 *x, EVP_PKEY *key)
{
	AUTO(bio) BIO *bio = BIO_new(BIO_s_secmem());
	char *text = NULL;
	long len;

	if (!bio || !(x ? PEM_write_bio_X509(bio, x) :
			  PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL)))
		return false;
	len = BIO_get_mem_data(bio, &text);
	if (len > 0)
		buf_add(out, text, (size_t)len);
	OPENSSL_cleanse(text, len > 0 ? (size_t)len : 0);
	return len > 0 && !out->failed;
}

int tls_make(const struct tls_make *what, struct buf *ca, struct buf *cert, struct buf *key,
	     struct err *e)
{
	AUTO(pkey) EVP_PKEY *ca_key = EVP_EC_gen("P-256");
	AUTO(pkey) EVP_PKEY *leaf_key = EVP_EC_gen("P-256");
	AUTO(x509) X509 *issuer = ca_key ? make_ca(what, ca_key) : NULL;
	AUTO(x509) X509 *leaf = issuer ? make_leaf(what, leaf_key, issuer, ca_key) : NULL;

	if (!issuer)
		return failed(e, "a CA");
	if (!leaf)
		return failed(e, "a certificate");
	if (!write_pem(ca, issuer, NULL) || !write_pem(cert, leaf, NULL) ||
	    !write_pem(key, NULL, leaf_key))
		return err_set(e, ERR_NOMEM, 0, "no memory for a certificate");
	return 0;
}
