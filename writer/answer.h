/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WRITER_ANSWER_H
#define WRITER_ANSWER_H

/*
 * What the exchange child says: "key value" lines, an empty line, and for a
 * grant the access token and one newline. Pure: bytes in, struct out.
 */

#include "common/err.h"
#include "writer/kv.h"

#define ANSWER_MAX_BYTES 24576
#define ANSWER_TOKEN_MAX 16384
#define ANSWER_LIFETIME_MAX_S 86400 /* contract.md §1: no rule grants more */

enum result {
	RESULT_NONE,	  /* nothing tried yet */
	RESULT_GRANTED,
	RESULT_DENIED,	  /* 401: this identity, rule or assertion is refused */
	RESULT_MALFORMED, /* 400: a field is wrong; no assertion will help */
	RESULT_THROTTLED, /* 429 */
	RESULT_TRANSIENT, /* 5xx, cut off, late, or no valid answer of the child */
	RESULT_NOT_SENT,  /* the request never left: resolve, connect, handshake, verification */
	RESULTS
};

struct answer {
	enum result result;
	int http_status;	/* 0 when there was none */
	int64_t expires_in_s;	/* 1..86400, granted only */
	int64_t retry_after_s;	/* -1 when not said */
	int64_t date_s;		/* the server's wall clock; 0 when not said */
	char request_id[129];	/* "" when not said */
	char unconfined[24];	/* "landlock", "seccomp", "landlock,seccomp"; "" when not said */
	char detail[161];	/* one printable line, "" when not said */
	struct span token;	/* into the text parsed; granted only */
};

/* The word of the protocol for R: "granted", "not-sent", …; "none". */
const char *result_name(enum result r);

/* The result named by S, or RESULTS. */
enum result result_parse(struct span s);

/*
 * Read one complete answer.
 *
 * Errors  ERR_TRANSIENT for anything that is not exactly the protocol: an
 *         unknown or repeated key, a missing end, a grant without lifetime, a
 *         token with a byte that does not print. The message quotes nothing.
 * Source  design.md §6, Child.
 */
int answer_parse(const char *text, size_t len, struct answer *out, struct err *e) MUST_CHECK;

#endif
