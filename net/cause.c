/* SPDX-License-Identifier: Apache-2.0 */
#include "net/cause.h"

#include <stdbool.h>
#include <string.h>

/* Whether the transfer got as far as the moment that INFO times. */
static bool reached(CURL *easy, CURLINFO info)
{
	curl_off_t us = 0;

	return curl_easy_getinfo(easy, info, &us) == CURLE_OK && us > 0;
}

static const char *doing(CURL *easy)
{
	if (!reached(easy, CURLINFO_NAMELOOKUP_TIME_T))
		return "looking up the name";
	if (!reached(easy, CURLINFO_PRETRANSFER_TIME_T))
		return "setting up the connection";
	return "waiting for the answer";
}

/* HOST[:PORT] of an URL. */
static int authority(const char *url, const char **at)
{
	const char *start = strstr(url, "://");

	*at = start ? start + 3 : url;
	return (int)strcspn(*at, "/");
}

/* "OpenSSL/3.0.19: error:0A00010B:SSL routines::wrong version number" is read from its end. */
static const char *tls_reason(const char *said)
{
	static const char *const before[] = { "::", "SSL certificate problem: ", "SSL: " };

	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
		const char *at = strstr(said, before[i]);

		if (at)
			return at + strlen(before[i]);
	}
	return said;
}

static const char *os_error(CURL *easy)
{
	long number = 0;

	if (curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &number) != CURLE_OK || number <= 0)
		return "no answer";
	return strerror((int)number);
}

static void tell_timeout(const struct cause *c, struct err *e)
{
	bool seconds = c->timeout_ms >= 1000;

	err_set(e, ERR_TIMEOUT, 0, "timed out after %ld %s, %s",
		seconds ? (c->timeout_ms + 500) / 1000 : c->timeout_ms, seconds ? "s" : "ms",
		doing(c->easy));
}

/* A resolver's reason stands in brackets, if it gives one. */
static void tell_lookup(const struct cause *c, const char *name, int len, struct err *e)
{
	const char *why = strchr(c->said, '(');

	err_set(e, ERR_TRANSIENT, 0, "unable to look up %.*s%s%.80s", len, name, why ? " " : "",
		why ? why : "");
}

void cause_tell(const struct cause *c, struct err *e)
{
	const char *said = *c->said ? c->said : curl_easy_strerror(c->rc);
	const char *host;
	int len = authority(c->url, &host);

	switch (c->rc) {
	case CURLE_OPERATION_TIMEDOUT:
		tell_timeout(c, e);
		break;
	case CURLE_COULDNT_RESOLVE_HOST:
		tell_lookup(c, host, len, e);
		break;
	case CURLE_COULDNT_RESOLVE_PROXY:
		len = authority(c->proxy ? c->proxy : "the proxy", &host);
		tell_lookup(c, host, len, e);
		break;
	case CURLE_COULDNT_CONNECT:
		err_set(e, ERR_TRANSIENT, 0, "unable to connect to %.*s%s%.60s: %s", len,
			host, c->proxy ? " or the proxy " : "", c->proxy ? c->proxy : "",
			os_error(c->easy));
		break;
	case CURLE_PEER_FAILED_VERIFICATION:
		err_set(e, ERR_TRANSIENT, 0, "the certificate does not verify: %s",
			tls_reason(said));
		break;
	case CURLE_SSL_CONNECT_ERROR:
		err_set(e, ERR_TRANSIENT, 0, "the TLS handshake failed: %s",
			tls_reason(said));
		break;
	default:
		err_set(e, ERR_TRANSIENT, 0, "%s", said);
		break;
	}
}
