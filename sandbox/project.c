/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/project.h"

#include <dirent.h>
#include <fcntl.h>
#include <getopt.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "common/fileio.h"
#include "sandbox/args.h"
#include "sandbox/jose.h"

#define SOURCES_MAX 16

static const char usage[] =
	"usage: wif-sandbox project --keys DIR --issuer URL --subject SUB --audience AUD\n"
	"                           --expiration S[,S...] --out DIR [--every S] [--lifetime S]\n"
	"\n"
	"Write one signed token per expiration (seconds) as OUT/assertion-0, -1, ..., through\n"
	"a `..data` link that is swapped at once, as the kubelet does.\n"
	"  --every S      keep running and bring new tokens every S seconds, until SIGTERM\n"
	"  --lifetime S   exp - iat of all tokens, instead of each one's expiration\n";

struct project {
	const char *keys, *issuer, *subject, *audience, *out;
	long expiration[SOURCES_MAX];
	size_t n;
	long every_s, lifetime_s;
	EVP_PKEY *key;
};

/* A random UUID. Source: RFC 9562 §5.4. */
static int uuid(char out[37])
{
	unsigned char r[16];

	if (RAND_bytes(r, sizeof(r)) != 1)
		return -1;
	r[6] = (unsigned char)((r[6] & 0x0f) | 0x40);
	r[8] = (unsigned char)((r[8] & 0x3f) | 0x80);
	for (size_t i = 0, o = 0; i < sizeof(r); i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			out[o++] = '-';
		o += (size_t)snprintf(out + o, 37 - o, "%02x", r[i]);
	}
	return 0;
}

/* Claims as an API server 1.30 or later writes them (the names in kubernetes.io are made up). */
static json_t *claims(const struct project *p, long expiration_s)
{
	json_int_t now = (json_int_t)time(NULL);
	char jti[37];

	if (uuid(jti) < 0)
		return NULL;
	return json_pack("{s:[s], s:I, s:I, s:s, s:s, s:{s:s, s:{s:s, s:s}}, s:I, s:s}",
			 "aud", p->audience,
			 "exp", now + (p->lifetime_s ? p->lifetime_s : expiration_s),
			 "iat", now, "iss", p->issuer, "jti", jti,
			 "kubernetes.io", "namespace", "sandbox", "pod", "name", "sandbox-pod",
			 "uid", "00000000-0000-4000-8000-000000000000",
			 "nbf", now, "sub", p->subject);
}

static int write_token(const struct project *p, size_t i, int dir, struct err *e)
{
	json_auto_t *c = claims(p, p->expiration[i]);
	struct sys sys = sys_real();
	AUTO(buf) struct buf token;
	char name[32];

	buf_init(&token, 16 * 1024);
	if (!c)
		return err_set(e, ERR_NOMEM, 0, "unable to make claims");
	if (jose_sign(p->key, c, &token, e) < 0)
		return -1;
	(void)snprintf(name, sizeof(name), "assertion-%zu", i);
	return fileio_replace(&sys, dir, name, token.data, token.len, 0644, e);
}

/* Remove the directory of a batch that nothing names. */
static void remove_batch(int out, const char *batch)
{
	char path[300];

	for (size_t i = 0; i < SOURCES_MAX; i++) {
		(void)snprintf(path, sizeof(path), "%s/assertion-%zu", batch, i);
		(void)unlinkat(out, path, 0);
	}
	(void)unlinkat(out, batch, AT_REMOVEDIR);
}

/* All tokens into the new directory BATCH. */
static int fill_batch(const struct project *p, int out, const char *batch, struct err *e)
{
	AUTO(close) int dir = -1;

	if (mkdirat(out, batch, 0755) < 0)
		return err_set(e, ERR_IO, errno, "unable to create %s/%s", p->out, batch);
	dir = openat(out, batch, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_set(e, ERR_IO, errno, "unable to open %s/%s", p->out, batch);
	for (size_t i = 0; i < p->n; i++)
		if (write_token(p, i, dir, e) < 0)
			return -1;
	return 0;
}

/* A new batch in a directory of its own, then `..data` points to it by one rename. */
static int write_batch(const struct project *p, int out, struct err *e)
{
	char batch[64], old[256];
	struct timespec t;
	ssize_t n;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	(void)snprintf(batch, sizeof(batch), "..%lld.%09ld", (long long)t.tv_sec, t.tv_nsec);
	if (fill_batch(p, out, batch, e) < 0) {
		remove_batch(out, batch);
		return -1;
	}
	n = readlinkat(out, "..data", old, sizeof(old) - 1);
	(void)unlinkat(out, "..data_tmp", 0);
	if (symlinkat(batch, out, "..data_tmp") < 0 || renameat(out, "..data_tmp", out, "..data") < 0) {
		err_set(e, ERR_IO, errno, "unable to swap %s/..data", p->out);
		remove_batch(out, batch);
		return -1;
	}
	if (n > 0) {
		old[n] = '\0';
		remove_batch(out, old);
	}
	return 0;
}

/* OUT/assertion-N -> ..data/assertion-N, made once. */
static int link_names(const struct project *p, int out, struct err *e)
{
	char name[32], target[64];

	for (size_t i = 0; i < p->n; i++) {
		(void)snprintf(name, sizeof(name), "assertion-%zu", i);
		(void)snprintf(target, sizeof(target), "..data/%s", name);
		if (symlinkat(target, out, name) < 0 && errno != EEXIST)
			return err_set(e, ERR_IO, errno, "unable to link %s/%s", p->out, name);
	}
	return 0;
}

static int load_key(struct project *p, struct err *e)
{
	char path[4096];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/issuer.key", p->keys);
	f = fopen(path, "re");
	if (!f)
		return err_set(e, ERR_IO, errno, "unable to open %s (wif-sandbox keygen makes it)", path);
	p->key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
	(void)fclose(f);
	return p->key ? 0 : err_set(e, ERR_INVALID, 0, "%s is not a private key in PEM", path);
}

static int project(struct project *p, struct err *e)
{
	AUTO(close) int out = -1;
	sigset_t stop;

	(void)sigemptyset(&stop);
	(void)sigaddset(&stop, SIGTERM);
	(void)sigaddset(&stop, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &stop, NULL);
	if (load_key(p, e) < 0)
		return -1;
	if (mkdir(p->out, 0755) < 0 && errno != EEXIST)
		return err_set(e, ERR_IO, errno, "unable to create %s", p->out);
	out = open(p->out, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (out < 0)
		return err_set(e, ERR_IO, errno, "unable to open %s", p->out);
	for (;;) {
		struct timespec every = { .tv_sec = p->every_s };

		if (write_batch(p, out, e) < 0 || link_names(p, out, e) < 0)
			return -1;
		/* The next batch is due when the time passes without a signal to stop. */
		if (!p->every_s || sigtimedwait(&stop, NULL, &every) >= 0)
			return 0;
	}
}

/* "600,601" into P; false when a part is not a whole number of seconds above 0. */
static bool parse_expirations(struct project *p, const char *text)
{
	char *end;

	for (p->n = 0; p->n < SOURCES_MAX; text = end + 1) {
		p->expiration[p->n] = strtol(text, &end, 10);
		if (end == text || p->expiration[p->n++] <= 0 || (*end && *end != ','))
			return false;
		if (!*end)
			return true;
	}
	return false;
}

static const struct option options[] = {
	{ "keys", required_argument, NULL, 'k' },	{ "issuer", required_argument, NULL, 'i' },
	{ "subject", required_argument, NULL, 's' },	{ "audience", required_argument, NULL, 'a' },
	{ "expiration", required_argument, NULL, 'x' }, { "out", required_argument, NULL, 'o' },
	{ "every", required_argument, NULL, 'e' },	{ "lifetime", required_argument, NULL, 'l' },
	{ "help", no_argument, NULL, 'h' },		{ 0 },
};

/* One option into P; false when its value is no good. */
static bool take_option(struct project *p, int c, const char *value)
{
	switch (c) {
	case 'k': p->keys = value; return true;
	case 'i': p->issuer = value; return true;
	case 's': p->subject = value; return true;
	case 'a': p->audience = value; return true;
	case 'o': p->out = value; return true;
	case 'x': return parse_expirations(p, value);
	case 'e': return args_number(value, 1, 86400, &p->every_s);
	case 'l': return args_number(value, 1, 86400, &p->lifetime_s);
	default: return false;
	}
}

int project_main(int argc, char **argv)
{
	struct project p = { .n = 0 };
	struct err e = { ERR_NONE };
	int c, at = 0;

	while ((c = getopt_long(argc, argv, "", options, &at)) != -1) {
		if (c == 'h')
			return fputs(usage, stdout), 0;
		if (c == '?')
			return 100;
		if (!take_option(&p, c, optarg)) {
			(void)fprintf(stderr, "wif-sandbox: project: --%s %s: use whole seconds above 0"
				      "; see --help\n", options[at].name, optarg);
			return 100;
		}
	}
	if (!p.keys || !p.issuer || !p.subject || !p.audience || !p.out || !p.n || optind != argc)
		err_set(&e, ERR_INVALID, 0, "--keys, --issuer, --subject, --audience, --expiration and "
			"--out are needed, and nothing but options; see --help");
	else
		(void)project(&p, &e);
	EVP_PKEY_free(p.key);
	if (e.kind != ERR_NONE)
		(void)fprintf(stderr, "wif-sandbox: project: %s\n", e.msg);
	return err_exit(&e);
}
