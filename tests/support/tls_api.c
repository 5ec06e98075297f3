/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/tls_api.h"

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS 32
#define PATH_SIZE 256

struct tls_api {
	SSL_CTX *ctx;
	pthread_t acceptor;
	int fd, port;
	struct visit {
		struct tls_api *api;
		pthread_t thread;
		int fd;
	} visits[CONNECTIONS];
	size_t n_visits;	/* the acceptor's */
	pthread_mutex_t lock;	/* over all below */
	int requests, connections;
	char authorization[128], subject[128];
};

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	abort();
}

/* --- certificates --- */

static FILE *open_file(const char *dir, const char *name, const char *end, const char *mode)
{
	char path[PATH_SIZE];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s.%s", dir, name, end);
	f = fopen(path, mode);
	must(f != NULL, path);
	return f;
}

static EVP_PKEY *read_key(const char *dir, const char *name)
{
	FILE *f = open_file(dir, name, "key", "r");
	EVP_PKEY *key = PEM_read_PrivateKey(f, NULL, NULL, NULL);

	must(key != NULL, "a key");
	(void)fclose(f);
	return key;
}

static void set_name(X509_NAME *name, const char *common)
{
	must(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)common, -1,
					-1, 0) == 1, "a name");
}

static void extend(X509 *leaf, int what, const char *value)
{
	X509_EXTENSION *x = X509V3_EXT_conf_nid(NULL, NULL, what, value);

	must(x && X509_add_ext(leaf, x, -1) == 1, "an extension");
	X509_EXTENSION_free(x);
}

static void write_pair(const char *dir, const char *name, X509 *cert, EVP_PKEY *key)
{
	FILE *f = open_file(dir, name, "crt", "w");

	must(PEM_write_X509(f, cert) == 1 && !fclose(f), "a certificate");
	f = open_file(dir, name, "key", "w");
	must(PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) == 1 && !fclose(f), "a key");
}

void tls_api_certify(const char *dir, const char *name, const char *issuer, const char *alt)
{
	EVP_PKEY *key = EVP_EC_gen("P-256"), *with = issuer ? read_key(dir, issuer) : key;
	X509 *cert = X509_new();
	uint64_t serial = (uint64_t)(uintptr_t)cert;

	set_name(X509_get_subject_name(cert), name);
	set_name(X509_get_issuer_name(cert), issuer ? issuer : name);
	must(X509_set_version(cert, 2) &&
		     ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), serial) &&
		     X509_gmtime_adj(X509_getm_notBefore(cert), -86400) &&
		     X509_gmtime_adj(X509_getm_notAfter(cert), 86400) &&
		     X509_set_pubkey(cert, key), "a certificate");
	extend(cert, NID_basic_constraints, alt ? "critical,CA:FALSE" : "critical,CA:TRUE");
	if (alt)
		extend(cert, NID_subject_alt_name, alt);
	must(X509_sign(cert, with, EVP_sha256()) > 0, "a signature");
	write_pair(dir, name, cert, key);
	X509_free(cert);
	if (issuer)
		EVP_PKEY_free(with);
	EVP_PKEY_free(key);
}

/* --- the server --- */

static void copy_header(const char *head, const char *name, char out[128])
{
	const char *at = strstr(head, name);

	out[0] = '\0';
	if (at)
		(void)snprintf(out, 128, "%.*s", (int)strcspn(at + strlen(name), "\r"),
			       at + strlen(name));
}

static void note(struct tls_api *a, SSL *ssl, const char *head)
{
	X509 *peer = SSL_get0_peer_certificate(ssl);

	(void)pthread_mutex_lock(&a->lock);
	a->requests++;
	copy_header(head, "\r\nAuthorization: ", a->authorization);
	a->subject[0] = '\0';
	if (peer)
		(void)X509_NAME_oneline(X509_get_subject_name(peer), a->subject,
					sizeof(a->subject));
	(void)pthread_mutex_unlock(&a->lock);
}

static void talk(struct tls_api *a, SSL *ssl)
{
	static const char answer[] = "HTTP/1.1 200 X\r\ncontent-length: 2\r\n\r\n{}";
	char head[8192];
	int len = 0, n;

	while ((n = SSL_read(ssl, head + len, (int)sizeof(head) - 1 - len)) > 0) {
		len += n;
		head[len] = '\0';
		if (!strstr(head, "\r\n\r\n"))
			continue;
		note(a, ssl, head);
		if (SSL_write(ssl, answer, (int)strlen(answer)) <= 0)
			return;
		len = 0;
	}
}

static void *visit(void *ctx)
{
	struct visit *v = ctx;
	struct tls_api *a = v->api;
	SSL *ssl = SSL_new(a->ctx);

	must(ssl && SSL_set_fd(ssl, v->fd) == 1, "a connection");
	if (SSL_accept(ssl) == 1) {
		(void)pthread_mutex_lock(&a->lock);
		a->connections++;
		(void)pthread_mutex_unlock(&a->lock);
		talk(a, ssl);
	}
	SSL_free(ssl);
	(void)shutdown(v->fd, SHUT_RDWR);
	return NULL;
}

static void *run(void *ctx)
{
	struct tls_api *a = ctx;

	for (; a->n_visits < CONNECTIONS; a->n_visits++) {
		struct visit *v = &a->visits[a->n_visits];

		*v = (struct visit){ .api = a, .fd = accept(a->fd, NULL, NULL) };
		if (v->fd < 0)
			return NULL;
		must(!pthread_create(&v->thread, NULL, visit, v), "a thread");
	}
	must(false, "connections");
	return NULL;
}

static SSL_CTX *make_ctx(const char *dir, const char *name, const char *clients)
{
	char cert[PATH_SIZE], key[PATH_SIZE], ca[PATH_SIZE];
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	(void)snprintf(cert, sizeof(cert), "%s/%s.crt", dir, name);
	(void)snprintf(key, sizeof(key), "%s/%s.key", dir, name);
	must(ctx && SSL_CTX_use_certificate_file(ctx, cert, SSL_FILETYPE_PEM) == 1 &&
		     SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) == 1, "a pair");
	if (!clients)
		return ctx;
	(void)snprintf(ca, sizeof(ca), "%s/%s.crt", dir, clients);
	must(SSL_CTX_load_verify_file(ctx, ca) == 1, "a CA");
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	return ctx;
}

struct tls_api *tls_api_new(const char *dir, const char *name, const char *clients)
{
	struct tls_api *a = calloc(1, sizeof(*a));
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);

	must(a != NULL, "memory");
	(void)signal(SIGPIPE, SIG_IGN); /* OpenSSL writes to clients that are gone */
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	a->ctx = make_ctx(dir, name, clients);
	(void)pthread_mutex_init(&a->lock, NULL);
	a->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(a->fd >= 0 && !bind(a->fd, (struct sockaddr *)&at, sizeof(at)) && !listen(a->fd, 16) &&
		     !getsockname(a->fd, (struct sockaddr *)&at, &len), "a socket");
	a->port = ntohs(at.sin_port);
	must(!pthread_create(&a->acceptor, NULL, run, a), "a thread");
	return a;
}

void tls_api_free(struct tls_api *a)
{
	if (!a)
		return;
	(void)shutdown(a->fd, SHUT_RDWR);
	(void)pthread_join(a->acceptor, NULL);
	for (size_t i = 0; i < a->n_visits; i++) {
		(void)shutdown(a->visits[i].fd, SHUT_RDWR);
		(void)pthread_join(a->visits[i].thread, NULL);
		(void)close(a->visits[i].fd);
	}
	(void)close(a->fd);
	SSL_CTX_free(a->ctx);
	free(a);
}

int tls_api_port(const struct tls_api *a)
{
	return a->port;
}

int tls_api_requests(struct tls_api *a)
{
	int n;

	(void)pthread_mutex_lock(&a->lock);
	n = a->requests;
	(void)pthread_mutex_unlock(&a->lock);
	return n;
}

int tls_api_connections(struct tls_api *a)
{
	int n;

	(void)pthread_mutex_lock(&a->lock);
	n = a->connections;
	(void)pthread_mutex_unlock(&a->lock);
	return n;
}

void tls_api_last(struct tls_api *a, char authorization[128], char subject[128])
{
	(void)pthread_mutex_lock(&a->lock);
	memcpy(authorization, a->authorization, 128);
	memcpy(subject, a->subject, 128);
	(void)pthread_mutex_unlock(&a->lock);
}
