/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EXCHANGE_REQUEST_H
#define EXCHANGE_REQUEST_H

/*
 * What the child is asked: `key value` lines, an empty line, then the assertion
 * to the end of the text. Pure: text in, fields out, and the endpoint's body.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/err.h"

#define REQUEST_MAX (1024 * 1024)	/* bytes of the whole text; ca-pem is the large part */
#define ASSERTION_MAX (16 * 1024)	/* bytes; the endpoint's limit */

/* All strings are borrowed from the parsed text; NULL when absent. */
struct request {
	const char *base_url;		/* without a trailing '/' */
	const char *federation_rule, *organization, *service_account;
	const char *workspace;
	const char *ca_bundle;		/* a path */
	const char *ca_pem;		/* PEM text, its newlines restored */
	const char *proxy, *no_proxy;
	bool insecure;
	int timeout_ms;
	const char *assertion;		/* secret; LEN bytes, NUL follows */
	size_t assertion_len;
};

/*
 * Parse LEN bytes of TEXT in place (a NUL must follow them).
 *
 * Identifiers are taken as they are, if printable: the endpoint judges them, and
 * its 400 says more than we could.
 * Errors  ERR_INVALID: a key unknown, repeated, missing or with a bad value; no
 *         empty line; an assertion that is empty, over the limit or no JWT text.
 *         Never quotes the assertion, or a value of the text.
 * Source  docs/man/wif-exchange.8, REQUEST; RFC 7515 §3.1 (assertion's alphabet).
 */
int request_parse(char *text, size_t len, struct request *out, struct err *e) MUST_CHECK;

/*
 * Append the endpoint's JSON body for R to OUT; it holds the secret.
 *
 * Source  RFC 7523 §2.1; Claude API, Workload Identity Federation, token endpoint.
 */
void request_body(const struct request *r, struct buf *out);

#endif
