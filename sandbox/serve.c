/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/serve.h"

#include <fcntl.h>
#include <getopt.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "common/fileio.h"
#include "common/syntax.h"
#include "sandbox/api.h"
#include "sandbox/args.h"

#define BODY_MAX_BYTES (1024 * 1024)
#define DEADLINE_MS 120000 /* longer than any client waits: `hang` is the client's to end */

static const char usage[] =
	"usage: wif-sandbox serve --issuer URL --jwks FILE|URL --audience AUD --subject GLOB...\n"
	"         --rule fdrl_... --organization UUID --service-account svac_...\n"
	"         (--tls-cert FILE --tls-key FILE | --plain) [options]\n"
	"\n"
	"A strict stand-in for the Claude API: POST /v1/oauth/token, POST /v1/messages.\n"
	"  --listen ADDR:PORT   default 127.0.0.1:0 (the kernel chooses the port)\n"
	"  --admin ADDR:PORT    plain HTTP: GET /stats, POST /fault, /rule, /reset\n"
	"  --port-file FILE     written once both listen: `listen PORT`, `admin PORT`\n"
	"  --jwks FILE          the issuer's keys; read again when the file changes\n"
	"  --jwks https://...   fetched at start (10 s, 64 KiB at most), then when an assertion\n"
	"                       has an unknown kid: within 2 s, for which others wait, and at\n"
	"                       most every 10 s; http:// only to 127.0.0.1, [::1], localhost\n"
	"  --jwks-ca FILE       CAs to trust for it (default " JWKS_CA_FILE ")\n"
	"  --workspace ID       may be repeated; with several, requests must name one\n"
	"  --token-lifetime S   the rule's setting, 60 to 86400 (default 600)\n"
	"  --allow-short        no floor of 60 s, for demonstrations\n"
	"  --rate N             exchanges a second, above it 429 with Retry-After: 1\n"
	"  --events FILE        append one JSON line per exchange and per refused call\n";

struct serve {
	const char *listen, *admin, *port_file, *cert, *key, *events;
	bool plain;
	X509 *leaf;
	EVP_PKEY *pkey;
	struct httpd *httpd;
	struct log log;
	struct api api;
};

static int on_cert(void *ctx, SSL *ssl)
{
	/* A listener has one context, the API's, which stands inside ours. */
	struct serve *s = (struct serve *)((char *)ctx - offsetof(struct serve, api));

	return SSL_use_cert_and_key(ssl, s->leaf, s->pkey, NULL, 1) == 1;
}

static int load_tls(struct serve *s, struct err *e)
{
	FILE *f = fopen(s->cert, "re");

	s->leaf = f ? PEM_read_X509(f, NULL, NULL, NULL) : NULL;
	if (f)
		(void)fclose(f);
	f = fopen(s->key, "re");
	s->pkey = f ? PEM_read_PrivateKey(f, NULL, NULL, NULL) : NULL;
	if (f)
		(void)fclose(f);
	if (!s->leaf || !s->pkey || X509_check_private_key(s->leaf, s->pkey) != 1)
		return err_set(e, ERR_INVALID, 0, "--tls-cert %s and --tls-key %s: not a pair in PEM",
			       s->cert, s->key);
	return 0;
}

static void on_tick(void *ctx)
{
	struct serve *s = ctx;

	jwks_look(&s->api.jwks);
}

static int write_ports(struct serve *s, struct err *e)
{
	const char *slash = s->port_file ? strrchr(s->port_file, '/') : NULL;
	AUTO(close) int dir = -1;
	char path[4096], text[64];
	int n;

	if (!s->port_file)
		return 0;
	(void)snprintf(path, sizeof(path), "%.*s", slash ? (int)(slash - s->port_file) : 1,
		       slash ? s->port_file : ".");
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_set(e, ERR_IO, errno, "--port-file %s", s->port_file);
	n = snprintf(text, sizeof(text), "listen %d\n", httpd_port(s->httpd, 0));
	if (s->admin)
		n += snprintf(text + n, sizeof(text) - (size_t)n, "admin %d\n",
			      httpd_port(s->httpd, 1));
	return fileio_replace(&s->api.sys, dir, slash ? slash + 1 : s->port_file, text, (size_t)n,
			      0644, e);
}

/* Its own thread: waits for a signal to stop. */
static void *wait_for_stop(void *ctx)
{
	struct serve *s = ctx;
	sigset_t stop;
	int got;

	(void)sigemptyset(&stop);
	(void)sigaddset(&stop, SIGTERM);
	(void)sigaddset(&stop, SIGINT);
	(void)sigwait(&stop, &got);
	httpd_stop(s->httpd);
	return NULL;
}

static int run(struct serve *s, struct err *e)
{
	pthread_t thread;
	int ret;

	if (write_ports(s, e) < 0)
		return -1;
	ret = pthread_create(&thread, NULL, wait_for_stop, s);
	if (ret)
		return err_set(e, ERR_IO, ret, "unable to start a thread");
	ret = httpd_run(s->httpd, e);
	(void)pthread_kill(thread, SIGTERM);
	(void)pthread_join(thread, NULL);
	return ret;
}

static int serve(struct serve *s, struct err *e)
{
	char address[2][ARGS_ADDRESS_MAX];
	struct httpd_listen listen[2] = {
		{ .address = address[0], .tls = !s->plain, .methods = "GET POST",
		  .body_max = BODY_MAX_BYTES, .deadline_ms = DEADLINE_MS,
		  .on_request = api_on_request, .on_gone = api_on_gone, .on_cert = on_cert,
		  .ctx = &s->api },
		{ .address = address[1], .methods = "GET POST", .body_max = 4096,
		  .deadline_ms = 5000, .on_request = api_on_admin, .ctx = &s->api },
	};
	struct httpd_config config = { .log = &s->log, .listen = listen, .listeners = s->admin ? 2 : 1,
				       .on_tick = on_tick, .ctx = s };
	sigset_t stop;
	int ret;

	log_init(&s->log, &s->api.sys, STDERR_FILENO, LOG_LEVEL_WARN);
	if (args_address(s->listen, address[0], &listen[0].port, e) < 0 ||
	    (s->admin && args_address(s->admin, address[1], &listen[1].port, e) < 0) ||
	    jwks_open(&s->api.jwks, &s->api.sys, &s->log, e) < 0 || (!s->plain && load_tls(s, e) < 0))
		return -1;
	if (s->events) {
		s->api.events_fd = open(s->events, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
		if (s->api.events_fd < 0)
			return err_set(e, ERR_IO, errno, "--events %s", s->events);
	}
	(void)sigemptyset(&stop); /* from here on; until then a signal ends us, mid-fetch too */
	(void)sigaddset(&stop, SIGTERM);
	(void)sigaddset(&stop, SIGINT);
	(void)pthread_sigmask(SIG_BLOCK, &stop, NULL);
	if (httpd_new(&s->httpd, &config, e) < 0)
		return -1;
	ret = run(s, e);
	httpd_free(s->httpd);
	return ret;
}

static const struct option options[] = {
	{ "listen", required_argument, NULL, 'l' },	  { "admin", required_argument, NULL, 'A' },
	{ "port-file", required_argument, NULL, 'p' },	  { "tls-cert", required_argument, NULL, 'c' },
	{ "tls-key", required_argument, NULL, 'k' },	  { "plain", no_argument, NULL, 'P' },
	{ "issuer", required_argument, NULL, 'i' },	  { "jwks", required_argument, NULL, 'j' },
	{ "audience", required_argument, NULL, 'a' },	  { "subject", required_argument, NULL, 's' },
	{ "rule", required_argument, NULL, 'r' },	  { "organization", required_argument, NULL, 'o' },
	{ "service-account", required_argument, NULL, 'S' }, { "workspace", required_argument, NULL, 'w' },
	{ "token-lifetime", required_argument, NULL, 't' }, { "allow-short", no_argument, NULL, 'f' },
	{ "rate", required_argument, NULL, 'R' },	  { "events", required_argument, NULL, 'e' },
	{ "jwks-ca", required_argument, NULL, 'J' },	  { "help", no_argument, NULL, 'h' },
	{ 0 },
};

/* One option into S; false when its value is no good. */
static bool take_option(struct serve *s, int c, const char *value)
{
	struct token_rules *r = &s->api.rules;
	long number;

	switch (c) {
	case 'l': s->listen = value; return true;
	case 'A': s->admin = value; return true;
	case 'p': s->port_file = value; return true;
	case 'c': s->cert = value; return true;
	case 'k': s->key = value; return true;
	case 'P': s->plain = true; return true;
	case 'i': r->issuer = value; return true;
	case 'j': s->api.jwks.source = value; return true;
	case 'J': s->api.jwks.ca_file = value; return true;
	case 'a': r->audience = value; return true;
	case 'r': r->rule = value; return syntax_id(value, "fdrl_");
	case 'o': r->organization = value; return syntax_uuid(value);
	case 'S': r->service_account = value; return syntax_id(value, "svac_");
	case 't':
		if (!args_number(value, 1, 86400, &number))
			return false;
		r->lifetime_s = number;
		return true;
	case 'f': r->allow_short = true; return true;
	case 'R': return args_number(value, 1, 1000000, &s->api.rate);
	case 'e': s->events = value; return true;
	case 's':
		if (r->n_subjects == TOKEN_LIST_MAX)
			return false;
		r->subjects[r->n_subjects++] = value;
		return true;
	case 'w':
		if (r->n_workspaces == TOKEN_LIST_MAX)
			return false;
		r->workspaces[r->n_workspaces++] = value;
		return true;
	default: return false;
	}
}

/* What is missing or contradicts itself, or NULL. */
static const char *incomplete(const struct serve *s)
{
	const struct token_rules *r = &s->api.rules;

	if (!r->issuer || !s->api.jwks.source || !r->audience || !r->n_subjects || !r->rule ||
	    !r->organization || !r->service_account)
		return "--issuer, --jwks, --audience, --subject, --rule, --organization and "
		       "--service-account are needed; see --help";
	if (s->plain ? s->cert || s->key : !s->cert || !s->key)
		return "use --plain, or both --tls-cert and --tls-key";
	if (!r->allow_short && r->lifetime_s < 60)
		return "--token-lifetime: use 60 to 86400 seconds";
	return NULL;
}

int serve_main(int argc, char **argv)
{
	struct serve s = { .listen = "127.0.0.1:0", .api = { .sys = sys_real(), .events_fd = -1 } };
	struct err e = { ERR_NONE };
	const char *why;
	int c, at = 0;

	s.api.rules.lifetime_s = 600;
	s.api.rules.keys = &s.api.jwks.keys;
	while ((c = getopt_long(argc, argv, "", options, &at)) != -1) {
		if (c == 'h')
			return fputs(usage, stdout), 0;
		if (c == '?')
			return 100;
		if (!take_option(&s, c, optarg)) {
			(void)fprintf(stderr, "wif-sandbox: --%s %s: not a valid value; see --help\n",
				      options[at].name, optarg);
			return 100;
		}
	}
	why = optind != argc ? "serve takes no arguments but options; see --help" : incomplete(&s);
	if (why)
		err_set(&e, ERR_INVALID, 0, "serve: %s", why);
	else if (serve(&s, &e) < 0)
		err_wrap(&e, "serve");
	if (e.kind != ERR_NONE)
		(void)fprintf(stderr, "wif-sandbox: %s\n", e.msg);
	X509_free(s.leaf);
	EVP_PKEY_free(s.pkey);
	api_fini(&s.api);
	return err_exit(&e);
}
