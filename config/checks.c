/* SPDX-License-Identifier: Apache-2.0 */
#include "config/checks.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/syntax.h"

#define ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
#define DIGITS "0123456789"
#define CA_BUNDLE_MAX 16384 /* bytes; it travels as an argument of the writer */

static bool only(const char *text, const char *set)
{
	return text[strspn(text, set)] == '\0';
}

const char *check_uuid(const char *text)
{
	return syntax_uuid(text) ? NULL :
				   "not a UUID; use 8-4-4-4-12 hexadecimal digits";
}

const char *check_rule(const char *text)
{
	return syntax_id(text, "fdrl_") ?
		       NULL :
		       "not a federation rule id; use fdrl_ followed by 1-128 of A-Za-z0-9_-";
}

const char *check_service_account(const char *text)
{
	return syntax_id(text, "svac_") ?
		       NULL :
		       "not a service account id; use svac_ followed by 1-128 of A-Za-z0-9_-";
}

const char *check_workspace(const char *text)
{
	return syntax_id(text, "wrkspc_") || !strcmp(text, "default")
		       ? NULL
		       : "not a workspace id; use default, or wrkspc_ followed by 1-128 of "
			 "A-Za-z0-9_-";
}

const char *check_federation(const char *text)
{
	return syntax_label(text)
		       ? NULL
		       : "not a federation's name; use 1-63 of a-z0-9- without - at an end";
}

const char *check_container(const char *text)
{
	return syntax_label(text)
		       ? NULL
		       : "not a container's name; use 1-63 of a-z0-9- without - at an end";
}

const char *check_prefix(const char *text)
{
	return syntax_subdomain(text) && strchr(text, '.') ?
		       NULL :
		       "not a prefix; use a domain name such as wif.example.com, without /";
}

/* A glob's own syntax where it has a '*', else the check of the value it names. */
static const char *glob(const char *text, const char *(*check)(const char *))
{
	if (!strchr(text, '*'))
		return check(text);
	return strlen(text) <= 140 && only(text, ALNUM "*._-") ?
		       NULL :
		       "not a pattern; use A-Za-z0-9._- and * for any characters";
}

static const char *check_name(const char *text)
{
	return syntax_subdomain(text) ?
		       NULL :
		       "not a name or pattern; use a-z0-9-. and * for any characters";
}

const char *check_rule_glob(const char *text)
{
	return glob(text, check_rule);
}

const char *check_service_account_glob(const char *text)
{
	return glob(text, check_service_account);
}

const char *check_workspace_glob(const char *text)
{
	return glob(text, check_workspace);
}

const char *check_uuid_glob(const char *text)
{
	return glob(text, check_uuid);
}

const char *check_name_glob(const char *text)
{
	return glob(text, check_name);
}

/* Is TEXT 1 to MOST printable characters that need no escape anywhere? */
static bool is_plain(const char *text, size_t most)
{
	size_t n = 0;

	while (text[n] > ' ' && text[n] <= '~' && text[n] != '"' && text[n] != '\\')
		n++;
	return n && n <= most && !text[n];
}

const char *check_audience(const char *text)
{
	return is_plain(text, 256) ?
		       NULL :
		       "not an audience; use 1-256 printable characters without blanks or quotes";
}

const char *check_key_id(const char *text)
{
	return is_plain(text, 128) ?
		       NULL :
		       "not a key's id; use a kid as the cluster's /openid/v1/jwks has it";
}

const char *check_url(const char *text)
{
	return syntax_url(text, true) ? NULL
				  : "not a URL for this; use https://host[:port][/path], no user, "
				    "query or final /";
}

const char *check_proxy(const char *text)
{
	return syntax_url(text, false) ? NULL
				   : "not a proxy's URL; use http://host:port or "
				     "https://host:port, without a user";
}

const char *check_no_proxy(const char *text)
{
	return *text && strlen(text) <= 2048 && only(text, ALNUM ".,:-_*/[]") ?
		       NULL :
		       "not a list of hosts; use names, .suffixes and addresses, comma-separated";
}

/* After a certificate's first line: base64 of a DER sequence up to its last line, or NULL. */
static const char *after_certificate(const char *s)
{
	static const char end[] = "-----END CERTIFICATE-----";
	size_t chars = 0, pad = 0;

	s += strspn(s, " \t\r\n");
	/* 0x30 0x8x: a sequence of over 127 bytes, as every certificate is. */
	if (strncmp(s, "MI", 2) != 0)
		return NULL;
	for (; *s && *s != '-'; s++) {
		if (strchr(" \t\r\n", *s))
			continue;
		if (*s == '=')
			pad++;
		else if (pad || !strchr(ALNUM "+/", *s))
			return NULL;
		chars++;
	}
	if (pad > 2 || chars % 4 || strncmp(s, end, sizeof(end) - 1) != 0)
		return NULL;
	return s + sizeof(end) - 1;
}

const char *check_ca_bundle(const char *text)
{
	static const char begin[] = "-----BEGIN ";
	const char *s = text;
	int found = 0;

	if (strlen(text) > CA_BUNDLE_MAX)
		return "larger than 16384 bytes; use only the certificates the endpoint needs";
	while ((s = strstr(s, begin))) {
		s += sizeof(begin) - 1;
		if (strstr(s, "PRIVATE KEY-----"))
			return "holds a private key; use certificates only";
		if (strncmp(s, "CERTIFICATE-----", 16) != 0)
			return "holds another block than certificates; use -----BEGIN "
			       "CERTIFICATE-----";
		s = after_certificate(s + 16);
		if (!s)
			return "holds a certificate that is cut or not base64; use PEM as openssl "
			       "prints it";
		found++;
	}
	return found ? NULL : "not PEM; use one or more -----BEGIN CERTIFICATE----- blocks";
}

const char *check_token_lifetime(const char *text)
{
	if (!*text || strlen(text) > 9 || !only(text, DIGITS) || atoi(text) > 86400)
		return "not a token's lifetime; use seconds in 180..86400, or 0 when it is unknown";
	if (atoi(text) < 180)
		return "too short for the kubelet to keep up with; use a rule of 180..86400 "
		       "seconds";
	return NULL;
}

const char *check_image(const char *text)
{
	size_t n = strlen(text);

	return n && n <= 512 && only(text, ALNUM "._:/@-") && strspn(text, ALNUM)
		       ? NULL
		       : "not an image; use a reference such as "
			 "registry.example/claude-wif/writer:1.0";
}

static bool within(const char *text, int64_t least, int64_t most)
{
	int64_t milli = 0;

	return !*text || (syntax_quantity(text, &milli) && milli >= least && milli <= most);
}

const char *check_cpu(const char *text)
{
	return within(text, 1, 64000) ? NULL : "not an amount of CPU; use 1m..64, or \"\" for none";
}

const char *check_memory(const char *text)
{
	return within(text, INT64_C(1000) << 20, INT64_C(1000) << 40) ?
		       NULL :
		       "not an amount of memory; use 1Mi..1Ti, or \"\" for none";
}
