/* SPDX-License-Identifier: Apache-2.0 */
#include "net/roots.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <stdbool.h>
#include <string.h>

/* The next field at *P, before END: its first byte, its length as a whole, and step over it. */
static const unsigned char *next_field(const unsigned char **p, const unsigned char *end,
				       size_t *len)
{
	const unsigned char *start = *p;
	long content;
	int tag, class;

	/* 0x80: an error or a length that reaches past END; 0x01: indefinite, which is no DER. */
	if (start >= end || ASN1_get_object(p, &content, &tag, &class, end - start) & 0x81)
		return NULL;
	*p += content;
	*len = (size_t)(*p - start);
	return start;
}

/* Step into the SEQUENCE at *P; its end. */
static const unsigned char *enter(const unsigned char **p, const unsigned char *end)
{
	long content;
	int tag, class;

	if (*p >= end || ASN1_get_object(p, &content, &tag, &class, end - *p) & 0x81 ||
	    tag != V_ASN1_SEQUENCE)
		return NULL;
	return *p + content;
}

/* The subject inside certificate DER, encoded, or NULL. Source: RFC 5280 §4.1. */
static const unsigned char *find_subject(const unsigned char *der, long der_len, size_t *len)
{
	const unsigned char *p = der, *end = enter(&p, der + der_len);
	const unsigned char *field;

	if (end)
		end = enter(&p, end);
	if (!end)
		return NULL;
	field = next_field(&p, end, len);
	if (field && *field == 0xa0) /* [0] version is there in every certificate but v1 */
		field = next_field(&p, end, len);
	/* at serialNumber; signature, issuer, validity, then subject */
	for (int i = 0; field && i < 4; i++)
		field = next_field(&p, end, len);
	return field;
}

/*
 * Put the certificate into the store of LOOKUP, and into RET if it is the first
 * (*found); OpenSSL looks at the others of the name in the store by itself.
 */
static void keep(X509_LOOKUP *lookup, const unsigned char *der, long len, X509_OBJECT *ret,
		 bool *found)
{
	X509 *cert = d2i_X509(NULL, &der, len);

	if (cert && X509_STORE_add_cert(X509_LOOKUP_get_store(lookup), cert) == 1 && !*found &&
	    X509_OBJECT_set1_X509(ret, cert) == 1) {
		*found = true;
		/* The caller takes its own reference, never drops RET's: X509_LOOKUP_meth_new(3). */
		X509_free(cert);
	}
	X509_free(cert);
}

/* All certificates of that subject go into the store; OpenSSL chooses among them. */
static int by_subject(X509_LOOKUP *lookup, X509_LOOKUP_TYPE type, const X509_NAME *name,
		      X509_OBJECT *ret)
{
	const struct roots *r = X509_LOOKUP_get_method_data(lookup);
	char *label = NULL, *header = NULL;
	unsigned char *der = NULL;
	const unsigned char *want, *subject;
	size_t want_len, len = 0;
	bool found = false;
	long der_len;
	BIO *bio;

	if (type != X509_LU_X509 || X509_NAME_get0_der(name, &want, &want_len) != 1)
		return 0;
	(void)ERR_set_mark();
	bio = BIO_new_mem_buf(r->pem, (int)r->len);
	while (bio && PEM_read_bio(bio, &label, &header, &der, &der_len)) {
		subject = strcmp(label, PEM_STRING_X509) ? NULL : find_subject(der, der_len, &len);
		if (subject && len == want_len && !memcmp(subject, want, len))
			keep(lookup, der, der_len, ret, &found);
		OPENSSL_free(label);
		OPENSSL_free(header);
		OPENSSL_free(der);
	}
	(void)ERR_pop_to_mark(); /* PEM_read_bio calls the end of the text an error */
	BIO_free(bio);
	return found;
}

void roots_init(struct roots *r, const char *pem, size_t len)
{
	*r = (struct roots){ .pem = pem, .len = len };
}

void roots_fini(struct roots *r)
{
	X509_LOOKUP_meth_free(r->method);
	r->method = NULL;
}

int roots_install(struct roots *r, SSL_CTX *ctx)
{
	X509_LOOKUP *lookup;

	if (!r->method)
		r->method = X509_LOOKUP_meth_new("certificates in memory");
	if (!r->method || X509_LOOKUP_meth_set_get_by_subject(r->method, by_subject) != 1)
		return -1;
	lookup = X509_STORE_add_lookup(SSL_CTX_get_cert_store(ctx), r->method);
	return lookup && X509_LOOKUP_set_method_data(lookup, r) == 1 ? 0 : -1;
}
