/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/jwks.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "common/fileio.h"
#include "net/fetch.h"

#define FILE_MAX_BYTES (1024 * 1024)

static bool is_https(const char *url)
{
	return !strncasecmp(url, "https://", 8);
}

/* Whether AUTHORITY, LEN bytes, names this machine in a way that no resolver can change. */
static bool is_loopback(const char *authority, size_t len)
{
	char host[INET6_ADDRSTRLEN];
	struct in_addr v4;
	size_t host_len;

	if (len >= 5 && !strncmp(authority, "[::1]", 5))
		return len == 5 || authority[5] == ':';
	host_len = strcspn(authority, ":/?#");
	if (host_len >= sizeof(host))
		return false;
	(void)snprintf(host, sizeof(host), "%.*s", (int)host_len, authority);
	/* libcurl takes "localhost" for loopback without asking. Source: RFC 6761 §6.3. */
	return !strcasecmp(host, "localhost") ||
	       (inet_pton(AF_INET, host, &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127);
}

static int check_source(struct jwks *j, struct err *e)
{
	const char *at = strstr(j->source, "://");
	size_t len;

	j->url = at != NULL;
	if (j->ca_file && (!j->url || !is_https(j->source)))
		return err_set(e, ERR_INVALID, 0, "--jwks-ca %s: only with --jwks https://...",
			       j->ca_file);
	if (!j->url)
		return 0;
	if (!is_https(j->source) && strncasecmp(j->source, "http://", 7) != 0)
		return err_set(e, ERR_INVALID, 0, "--jwks %s: use a file or https://...", j->source);
	at += 3;
	len = strcspn(at, "/?#");
	if (!len || memchr(at, '@', len) || memchr(at, '\\', len))
		return err_set(e, ERR_INVALID, 0, "--jwks %s: use https://HOST[:PORT]/PATH",
			       j->source);
	if (!is_https(j->source) && !is_loopback(at, len))
		return err_set(e, ERR_INVALID, 0, "--jwks %s: whoever is on the way could put in keys "
			       "of their own; use https:// (http:// is for 127.0.0.1, [::1] and "
			       "localhost)", j->source);
	return 0;
}

static int load_file(struct jwks *j, struct err *e)
{
	AUTO(buf) struct buf text;
	struct stat st;
	int64_t mtime_ns;

	buf_init(&text, FILE_MAX_BYTES);
	if (stat(j->source, &st) < 0)
		return err_set(e, ERR_IO, errno, "--jwks %s", j->source);
	mtime_ns = (int64_t)st.st_mtim.tv_sec * NS_PER_S + st.st_mtim.tv_nsec;
	if (mtime_ns == j->mtime_ns && st.st_ino == j->inode)
		return 0;
	if (fileio_read(j->sys, AT_FDCWD, j->source, 0, &text, e) < 0 ||
	    jose_keys_parse(&j->keys, text.data, text.len, e) < 0)
		return err_wrap(e, "--jwks %s", j->source);
	j->mtime_ns = mtime_ns;
	j->inode = st.st_ino;
	return 0;
}

/* One GET into OUT. */
static int get(struct jwks *j, const struct buf *roots, int within_ms, struct fetch_answer *out,
	       struct err *e)
{
	static const char *const headers[] = { "Accept: application/json", NULL };
	AUTO(fetch) struct fetch *fetch = NULL;
	struct err why = { ERR_NONE };

	if (fetch_new(&fetch, j->sys, e) < 0)
		return -1;
	if (fetch_get(fetch, &(struct fetch_request){
		.url = j->source, .headers = headers, .ca_pem = roots->data, .ca_len = roots->len,
		.insecure = !is_https(j->source),
		.deadline = mono_add_ms(j->sys->ops->boot_now(j->sys), within_ms),
	}, out, &why) == FETCH_ANSWERED)
		return 0;
	if (why.kind == ERR_TOO_BIG)
		return err_set(e, why.kind, 0, "%s; a JWKS is not that long", why.msg);
	if (is_https(j->source))
		return err_set(e, why.kind, 0, "%s; is it up, and is its CA in --jwks-ca %s?", why.msg,
			       j->ca_file);
	return err_set(e, why.kind, 0, "%s; is it up?", why.msg);
}

static int load_url(struct jwks *j, int within_ms, struct err *e)
{
	AUTO(buf) struct buf roots;
	AUTO(fetch_answer) struct fetch_answer got = { 0 };

	buf_init(&roots, FILE_MAX_BYTES);
	if (is_https(j->source) && fileio_read(j->sys, AT_FDCWD, j->ca_file, 0, &roots, e) < 0)
		return err_wrap(e, "--jwks-ca");
	if (get(j, &roots, within_ms, &got, e) < 0)
		return err_wrap(e, "--jwks %s", j->source);
	if (got.status != 200)
		return err_set(e, ERR_TRANSIENT, 0, "--jwks %s: status %d; use the URL that the issuer's "
			       "jwks_uri names (redirects are not followed)", j->source, got.status);
	if (jose_keys_parse(&j->keys, got.body.data, got.body.len, e) < 0)
		return err_wrap(e, "--jwks %s", j->source);
	json_decref(j->fetched);
	j->fetched = json_loadb(got.body.data, got.body.len, 0, NULL);
	return 0;
}

int jwks_open(struct jwks *j, struct sys *sys, struct log *log, struct err *e)
{
	j->sys = sys;
	j->log = log;
	if (check_source(j, e) < 0)
		return -1;
	if (!j->url)
		return load_file(j, e);
	if (!j->ca_file)
		j->ca_file = JWKS_CA_FILE;
	return fetch_init(e) < 0 ? -1 : load_url(j, JWKS_START_MS, e);
}

void jwks_fini(struct jwks *j)
{
	jose_keys_fini(&j->keys);
	json_decref(j->fetched);
	j->fetched = NULL;
}

void jwks_look(struct jwks *j)
{
	struct err e;

	if (!j->url && load_file(j, &e) < 0)
		log_err(j->log, LOG_LEVEL_WARN, "the old keys stay in use", &e);
}

bool jwks_renew(struct jwks *j)
{
	struct mono now = j->sys->ops->boot_now(j->sys);
	struct err e;

	if (!j->url || now.ns < j->renew_from.ns)
		return false;
	j->renew_from.ns = now.ns + JWKS_RENEW_EVERY_S * (int64_t)NS_PER_S;
	if (load_url(j, JWKS_RENEW_MS, &e) == 0)
		return true;
	log_err(j->log, LOG_LEVEL_WARN, "the old keys stay in use", &e);
	return false;
}

json_t *jwks_document(const struct jwks *j)
{
	return j->url ? json_incref(j->fetched) : json_load_file(j->source, 0, NULL);
}
