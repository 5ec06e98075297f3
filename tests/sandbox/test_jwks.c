/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/jwks.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "net/fetch.h"
#include "tests/sandbox/forge.h"
#include "tests/sandbox/source.h"
#include "tests/sandbox/stand.h"
#include "tests/support/fake_sys.h"

/* A verifier's keys, their source, a clock that stands unless it is moved, and the log. */
struct verifier {
	struct source *source;
	struct fake_sys *fake;
	struct sys sys;
	struct log log;
	int log_fd;
	char said[1024]; /* by the log, all of it */
	struct jwks jwks;
};

static void verifier_init(struct verifier *v)
{
	*v = (struct verifier){ .source = source_new(), .fake = fake_sys_new(NULL) };
	v->sys = fake_sys_ops(v->fake);
	v->log_fd = memfd_create("log", MFD_CLOEXEC);
	log_init(&v->log, &v->sys, v->log_fd, LOG_LEVEL_WARN);
	v->jwks.source = source_url(v->source);
}

static void auto_verifier(struct verifier *v)
{
	jwks_fini(&v->jwks);
	source_free(v->source);
	fake_sys_free(v->fake);
	(void)close(v->log_fd);
}

static const char *said(struct verifier *v)
{
	ssize_t n = pread(v->log_fd, v->said, sizeof(v->said) - 1, 0);

	v->said[n > 0 ? n : 0] = '\0';
	return v->said;
}

/* The source gives the public half of F's key K under the name KID. */
static void publish(struct verifier *v, const struct forge *f, enum forge_key k, const char *kid)
{
	json_auto_t *jwk = jose_jwk(f->key[k]), *jwks = NULL;
	AUTO(free) char *text = NULL;

	(void)json_object_set_new(jwk, "kid", json_string(kid));
	jwks = json_pack("{s:[O]}", "keys", jwk);
	text = json_dumps(jwks, JSON_COMPACT);
	cr_assert(text != NULL);
	source_says(v->source, "200 OK", text, strlen(text));
}

/* The name of the one key that there is. */
static const char *kid(const struct verifier *v)
{
	cr_assert(v->jwks.keys.n == 1);
	return v->jwks.keys.key[0].kid;
}

Test(jwks, made_up_kids_cause_one_fetch_in_ten_seconds, .timeout = 60)
{
	AUTO(verifier) struct verifier v;
	AUTO(forge) struct forge f;
	json_auto_t *document = NULL;
	struct err e;

	forge_init(&f);
	verifier_init(&v);
	publish(&v, &f, FORGE_P256, "first");
	cr_assert(jwks_open(&v.jwks, &v.sys, &v.log, &e) == 0, "%s", e.msg);
	cr_expect(strcmp(kid(&v), "first") == 0);
	publish(&v, &f, FORGE_RSA, "second");
	cr_expect(jwks_renew(&v.jwks), "the fetch at start does not count");
	cr_expect(strcmp(kid(&v), "second") == 0);
	publish(&v, &f, FORGE_P256, "third");
	for (int i = 0; i < 100; i++)
		cr_expect(not(jwks_renew(&v.jwks)));
	v.fake->boot_ns += JWKS_RENEW_EVERY_S * NS_PER_S - 1;
	cr_expect(not(jwks_renew(&v.jwks)));
	cr_expect(eq(int, source_requests(v.source), 2));
	cr_expect(strcmp(kid(&v), "second") == 0);
	v.fake->boot_ns++;
	cr_expect(jwks_renew(&v.jwks));
	cr_expect(eq(int, source_requests(v.source), 3));
	cr_expect(strcmp(kid(&v), "third") == 0);
	document = jwks_document(&v.jwks);
	cr_expect(strcmp(json_string_value(json_object_get(json_array_get(
		json_object_get(document, "keys"), 0), "kid")), "third") == 0);
	cr_expect(strcmp(said(&v), "") == 0, "%s", said(&v));
}

/* A good JWKS, but of SIZE bytes. */
static char *padded(const struct forge *f, size_t size)
{
	json_auto_t *jwks = json_pack("{s:[o]}", "keys", jose_jwk(f->key[FORGE_P256]));
	char *text = json_dumps(jwks, JSON_COMPACT), *out = malloc(size + 1);

	cr_assert(text && out && strlen(text) < size);
	(void)snprintf(out, size + 1, "%-*s", (int)size, text);
	free(text);
	return out;
}

Test(jwks, what_a_source_may_not_answer_is_refused_and_changes_no_key, .timeout = 60)
{
	AUTO(forge) struct forge f;
	AUTO(free) char *most = NULL, *more = NULL;

	forge_init(&f);
	most = padded(&f, FETCH_BODY_MAX);
	more = padded(&f, FETCH_BODY_MAX + 1);
	const struct {
		const char *name, *status, *body;
		enum err_kind kind;
		const char *says;
	} rows[] = {
		{ "as large as may be", "200 OK", most, ERR_NONE, "" },
		{ "larger", "200 OK", more, ERR_TOO_BIG, "larger than 65536 bytes" },
		{ "nothing", "200 OK", "", ERR_INVALID, "not a JWKS" },
		{ "a page", "200 OK", "<html></html>", ERR_INVALID, "not a JWKS" },
		{ "cut JSON", "200 OK", "{\"keys\":[", ERR_INVALID, "not a JWKS" },
		{ "no keys", "200 OK", "{\"keys\":[]}", ERR_INVALID, "not a JWKS" },
		{ "keys in an error", "500 Oops", most, ERR_TRANSIENT, "status 500; use the URL" },
		{ "another place", "302 Found", most, ERR_TRANSIENT, "redirects are not followed" },
	};

	for (size_t i = 0; i < COUNTOF(rows); i++) {
		AUTO(verifier) struct verifier start, later;
		struct err e = { ERR_NONE };

		verifier_init(&start);
		source_says(start.source, rows[i].status, rows[i].body, strlen(rows[i].body));
		cr_expect(eq(int, jwks_open(&start.jwks, &start.sys, &start.log, &e),
			     rows[i].kind == ERR_NONE ? 0 : -1), "%s", rows[i].name);
		cr_expect(eq(int, (int)e.kind, (int)rows[i].kind), "%s: %s", rows[i].name, e.msg);
		cr_expect(strstr(e.msg, rows[i].says) && !strchr(e.msg, '\n'), "%s: %s",
			  rows[i].name, e.msg);
		cr_expect(eq(sz, start.jwks.keys.n, rows[i].kind == ERR_NONE), "%s", rows[i].name);

		verifier_init(&later);
		publish(&later, &f, FORGE_RSA, "good");
		cr_assert(jwks_open(&later.jwks, &later.sys, &later.log, &e) == 0, "%s", e.msg);
		source_says(later.source, rows[i].status, rows[i].body, strlen(rows[i].body));
		cr_expect(eq(int, jwks_renew(&later.jwks), rows[i].kind == ERR_NONE), "%s",
			  rows[i].name);
		cr_expect(eq(int, !strcmp(kid(&later), "good"), rows[i].kind != ERR_NONE), "%s",
			  rows[i].name);
		cr_expect(eq(int, strstr(said(&later), "the old keys stay in use") != NULL,
			     rows[i].kind != ERR_NONE), "%s: %s", rows[i].name, later.said);
		cr_expect(strstr(later.said, rows[i].says) != NULL, "%s: %s", rows[i].name, later.said);
	}
}

Test(jwks, a_source_that_is_silent_holds_the_server_for_two_seconds, .timeout = 60)
{
	AUTO(verifier) struct verifier v;
	AUTO(forge) struct forge f;
	struct err e;

	forge_init(&f);
	verifier_init(&v);
	publish(&v, &f, FORGE_P256, "good");
	cr_assert(jwks_open(&v.jwks, &v.sys, &v.log, &e) == 0, "%s", e.msg);
	source_says(v.source, NULL, "", 0);
	cr_expect(not(jwks_renew(&v.jwks)));
	cr_expect(strcmp(kid(&v), "good") == 0);
	cr_expect(strstr(said(&v), "timed out after 2 s, waiting for the answer; is it up?") != NULL,
		  "%s", v.said);
}

/* Nobody listens at port %d; UP says that it was tried. */
#define UP "is it up?"
#define LOOPBACK "use https:// (http:// is for 127.0.0.1, [::1] and localhost)"
#define FORM "use https://HOST[:PORT]/PATH"
#define SCHEME "use a file or https://..."

static const struct {
	const char *url, *ca, *says;
} sources[] = {
	{ "http://127.0.0.1:%d/jwks", NULL, UP },
	{ "HTTP://127.0.0.1:%d", NULL, UP },
	{ "http://localhost:%d/jwks", NULL, UP },
	{ "http://[::1]:%d/jwks", NULL, UP },
	{ "https://127.0.0.1:%d/jwks", "/etc/hostname", "is its CA in --jwks-ca /etc/hostname?" },
	{ "https://127.0.0.1:%d/jwks", "/dev/null", "--jwks-ca: /dev/null" },
	{ "http://127.0.0.1:%d/jwks", "/etc/hostname", "only with --jwks https://..." },
	{ "keys.json", "/etc/hostname", "only with --jwks https://..." },
	{ "http://issuer.test:%d/jwks", NULL, LOOPBACK },
	{ "http://issuer.test:%d/127.0.0.1", NULL, LOOPBACK },
	{ "http://192.0.2.1:%d/jwks", NULL, LOOPBACK },
	{ "http://127.0.0.1.issuer.test:%d/jwks", NULL, LOOPBACK },
	{ "http://localhost.issuer.test:%d/jwks", NULL, LOOPBACK },
	{ "http://2130706433:%d/jwks", NULL, LOOPBACK },
	{ "http://[::1].issuer.test:%d/jwks", NULL, LOOPBACK },
	{ "http://127.0.0.1@issuer.test:%d/jwks", NULL, FORM },
	{ "http://127.0.0.1:%d@issuer.test/jwks", NULL, FORM },
	{ "http://127.0.0.1:%d\\@issuer.test/jwks", NULL, FORM },
	{ "http:///127.0.0.1:%d", NULL, FORM },
	{ "https://me@127.0.0.1:%d/jwks", NULL, FORM },
	{ "https:///jwks:%d", NULL, FORM },
	{ "file:///127.0.0.1:%d", NULL, SCHEME },
	{ "ftp://127.0.0.1:%d/jwks", NULL, SCHEME },
};

/* URL with PORT in the place of %d. */
static void fill_in(char *out, size_t size, const char *url, int port)
{
	const char *at = strstr(url, "%d");

	if (at)
		(void)snprintf(out, size, "%.*s%d%s", (int)(at - url), url, port, at + 2);
	else
		(void)snprintf(out, size, "%s", url);
}

Test(jwks, only_what_cannot_be_tampered_with_is_asked, .timeout = 60)
{
	AUTO(source) struct source *gone = source_new();
	int port = atoi(strrchr(source_url(gone), ':') + 1);
	struct sys sys = sys_real();

	source_free(TAKE(gone));
	for (size_t i = 0; i < COUNTOF(sources); i++) {
		struct jwks j = { .ca_file = sources[i].ca };
		struct err e = { ERR_NONE };
		char url[128];
		struct log log;

		log_init(&log, &sys, STDERR_FILENO, LOG_LEVEL_WARN);
		fill_in(url, sizeof(url), sources[i].url, port);
		j.source = url;
		cr_expect(eq(int, jwks_open(&j, &sys, &log, &e), -1), "%s", url);
		cr_expect(strstr(e.msg, sources[i].says) != NULL, "%s: %s", url, e.msg);
		cr_expect(eq(int, e.kind == ERR_TRANSIENT, strchr(sources[i].says, '?') != NULL),
			  "%s: %s", url, e.msg);
		jwks_fini(&j);
	}
}
