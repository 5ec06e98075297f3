/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SANDBOX_SOURCE_H
#define TESTS_SANDBOX_SOURCE_H

/* An issuer that answers each connection with the bytes that it is told, good or bad. */

#include <stddef.h>

struct source;

/* Listen on 127.0.0.1. Any failure aborts the test. */
struct source *source_new(void);
void source_free(struct source *s);
/* "http://127.0.0.1:PORT/jwks"; borrowed. */
const char *source_url(const struct source *s);

/*
 * What the next connections get: STATUS ("200 OK") and BODY, LEN bytes. NULL for
 * STATUS: no answer at all, until source_free.
 */
void source_says(struct source *s, const char *status, const char *body, size_t len);

/* How many requests came so far. */
int source_requests(struct source *s);

static inline void auto_source(struct source **s)
{
	source_free(*s);
}

#endif
