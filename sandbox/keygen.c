/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/keygen.h"

#include <fcntl.h>
#include <getopt.h>
#include <openssl/pem.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/fileio.h"
#include "net/cert.h"
#include "sandbox/jose.h"

#define DAYS_S (24L * 60 * 60)

static const char usage[] =
	"usage: wif-sandbox keygen --out DIR [--alg RS256|ES256] [--host NAME-OR-IP]...\n"
	"\n"
	"Write an issuer's key and a server's certificate, for tests:\n"
	"  issuer.key jwks.json      signs projected tokens; the public half\n"
	"  ca.crt tls.crt tls.key    a CA, and a leaf for the --host names\n"
	"                            (default: localhost and 127.0.0.1)\n";

/* Write what FILL puts into a memory BIO to DIR/NAME. */
static int write_pem(int dir, const char *name, mode_t mode, int (*fill)(BIO *, void *), void *arg,
		     struct err *e)
{
	struct sys sys = sys_real();
	BIO *bio = BIO_new(BIO_s_mem());
	char *text;
	long len;
	int ret;

	if (!bio || fill(bio, arg) != 1) {
		BIO_free(bio);
		return err_set(e, ERR_NOMEM, 0, "unable to encode %s", name);
	}
	len = BIO_get_mem_data(bio, &text);
	ret = fileio_replace(&sys, dir, name, text, (size_t)len, mode, e);
	BIO_free(bio);
	return ret;
}

static int fill_key(BIO *bio, void *key)
{
	return PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
}

static int fill_cert(BIO *bio, void *cert)
{
	return PEM_write_bio_X509(bio, cert);
}

/* A certificate for KEY by ISSUER (itself when NULL) signed with ISSUER_KEY; NULL on failure. */
static X509 *make_cert(const char *cn, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key,
		       const char *alt_names)
{
	AUTO(x509) X509 *cert = X509_new();
	X509_NAME *name = cert ? X509_get_subject_name(cert) : NULL;
	X509 *by = issuer ? issuer : cert;
	bool ok;

	if (!name)
		return NULL;
	ok = X509_set_version(cert, X509_VERSION_3) &&
	     ASN1_INTEGER_set(X509_get_serialNumber(cert), issuer ? 2 : 1) &&
	     X509_gmtime_adj(X509_getm_notBefore(cert), -60 * 60) &&
	     X509_gmtime_adj(X509_getm_notAfter(cert), 365 * DAYS_S) &&
	     X509_set_pubkey(cert, key) &&
	     X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)cn, -1,
					-1, 0) &&
	     X509_set_issuer_name(cert, X509_get_subject_name(by)) &&
	     cert_add_ext(cert, by, NID_subject_key_identifier, "hash") &&
	     cert_add_ext(cert, by, NID_authority_key_identifier, "keyid") &&
	     cert_add_ext(cert, by, NID_basic_constraints,
			   issuer ? "critical,CA:FALSE" : "critical,CA:TRUE") &&
	     cert_add_ext(cert, by, NID_key_usage,
			   issuer ? "critical,digitalSignature" : "critical,keyCertSign,cRLSign") &&
	     (!alt_names || cert_add_ext(cert, by, NID_subject_alt_name, alt_names)) &&
	     X509_sign(cert, issuer_key, EVP_sha256());
	return ok ? TAKE(cert) : NULL;
}

static int write_issuer(int dir, const char *alg, struct err *e)
{
	AUTO(pkey) EVP_PKEY *key = NULL;
	struct sys sys = sys_real();
	AUTO(free) char *text = NULL;
	json_auto_t *jwks = NULL;

	if (jose_generate(alg, &key, e) < 0)
		return -1;
	jwks = json_pack("{s:[o]}", "keys", jose_jwk(key));
	text = jwks ? json_dumps(jwks, JSON_COMPACT) : NULL;
	if (!text)
		return err_set(e, ERR_NOMEM, 0, "unable to encode jwks.json");
	if (write_pem(dir, "issuer.key", 0600, fill_key, key, e) < 0)
		return -1;
	return fileio_replace(&sys, dir, "jwks.json", text, strlen(text), 0644, e);
}

static int write_server(int dir, const char *alt_names, struct err *e)
{
	AUTO(pkey) EVP_PKEY *ca_key = NULL;
	AUTO(pkey) EVP_PKEY *key = NULL;
	AUTO(x509) X509 *ca = NULL;
	AUTO(x509) X509 *cert = NULL;

	if (jose_generate("ES256", &ca_key, e) < 0 || jose_generate("ES256", &key, e) < 0)
		return -1;
	ca = make_cert("claude-wif sandbox CA", ca_key, NULL, ca_key, NULL);
	cert = ca ? make_cert("claude-wif sandbox", key, ca, ca_key, alt_names) : NULL;
	if (!cert)
		return err_set(e, ERR_INVALID, 0, "unable to make a certificate for \"%s\"", alt_names);
	if (write_pem(dir, "ca.crt", 0644, fill_cert, ca, e) < 0 ||
	    write_pem(dir, "tls.key", 0600, fill_key, key, e) < 0)
		return -1;
	return write_pem(dir, "tls.crt", 0644, fill_cert, cert, e);
}

/* "DNS:name" or "IP:address", joined by commas. */
static void add_host(struct buf *names, const char *host)
{
	bool ip = strchr(host, ':') || host[strspn(host, "0123456789.")] == '\0';

	buf_addf(names, "%s%s:%s", names->len ? "," : "", ip ? "IP" : "DNS", host);
}

static int generate(const char *out, const char *alg, const char *alt_names, struct err *e)
{
	AUTO(close) int dir = -1;

	if (mkdir(out, 0700) < 0 && errno != EEXIST)
		return err_set(e, ERR_IO, errno, "unable to create %s", out);
	dir = open(out, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_set(e, ERR_IO, errno, "unable to open %s", out);
	if (write_issuer(dir, alg, e) < 0 || write_server(dir, alt_names, e) < 0)
		return err_wrap(e, "%s", out);
	return 0;
}

int keygen_main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "out", required_argument, NULL, 'o' },  { "alg", required_argument, NULL, 'a' },
		{ "host", required_argument, NULL, 'h' }, { "help", no_argument, NULL, 'H' },
		{ 0 },
	};
	const char *out = NULL, *alg = "RS256";
	struct err e = { ERR_NONE };
	AUTO(buf) struct buf names;
	int c;

	buf_init(&names, 4096);
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'o')
			out = optarg;
		else if (c == 'a')
			alg = optarg;
		else if (c == 'h')
			add_host(&names, optarg);
		else if (c == 'H')
			return fputs(usage, stdout), 0;
		else
			return 100;
	}
	if (!names.len) {
		add_host(&names, "localhost");
		add_host(&names, "127.0.0.1");
	}
	if (!out || optind != argc)
		err_set(&e, ERR_INVALID, 0, "--out is needed, and nothing but options; see --help");
	else if (!buf_check(&names, "the list of hosts", &e))
		(void)generate(out, alg, names.data, &e);
	if (e.kind != ERR_NONE)
		(void)fprintf(stderr, "wif-sandbox: keygen: %s\n", e.msg);
	return err_exit(&e);
}
