/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "controller/tls_identity.h"
#include "net/cert.h"
#include "tests/controller/workdir.h"
#include "tests/support/leaks.h"
#include "tests/support/text.h"

/* Load the pair into E's words: did it fail? Where it did not, E says nothing. */
static bool fails(const struct workdir *w, const char *cert, const char *key, struct err *e)
{
	AUTO(tls_identity) struct tls_identity *id = NULL;
	struct sys sys = sys_real();
	int rc;

	*e = (struct err){ 0 };
	rc = tls_identity_load(&sys, workdir_path(w, cert), workdir_path(w, key), &id, e);
	return rc < 0 && !id;
}

static bool loads(const struct workdir *w, const char *cert, const char *key)
{
	struct err e;

	return !fails(w, cert, key, &e) && !e.kind;
}

/* Refused with WANT in the message, which must name the file and hold no key. */
static bool refused(const struct workdir *w, const char *cert, const char *key, const char *want)
{
	struct err e;

	if (fails(w, cert, key, &e) && strstr(e.msg, want) && strstr(e.msg, w->path) &&
	    !strstr(e.msg, "PRIVATE"))
		return true;
	cr_log_error("%s, %s: \"%s\" is not: %s", cert, key, e.msg, want);
	return false;
}

Test(tls_identity, takes_a_matching_pair_and_knows_its_end)
{
	AUTO(workdir) struct workdir w = workdir_open();
	AUTO(tls_identity) struct tls_identity *id = NULL;
	struct sys sys = sys_real();
	struct err e = { 0 };
	int64_t left;

	workdir_pair(&w, "crt", "key", 3600);
	cr_assert(eq(int, tls_identity_load(&sys, workdir_path(&w, "crt"), workdir_path(&w, "key"),
					    &id, &e), 0), "%s", e.msg);
	left = tls_identity_not_after(id).s - sys.ops->wall_now(&sys).s;
	cr_expect(left > 3500 && left <= 3600, "%lld", (long long)left);
	tls_identity_free(TAKE(id));
	workdir_close(&w);
	NO_LEAKS();
}

Test(tls_identity, refuses_what_a_handshake_could_not_use)
{
	AUTO(workdir) struct workdir w = workdir_open();

	workdir_pair(&w, "crt", "key", 3600);
	workdir_pair(&w, "other.crt", "other.key", 3600);
	workdir_write(&w, "empty", "");
	workdir_write(&w, "junk", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
	cr_expect(loads(&w, "crt", "key"));
	cr_expect(refused(&w, "crt", "other.key", "not the key of the certificate in"));
	cr_expect(refused(&w, "absent", "key", "No such file"));
	cr_expect(refused(&w, "crt", "absent", "No such file"));
	cr_expect(refused(&w, "empty", "key", "not a certificate"));
	cr_expect(refused(&w, "junk", "key", "not a certificate"));
	cr_expect(refused(&w, "key", "key", "not a certificate"));
	cr_expect(refused(&w, "crt", "empty", "not a private key"));
	cr_expect(refused(&w, "crt", "crt", "not a private key"));
	workdir_close(&w);
	NO_LEAKS();
}

static EVP_PKEY *make_key(const char *kind)
{
	bool huge = !strcmp(kind, "RSA-huge");
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, huge ? "RSA" : kind, NULL);
	EVP_PKEY *key = NULL;

	if (!ctx)
		return EVP_EC_gen(kind);
	cr_assert(EVP_PKEY_keygen_init(ctx) == 1);
	if (huge) /* of many primes, which are sooner found */
		cr_assert(EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, 8200) == 1 &&
			  EVP_PKEY_CTX_set_rsa_keygen_primes(ctx, 5) == 1);
	cr_assert(EVP_PKEY_generate(ctx, &key) == 1);
	EVP_PKEY_CTX_free(ctx);
	return key;
}

/* Write W/crt and W/key: a KEY of that kind, and its certificate for USAGE, "" for any. */
static void write_kind(const struct workdir *w, const char *kind, const char *usage)
{
	EVP_PKEY *key = make_key(kind);
	bool edwards = strstr(kind, "ED") == kind;
	X509 *x = X509_new();
	FILE *crt = fopen(workdir_path(w, "crt"), "w"), *to;

	to = fopen(workdir_path(w, "key"), "w");
	cr_assert(key && X509_set_version(x, X509_VERSION_3) && X509_set_pubkey(x, key) &&
		  X509_gmtime_adj(X509_getm_notBefore(x), 0) &&
		  X509_gmtime_adj(X509_getm_notAfter(x), 3600) &&
		  (!*usage || cert_add_ext(x, x, NID_ext_key_usage, usage)) &&
		  X509_sign(x, key, edwards ? NULL : EVP_sha256()));
	cr_assert(PEM_write_X509(crt, x) && PEM_write_PrivateKey(to, key, NULL, NULL, 0, NULL, NULL));
	(void)fclose(crt);
	(void)fclose(to);
	X509_free(x);
	EVP_PKEY_free(key);
}

/* Each row was tried with Go's client. */
Test(tls_identity, takes_what_an_api_server_would_take)
{
	static const struct {
		const char *kind, *usage, *refused;
	} rows[] = {
		{ "RSA", "", NULL },
		{ "P-256", "serverAuth", NULL },
		{ "P-384", "clientAuth,serverAuth", NULL },
		{ "P-521", "anyExtendedKeyUsage", NULL },
		{ "ED25519", "", NULL },
		{ "ED448", "", "RSA, P-256, P-384, P-521 and Ed25519 alone" },
		{ "RSA-huge", "", "RSA of 8192 bits at most" },
		{ "RSA-PSS", "", "RSA, P-256, P-384, P-521 and Ed25519 alone" },
		{ "secp256k1", "", "RSA, P-256, P-384, P-521 and Ed25519 alone" },
		{ "P-256", "clientAuth", "extendedKeyUsage is not a server's" },
	};
	AUTO(workdir) struct workdir w = workdir_open();

	for (size_t i = 0; i < COUNTOF(rows); i++) {
		write_kind(&w, rows[i].kind, rows[i].usage);
		if (rows[i].refused)
			cr_expect(refused(&w, "crt", "key", rows[i].refused), "%s", rows[i].kind);
		else
			cr_expect(loads(&w, "crt", "key"), "%s", rows[i].kind);
	}
	NO_LEAKS();
}

Test(tls_identity, reads_a_chain_whole_or_not_at_all)
{
	AUTO(workdir) struct workdir w = workdir_open();
	AUTO(free) char *leaf = NULL, *other = NULL;
	AUTO(buf) struct buf chain;

	buf_init(&chain, 1 << 20);
	workdir_pair(&w, "crt", "key", 3600);
	workdir_pair(&w, "other.crt", "other.key", 3600);
	leaf = workdir_read(&w, "crt");
	other = workdir_read(&w, "other.crt");
	buf_addf(&chain, "%s# the issuer\n%s", leaf, other);
	workdir_write(&w, "chain", chain.data);
	cr_expect(loads(&w, "chain", "key"));
	cr_expect(refused(&w, "chain", "other.key", "not the key of the certificate in"));
	chain.data[chain.len - 60] = '\0';
	workdir_write(&w, "cut", chain.data);
	cr_expect(refused(&w, "cut", "key", "broken after certificate 1"));
	while (chain.len < 65537)
		buf_addc(&chain, '\n');
	memset(chain.data, '\n', chain.len);
	workdir_write(&w, "big", chain.data);
	cr_expect(refused(&w, "big", "key", "larger than 65536 bytes"));
}

Test(tls_identity, refuses_an_encrypted_key_without_asking_for_its_passphrase)
{
	static const char encrypted[] =
		"-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
		"MIGjMF8GCSqGSIb3DQEFDTBSMDEGCSqGSIb3DQEFDDAkBBCxXWgrzfdOIfIUBfPk\n"
		"-----END ENCRYPTED PRIVATE KEY-----\n";
	AUTO(workdir) struct workdir w = workdir_open();

	workdir_pair(&w, "crt", "key", 3600);
	workdir_write(&w, "encrypted", encrypted);
	cr_expect(refused(&w, "crt", "encrypted", "use PEM without a passphrase"));
}
