/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/controller/workdir.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <string.h>

#include "common/fileio.h"
#include "tests/support/scratch.h"

struct workdir workdir_open(void)
{
	struct workdir w;

	scratch_make(w.path, sizeof(w.path), "/tmp");
	return w;
}

void workdir_close(struct workdir *w)
{
	if (*w->path)
		scratch_remove(w->path);
	*w = (struct workdir){ "" };
}

const char *workdir_path(const struct workdir *w, const char *name)
{
	static char path[2][128];
	static unsigned turn;
	char *p = path[turn++ % 2];

	(void)snprintf(p, sizeof(path[0]), "%s/%s", w->path, name);
	return p;
}

void workdir_write(const struct workdir *w, const char *name, const char *text)
{
	AUTO(close) int dir = open(w->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct sys sys = sys_real();
	struct err e = { 0 };

	cr_assert(fileio_replace(&sys, dir, name, text, strlen(text), 0600, &e) == 0, "%s", e.msg);
}

char *workdir_read(const struct workdir *w, const char *name)
{
	struct sys sys = sys_real();
	struct err e = { 0 };
	struct buf text;

	buf_init(&text, 256 << 10);
	cr_assert(fileio_read(&sys, AT_FDCWD, workdir_path(w, name), 0, &text, &e) == 0, "%s",
		  e.msg);
	return buf_take(&text);
}

/* What BIO holds, as a file. */
static void write_bio(const struct workdir *w, const char *name, BIO *bio)
{
	char *text = NULL;

	cr_assert(BIO_write(bio, "", 1) == 1); /* the NUL at the end */
	cr_assert(BIO_get_mem_data(bio, &text) > 1);
	workdir_write(w, name, text);
}

void workdir_pair(const struct workdir *w, const char *cert, const char *key, long ttl_s)
{
	EVP_PKEY *pair = EVP_EC_gen("P-256");
	X509 *leaf = X509_new();
	X509_NAME *name = X509_get_subject_name(leaf);
	BIO *cert_pem = BIO_new(BIO_s_mem()), *key_pem = BIO_new(BIO_s_mem());

	cr_assert(X509_set_version(leaf, 2) && ASN1_INTEGER_set(X509_get_serialNumber(leaf), 1) &&
		  X509_gmtime_adj(X509_getm_notBefore(leaf), -86400) &&
		  X509_gmtime_adj(X509_getm_notAfter(leaf), ttl_s) && X509_set_pubkey(leaf, pair) &&
		  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
					     (const unsigned char *)"localhost", -1, -1, 0) &&
		  X509_set_issuer_name(leaf, name) && X509_sign(leaf, pair, EVP_sha256()));
	cr_assert(PEM_write_bio_X509(cert_pem, leaf) &&
		  PEM_write_bio_PrivateKey(key_pem, pair, NULL, NULL, 0, NULL, NULL));
	write_bio(w, cert, cert_pem);
	write_bio(w, key, key_pem);
	BIO_free(cert_pem);
	BIO_free(key_pem);
	X509_free(leaf);
	EVP_PKEY_free(pair);
}
