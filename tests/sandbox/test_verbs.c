/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fileio.h"
#include "sandbox/jose.h"
#include "tests/sandbox/stand.h"

/* DIR/NAME of S as a heap string. */
static char *content(const struct stand *s, const char *name)
{
	struct sys sys = sys_real();
	AUTO(buf) struct buf text;
	char path[128];
	struct err e;

	buf_init(&text, 64 * 1024);
	(void)snprintf(path, sizeof(path), "%s/%s", s->dir, name);
	cr_assert(fileio_read(&sys, AT_FDCWD, path, 0, &text, &e) == 0, "%s", e.msg);
	return buf_take(&text);
}

static X509 *certificate(const struct stand *s, const char *name)
{
	char path[128];
	X509 *cert;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", s->dir, name);
	f = fopen(path, "re");
	cr_assert(f != NULL);
	cert = PEM_read_X509(f, NULL, NULL, NULL);
	(void)fclose(f);
	return cert;
}

Test(keygen, makes_a_certificate_for_its_hosts_by_its_ca, .timeout = 60)
{
	AUTO(stand) struct stand s;
	char keys[64], path[80];
	struct stat st;
	X509 *ca, *cert;

	stand_init(&s);
	(void)snprintf(keys, sizeof(keys), "%s/keys", s.dir);
	cr_assert(eq(int, stand_run((const char *const[]){
		"keygen", "--out", keys, "--host", "api.test", "--host", "10.1.2.3", NULL }), 0));
	ca = certificate(&s, "keys/ca.crt");
	cert = certificate(&s, "keys/tls.crt");
	cr_expect(eq(int, X509_verify(cert, X509_get0_pubkey(ca)), 1));
	cr_expect(eq(int, X509_check_host(cert, "api.test", 0, 0, NULL), 1));
	cr_expect(eq(int, X509_check_ip_asc(cert, "10.1.2.3", 0), 1));
	cr_expect(eq(int, X509_check_host(cert, "localhost", 0, 0, NULL), 0));
	cr_expect(eq(int, X509_check_ca(ca) == 1 && X509_check_ca(cert) == 0, 1));
	X509_free(ca);
	X509_free(cert);
	for (size_t i = 0; i < 2; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", keys, i ? "tls.key" : "issuer.key");
		cr_assert(eq(int, stat(path, &st), 0));
		cr_expect(eq(u32, st.st_mode & 07777, 0600), "%s", path);
	}
}

/* How many names in DIR of S begin with PREFIX. */
static int count_names(const struct stand *s, const char *dir, const char *prefix)
{
	const struct dirent *entry;
	char path[64];
	int n = 0;
	DIR *d;

	(void)snprintf(path, sizeof(path), "%s/%s", s->dir, dir);
	d = opendir(path);
	cr_assert(d != NULL);
	while ((entry = readdir(d)))
		n += !strncmp(entry->d_name, prefix, strlen(prefix));
	(void)closedir(d);
	return n;
}

/* The verified claims of assertion NAME. */
static json_t *claims_of(const struct stand *s, const char *name)
{
	AUTO(free) char *jwks = content(s, "keys/jwks.json"), *jwt = content(s, name);
	struct jose_keys keys = { .n = 0 };
	json_t *claims;
	struct err e;

	cr_assert(jose_keys_parse(&keys, jwks, strlen(jwks), &e) == 0, "%s", e.msg);
	cr_assert(jose_verify(&keys, jwt, strlen(jwt), &claims, &e) == 0, "%s", e.msg);
	jose_keys_fini(&keys);
	return claims;
}

static json_int_t lifetime(const json_t *claims)
{
	return json_integer_value(json_object_get(claims, "exp")) -
	       json_integer_value(json_object_get(claims, "iat"));
}

Test(project, writes_what_the_kubelet_writes_and_swaps_it_at_once, .timeout = 60)
{
	AUTO(stand) struct stand s;
	json_auto_t *first = NULL, *second = NULL, *next = NULL;
	char keys[64], out[64], link[64] = "", path[128];

	stand_init(&s);
	(void)snprintf(keys, sizeof(keys), "%s/keys", s.dir);
	(void)snprintf(out, sizeof(out), "%s/out", s.dir);
	for (int i = 0; i < 2; i++) {
		cr_assert(eq(int, stand_run((const char *const[]){
			"project", "--keys", keys, "--issuer", STAND_ISSUER, "--subject", STAND_SUBJECT,
			"--audience", STAND_AUDIENCE, "--expiration", "600,601", "--out", out, NULL }), 0));
		if (!i)
			first = claims_of(&s, "out/assertion-0");
	}
	next = claims_of(&s, "out/assertion-0");
	second = claims_of(&s, "out/assertion-1");
	cr_expect(eq(i64, lifetime(first), 600));
	cr_expect(eq(i64, lifetime(second), 601));
	cr_expect(not(json_equal(json_object_get(first, "jti"), json_object_get(next, "jti"))));
	cr_expect(not(json_equal(json_object_get(second, "jti"), json_object_get(next, "jti"))));
	cr_expect(json_object_get(first, "kubernetes.io") != NULL);
	cr_expect(strcmp(json_string_value(json_object_get(first, "sub")), STAND_SUBJECT) == 0);
	(void)snprintf(path, sizeof(path), "%s/assertion-0", out);
	cr_assert(readlink(path, link, sizeof(link) - 1) > 0);
	cr_expect(strcmp(link, "..data/assertion-0") == 0, "%s", link);
	cr_expect(eq(int, count_names(&s, "out", "..2") + count_names(&s, "out", "..1"), 1),
		  "batches that were left");
	cr_expect(eq(int, count_names(&s, "out", "assertion-"), 2));
}

/* Wait until NAME is moved to where NOTIFY watches. */
static void await_move(int notify, const char *name)
{
	char events[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	struct pollfd p = { .fd = notify, .events = POLLIN };

	for (;;) {
		ssize_t len, at = 0;

		cr_assert(poll(&p, 1, 20000) == 1, "no new %s", name);
		len = read(notify, events, sizeof(events));
		while (at < len) {
			struct inotify_event *event = (struct inotify_event *)(events + at);

			if (!strcmp(event->name, name))
				return;
			at += (ssize_t)(sizeof(*event) + event->len);
		}
	}
}

Test(project, goes_on_bringing_new_tokens_until_it_is_told_to_stop, .timeout = 60)
{
	AUTO(stand) struct stand s;
	AUTO(close) int notify = inotify_init1(IN_CLOEXEC);
	AUTO(free) char *first = NULL, *next = NULL;
	char keys[64], out[64];

	stand_init(&s);
	(void)snprintf(keys, sizeof(keys), "%s/keys", s.dir);
	(void)snprintf(out, sizeof(out), "%s/out", s.dir);
	cr_assert(mkdir(out, 0755) == 0 && inotify_add_watch(notify, out, IN_MOVED_TO) >= 0);
	stand_start(&s, (const char *const[]){
		"project", "--keys", keys, "--issuer", "i", "--subject", "s", "--audience", "a",
		"--expiration", "600", "--every", "1", "--out", out, NULL });
	await_move(notify, "..data");
	first = content(&s, "out/..data/assertion-0");
	do { /* twice when the first look came late */
		free(next);
		await_move(notify, "..data");
		next = content(&s, "out/assertion-0");
	} while (!strcmp(first, next));
}

Test(project, a_lifetime_of_its_own_goes_before_the_expirations, .timeout = 60)
{
	AUTO(stand) struct stand s;
	json_auto_t *claims = NULL;
	char keys[64], out[64];

	stand_init(&s);
	(void)snprintf(keys, sizeof(keys), "%s/keys", s.dir);
	(void)snprintf(out, sizeof(out), "%s/out", s.dir);
	cr_assert(eq(int, stand_run((const char *const[]){
		"project", "--keys", keys, "--issuer", "i", "--subject", "s", "--audience", "a",
		"--expiration", "600", "--lifetime", "20", "--out", out, NULL }), 0));
	claims = claims_of(&s, "out/assertion-0");
	cr_expect(eq(i64, lifetime(claims), 20));
}

#define SERVE \
	"--issuer", "i", "--audience", "a", "--subject", "s", "--service-account", "svac_1"
#define IDS "--rule", "fdrl_1", "--organization", "00000000-0000-0000-0000-000000000000"
#define PROJECT "--keys", "/nonexistent", "--issuer", "i", "--subject", "s", "--audience", "a"

Test(verbs, bad_usage_ends_with_100_and_a_bad_world_with_111, .timeout = 60)
{
	static const struct {
		const char *const argv[24];
		int status;
	} rows[] = {
		{ { NULL }, 100 },
		{ { "nonsense" }, 100 },
		{ { "--help" }, 0 },
		{ { "--version" }, 0 },
		{ { "keygen" }, 100 },
		{ { "keygen", "--help" }, 0 },
		{ { "keygen", "--nonsense" }, 100 },
		{ { "keygen", "--out", "/nonexistent/dir" }, 111 },
		{ { "project" }, 100 },
		{ { "project", "--help" }, 0 },
		{ { "project", PROJECT, "--out", "/x", "--expiration", "600,x" }, 100 },
		{ { "project", PROJECT, "--out", "/x", "--expiration", "0" }, 100 },
		{ { "project", PROJECT, "--out", "/x", "--expiration", "600", "--every",
				  "1m" }, 100 },
		{ { "project", PROJECT, "--out", "/x", "--expiration", "600" }, 111 },
		{ { "serve" }, 100 },
		{ { "serve", "--help" }, 0 },
		{ { "serve", SERVE, IDS, "--jwks", "/nonexistent", "--plain" }, 111 },
		{ { "serve", SERVE, IDS, "--jwks", "/dev/null", "--plain" }, 100 },
		{ { "serve", SERVE, IDS, "--jwks", "http://issuer.test/jwks", "--plain" }, 100 },
		{ { "serve", SERVE, IDS, "--jwks", "http://127.0.0.1:1/jwks", "--plain" }, 111 },
		{ { "serve", SERVE, IDS, "--jwks", "/x", "--jwks-ca", "/y", "--plain" }, 100 },
		{ { "serve", SERVE, IDS, "--jwks", "/x" }, 100 },
		{ { "serve", SERVE, IDS, "--jwks", "/x", "--plain", "--tls-key", "/y" }, 100 },
		{ { "serve", SERVE, IDS, "--jwks", "/x", "--plain", "--listen", "80" }, 100 },
		{ { "serve", SERVE, IDS, "--jwks", "/x", "--plain", "--token-lifetime", "59" },
		  100 },
		{ { "serve", SERVE, IDS, "--jwks", "/x", "--plain", "--rate", "0" }, 100 },
		{ { "serve", SERVE, IDS, "--jwks", "/x", "--plain", "stray" }, 100 },
		{ { "serve", "--rule", "rule-1" }, 100 },
		{ { "serve", "--organization", "acme" }, 100 },
		{ { "serve", "--service-account", "fdrl_1" }, 100 },
	};

	for (size_t i = 0; i < COUNTOF(rows); i++)
		cr_expect(eq(int, stand_run(rows[i].argv), rows[i].status), "row %zu", i);
}
