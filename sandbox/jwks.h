/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SANDBOX_JWKS_H
#define SANDBOX_JWKS_H

/*
 * Where the issuer's keys come from: a file, looked at again each second, or a URL,
 * fetched at start and again when an assertion names a key that is unknown.
 *
 * A fetch blocks the caller, the server's one thread. That is simple, and bounded:
 * JWKS_RENEW_MS in each JWKS_RENEW_EVERY_S, whatever kids are made up.
 */

#include <sys/types.h>

#include "common/log.h"
#include "sandbox/jose.h"

#define JWKS_CA_FILE "/etc/ssl/certs/ca-certificates.crt"
#define JWKS_START_MS 10000
#define JWKS_RENEW_MS 2000
#define JWKS_RENEW_EVERY_S 10

struct jwks {
	const char *source;	/* a path or a URL; borrowed, as is the next */
	const char *ca_file;	/* NULL: JWKS_CA_FILE, when the URL is https:// */
	struct jose_keys keys;
	/* ours */
	struct sys *sys;
	struct log *log;
	bool url;
	int64_t mtime_ns;	/* of the file that KEYS are from */
	ino_t inode;
	json_t *fetched;	/* what the URL gave last */
	struct mono renew_from;
};

/*
 * Judge `source` and `ca_file`, then load for the first time. Of a URL this starts
 * libcurl: before any thread exists.
 *
 * Errors  ERR_INVALID: a URL of another scheme, with a user name, or http:// to a host
 *         that is not loopback; a source that is no JWKS. ERR_IO, ERR_TRANSIENT,
 *         ERR_TIMEOUT, ERR_TOO_BIG: it cannot be read.
 */
int jwks_open(struct jwks *j, struct sys *sys, struct log *log, struct err *e) MUST_CHECK;
void jwks_fini(struct jwks *j);

/* A file: read it if it is another than last time. What is wrong with it changes no key. */
void jwks_look(struct jwks *j);

/*
 * A URL: fetch it, unless that was tried in the last JWKS_RENEW_EVERY_S; the first
 * fetch does not count. True when KEYS are new ones; on a failure they are the old.
 */
bool jwks_renew(struct jwks *j) MUST_CHECK;

/* The JWKS as it stands at the source: a new reference, or NULL. */
json_t *jwks_document(const struct jwks *j) MUST_CHECK;

#endif
