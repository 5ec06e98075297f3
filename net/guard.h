/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NET_GUARD_H
#define NET_GUARD_H

/* What all libcurl handles here have in common, whoever they talk to. */

#include <curl/curl.h>
#include <stdbool.h>

/*
 * Set the fresh (or reset) handle EASY for a request to URL: HTTP/1.1, no redirect,
 * no proxy, no signal; TLS 1.2 or later, with a peer that must be the one it is named
 * and verify against the roots that the caller adds. Until then there are none: the
 * system's do not count, nor ones that libcurl kept, nor does the environment.
 *
 * insecure  allow http:// too.
 * error     CURL_ERROR_SIZE bytes for libcurl's words, which outlive the request.
 * Source    CURLOPT_CAINFO(3), CURLOPT_PROXY(3), CURLOPT_CA_CACHE_TIMEOUT(3).
 */
CURLcode guard_handle(CURL *easy, const char *url, bool insecure, char *error);

#endif
