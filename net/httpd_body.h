/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NET_HTTPD_BODY_H
#define NET_HTTPD_BODY_H

/*
 * A request's body, in memory that grows as the body comes: the length that a head
 * claims costs nothing, so a client cannot take with a claim what others need. What
 * all bodies of a server have is counted, and bounded. Between net/httpd*.c only.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"

/*
 * Bytes for all bodies under way, and for the large among them, which leave some to the
 * others. One that grows is there twice for a moment: at most 4 MiB more.
 */
#define HTTPD_BODIES_BYTES (20u << 20)
#define HTTPD_LARGE_BODIES_BYTES (12u << 20)
#define HTTPD_LARGE_BYTES (256u << 10)

/* What the bodies of one server have. */
struct httpd_bodies {
	size_t bytes, large;
};

struct httpd_body {
	struct httpd_bodies *all;	/* borrowed; counts what this one has */
	unsigned char *data;		/* owned, a NUL after the last byte; NULL: none yet */
	size_t want, have, cap;		/* bytes expected, here, and with memory */
};

/* No byte yet of a body of WANT. */
void httpd_body_init(struct httpd_body *b, struct httpd_bodies *all, size_t want);

/* Is its whole above HTTPD_LARGE_BYTES? */
bool httpd_body_is_large(const struct httpd_body *b);

/* Whether LEN more bytes, which are expected, keep within what all bodies may have. */
bool httpd_body_fits(const struct httpd_body *b, size_t len);

/* Take LEN bytes more, which are expected; false without memory. */
bool httpd_body_take(struct httpd_body *b, const void *data, size_t len) MUST_CHECK;

/* Wipe and free what is here; the body is empty then. */
void httpd_body_drop(struct httpd_body *b);

#endif
