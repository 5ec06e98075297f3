/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "common/buf.h"
#include "net/roots.h"
#include "tests/support/leaks.h"

struct party {
	EVP_PKEY *key;
	X509 *cert;
};

static void set_name(X509_NAME *name, const char *cn)
{
	cr_assert(eq(int, X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
						     (const unsigned char *)cn, -1, -1, 0), 1));
}

static void add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509_EXTENSION *x;
	X509V3_CTX ctx;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	x = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	cr_assert(x && X509_add_ext(cert, x, -1) == 1);
	X509_EXTENSION_free(x);
}

/* A certificate CN with a key of its own, signed by BY (NULL: by itself). */
static struct party issue(const char *cn, const struct party *by, bool ca, long version)
{
	struct party p = { EVP_EC_gen("P-256"), X509_new() };

	cr_assert(p.key && p.cert);
	X509_set_version(p.cert, version);
	ASN1_INTEGER_set(X509_get_serialNumber(p.cert), 7);
	X509_gmtime_adj(X509_getm_notBefore(p.cert), -60);
	X509_gmtime_adj(X509_getm_notAfter(p.cert), 3600);
	set_name(X509_get_subject_name(p.cert), cn);
	X509_set_issuer_name(p.cert, X509_get_subject_name(by ? by->cert : p.cert));
	X509_set_pubkey(p.cert, p.key);
	if (version == X509_VERSION_3) {
		add_extension(p.cert, by ? by->cert : p.cert, NID_basic_constraints,
			      ca ? "critical,CA:TRUE" : "CA:FALSE");
		add_extension(p.cert, by ? by->cert : p.cert, NID_subject_key_identifier, "hash");
		if (!by || X509_get_version(by->cert) == X509_VERSION_3)
			add_extension(p.cert, by ? by->cert : p.cert, NID_authority_key_identifier,
				      "keyid");
	}
	cr_assert(ge(int, X509_sign(p.cert, by ? by->key : p.key, EVP_sha256()), 1));
	return p;
}

static void party_fini(struct party *p)
{
	EVP_PKEY_free(p->key);
	X509_free(p->cert);
}

static void add_pem(struct buf *b, const X509 *cert)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *data;
	long len;

	cr_assert(eq(int, PEM_write_bio_X509(bio, cert), 1));
	len = BIO_get_mem_data(bio, &data);
	buf_add(b, data, (size_t)len);
	BIO_free(bio);
}

/* What OpenSSL says of LEAF when PEM is all it trusts: X509_V_OK or an error. */
static int verify(const struct buf *pem, X509 *leaf, X509 *between)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	X509_STORE_CTX *v = X509_STORE_CTX_new();
	STACK_OF(X509) *chain = sk_X509_new_null();
	struct roots roots;
	int said;

	roots_init(&roots, pem->data, pem->len);
	cr_assert(ctx && v && chain);
	cr_assert(eq(int, roots_install(&roots, ctx), 0));
	if (between)
		sk_X509_push(chain, between);
	cr_assert(eq(int, X509_STORE_CTX_init(v, SSL_CTX_get_cert_store(ctx), leaf, chain), 1));
	(void)X509_verify_cert(v);
	said = X509_STORE_CTX_get_error(v);
	sk_X509_free(chain);
	X509_STORE_CTX_free(v);
	SSL_CTX_free(ctx);
	roots_fini(&roots);
	return said;
}

Test(roots, finds_the_root_among_others_of_the_same_name)
{
	AUTO(buf) struct buf pem = { .max = 65536 };
	struct party other = issue("root", NULL, true, X509_VERSION_3);
	struct party root = issue("root", NULL, true, X509_VERSION_3);
	struct party between = issue("between", &root, true, X509_VERSION_3);
	struct party leaf = issue("leaf", &between, false, X509_VERSION_3);

	buf_adds(&pem, "# a bundle has comments\n");
	add_pem(&pem, other.cert);
	buf_adds(&pem, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
	add_pem(&pem, root.cert);
	add_pem(&pem, root.cert);
	add_pem(&pem, other.cert);
	cr_expect(eq(int, verify(&pem, leaf.cert, between.cert), X509_V_OK));
	cr_expect(eq(int, verify(&pem, leaf.cert, NULL),
		     X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY));
	party_fini(&other);
	party_fini(&root);
	party_fini(&between);
	party_fini(&leaf);
	buf_fini(&pem);
	NO_LEAKS();
}

Test(roots, trusts_nothing_that_is_not_in_the_bundle)
{
	AUTO(buf) struct buf pem = { .max = 65536 };
	struct party root = issue("root", NULL, true, X509_VERSION_3);
	struct party same_name = issue("root", NULL, true, X509_VERSION_3);
	struct party leaf = issue("leaf", &root, false, X509_VERSION_3);
	struct party alone = issue("alone", NULL, false, X509_VERSION_3);

	buf_addc(&pem, '\n');
	cr_expect(ne(int, verify(&pem, leaf.cert, root.cert), X509_V_OK));
	add_pem(&pem, same_name.cert);
	cr_expect(ne(int, verify(&pem, leaf.cert, root.cert), X509_V_OK));
	cr_expect(ne(int, verify(&pem, alone.cert, NULL), X509_V_OK));
	add_pem(&pem, alone.cert);
	cr_expect(eq(int, verify(&pem, alone.cert, NULL), X509_V_OK), "a pinned certificate");
	party_fini(&root);
	party_fini(&same_name);
	party_fini(&leaf);
	party_fini(&alone);
	buf_fini(&pem);
	NO_LEAKS();
}

Test(roots, finds_a_root_of_version_1)
{
	AUTO(buf) struct buf pem = { .max = 65536 };
	struct party root = issue("old root", NULL, true, X509_VERSION_1);
	struct party leaf = issue("leaf", &root, false, X509_VERSION_3);

	add_pem(&pem, root.cert);
	cr_expect(eq(int, verify(&pem, leaf.cert, NULL), X509_V_OK));
	party_fini(&root);
	party_fini(&leaf);
	buf_fini(&pem);
	NO_LEAKS();
}

/* Every certificate cut short and with each byte of its head changed: found or not, no crash. */
Test(roots, a_torn_or_forged_bundle_is_only_a_miss)
{
	struct party root = issue("root", NULL, true, X509_VERSION_3);
	struct party leaf = issue("leaf", &root, false, X509_VERSION_3);
	unsigned char *der = NULL;
	int len = i2d_X509(root.cert, &der), misses = 0;

	for (int i = 0; i < len; i++) {
		AUTO(buf) struct buf pem = { .max = 65536 };
		BIO *bio = BIO_new(BIO_s_mem());
		unsigned char kept = der[i];
		char *text;
		long text_len;

		der[i] ^= 0x84;
		PEM_write_bio(bio, PEM_STRING_X509, "", der, i % 2 ? len : i + 1);
		text_len = BIO_get_mem_data(bio, &text);
		buf_add(&pem, text, (size_t)text_len);
		misses += verify(&pem, leaf.cert, NULL) != X509_V_OK;
		der[i] = kept;
		BIO_free(bio);
	}
	cr_expect(ge(int, misses, len / 2));
	OPENSSL_free(der);
	party_fini(&root);
	party_fini(&leaf);
	NO_LEAKS();
}
