/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WRITER_ASSERTION_H
#define WRITER_ASSERTION_H

/*
 * What the writer needs to know of a JWT: its id and its times. The signature
 * is the endpoint's business. Pure.
 */

#include "common/buf.h"
#include "writer/ledger.h"

#define ASSERTION_MAX_BYTES 16384 /* contract.md §1 */

struct assertion {
	char id[ASSERTION_ID_LEN + 1]; /* the first characters of the signature segment */
	int64_t iat_s, exp_s;	       /* wall seconds, 1 to 9e9, iat before exp */
};

/*
 * Read a compact JWT; white space after it is allowed, as files end with newlines.
 *
 * Errors  ERR_INVALID or ERR_TOO_BIG: which part is wrong, never its content.
 * Source  RFC 7515 §7.1 (compact form), RFC 4648 §5 (base64url, no padding, no
 *         stray bits), RFC 7519 §4.1 (exp, iat).
 */
int assertion_parse(const char *text, size_t len, struct assertion *out, struct err *e) MUST_CHECK;

/* LEN without the white space at the end of TEXT. */
size_t assertion_trim(const char *text, size_t len);

#endif
