/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NET_HTTPD_HEAD_H
#define NET_HTTPD_HEAD_H

/* What a request's head must look like, and how an answer's head is written. Pure. */

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"

struct httpd_head {
	const char *method;	/* "" when it is none that we know */
	const char *version;	/* "HTTP/1.1" */
	const char *length;	/* text of Content-Length, repeats joined by commas; NULL: absent */
	bool transfer_encoding;	/* there is such a header */
};

/*
 * Judge a head strictly: a doubtful one is refused, and its connection closed,
 * because libwebsockets 4.1.6 would guess (a length of -1, of "5,7", none at all).
 *
 * methods   space-separated, those that the listener accepts.
 * want      set to the length of the body where that is known, also with 413.
 * Returns   0, or the HTTP status of the refusal: 405, 411, 400, 413, 505.
 * Source    RFC 9110 §8.6, RFC 9112 §6.3; library-facts 4.1, pitfalls 1 and 3.
 */
int httpd_head_judge(const struct httpd_head *head, const char *methods, size_t body_max,
		     size_t *want) MUST_CHECK;

/* The reason phrase of STATUS, or "Status". Source: RFC 9110 §15. */
const char *httpd_head_reason(int status);

/*
 * Append an answer's head, with the empty line that ends it.
 *
 * headers  NULL, or complete "name: value\r\n" lines.
 * close    say "connection: close".
 */
void httpd_head_write(struct buf *out, int status, const char *type, size_t length,
		      const char *headers, bool close);

#endif
