/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NET_FETCH_H
#define NET_FETCH_H

/*
 * One capped, timed HTTP exchange with libcurl: one request, one answer, no
 * redirect, no retry, nothing taken from the environment.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/err.h"
#include "common/sys.h"

#define FETCH_BODY_MAX (64 * 1024)	/* bytes of an answer's body */
#define FETCH_HEAD_MAX (64 * 1024)	/* bytes of all its header lines */

struct fetch;

/* What to send. Everything is borrowed and must outlive the call. */
struct fetch_request {
	const char *url;		/* https://…; http://… only with `insecure` */
	const char *const *headers;	/* "Name: value", ended by NULL */
	const char *body;		/* of a POST */
	size_t body_len;
	const char *ca_pem;		/* the trusted roots, and no others */
	size_t ca_len;
	const char *proxy;		/* NULL: none; the environment's is never used */
	const char *no_proxy;		/* NULL: no exception */
	bool insecure;			/* allow http:// */
	struct mono deadline;		/* of the whole exchange, name lookup included */
};

/* What came back. Headers that are absent or too long are "". */
struct fetch_answer {
	int status;			/* the final HTTP status, 100..999 */
	struct buf body;		/* wiped by fetch_answer_fini */
	char request_id[256], retry_after[64], date[64];
};

enum fetch_result {
	FETCH_ANSWERED,
	FETCH_NOT_SENT,	/* surely no byte of the request reached the endpoint */
	FETCH_LOST,	/* sent, or it cannot be known: what was in it counts as used */
};

/*
 * Start OpenSSL without its configuration file, then libcurl; once, in main,
 * before any thread. Ends with the process.
 *
 * Source  OPENSSL_init_crypto(3), OPENSSL_INIT_NO_LOAD_CONFIG; libcurl-env(3).
 */
int fetch_init(struct err *e) MUST_CHECK;

/*
 * A handle. Reads the resolver's configuration (/etc/resolv.conf), so that a
 * caller may confine itself afterwards; /etc/hosts is read by each lookup.
 */
int fetch_new(struct fetch **out, struct sys *sys, struct err *e) MUST_CHECK;
void fetch_free(struct fetch *f);

/*
 * Send REQ as a POST and wait for its answer.
 *
 * out     assigned for FETCH_ANSWERED alone; then fetch_answer_fini is due.
 * Errors  FETCH_NOT_SENT when lookup, connection, TLS handshake or verification
 *         failed, or the deadline had passed before the start; FETCH_LOST for
 *         everything else. e->kind is ERR_TIMEOUT, ERR_TOO_BIG (over the caps),
 *         ERR_NOMEM or ERR_TRANSIENT; the message never quotes the request.
 * Source  libcurl-errors(3); docs/trust.md.
 */
enum fetch_result fetch_post(struct fetch *f, const struct fetch_request *req,
			     struct fetch_answer *out, struct err *e) MUST_CHECK;

/* The same as a GET, which has no body. */
enum fetch_result fetch_get(struct fetch *f, const struct fetch_request *req,
			    struct fetch_answer *out, struct err *e) MUST_CHECK;
void fetch_answer_fini(struct fetch_answer *a);

static inline void auto_fetch(struct fetch **f)
{
	fetch_free(*f);
}

static inline void auto_fetch_answer(struct fetch_answer *a)
{
	fetch_answer_fini(a);
}

#endif
