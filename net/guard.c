/* SPDX-License-Identifier: Apache-2.0 */
#include "net/guard.h"

/* curl_easy_setopt, remembering the first failure in RC. */
#define SET(option, value)                                                                         \
	do {                                                                                       \
		if (rc == CURLE_OK)                                                                \
			rc = curl_easy_setopt(easy, option, value);                                \
	} while (0)

static CURLcode set_trust(CURL *easy)
{
	CURLcode rc = CURLE_OK;

	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	SET(CURLOPT_CAINFO, NULL);
	SET(CURLOPT_CAPATH, NULL);
	SET(CURLOPT_PROXY_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_PROXY_CAINFO, NULL);
	SET(CURLOPT_PROXY_CAPATH, NULL);
	SET(CURLOPT_CA_CACHE_TIMEOUT, 0L);
	return rc;
}

CURLcode guard_handle(CURL *easy, const char *url, bool insecure, char *error)
{
	CURLcode rc = set_trust(easy);

	SET(CURLOPT_URL, url);
	SET(CURLOPT_PROTOCOLS_STR, insecure ? "http,https" : "https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_USERAGENT, "claude-wif/" WIF_VERSION);
	/* "" and not NULL: NULL would let HTTPS_PROXY and NO_PROXY count. */
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_NOPROXY, "");
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_ERRORBUFFER, error);
	return rc;
}
