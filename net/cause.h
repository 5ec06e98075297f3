/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NET_CAUSE_H
#define NET_CAUSE_H

/*
 * Why a transfer failed, for people. libcurl's own texts differ between its
 * resolvers and TLS libraries, and some say nothing ("after 8 ms: Error").
 */

#include <curl/curl.h>

#include "common/err.h"

struct cause {
	CURL *easy;	    /* borrowed; after the transfer, before a reset */
	CURLcode rc;	    /* not CURLE_OK */
	const char *url, *proxy; /* as asked for; PROXY may be NULL */
	const char *said;   /* libcurl's text; "" = none */
	long timeout_ms;    /* that the transfer was given */
};

/* The kind (ERR_TIMEOUT, else ERR_TRANSIENT) and one line into E. Source: libcurl-errors(3). */
void cause_tell(const struct cause *c, struct err *e);

#endif
