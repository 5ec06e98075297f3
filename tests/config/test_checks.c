/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "common/attr.h"
#include "common/buf.h"
#include "config/checks.h"
#include "tests/support/text.h"

#define CERT                                                                                       \
	"-----BEGIN CERTIFICATE-----\nMIIBHDCBz6ADAgEC\nAhRU6Q==\n-----END CERTIFICATE-----\n"

static const char *const urls[] = {
	"https://a",
	"https://api.anthropic.com",
	"https://10.0.0.1:8443",
	"https://[fd00::1]:443/x",
	"https://a/b/c",
	"http://a:1",
	"https://A-b.c/v1~x",
};
static const char *const not_urls[] = {
	"", "a", "https://", "https:///x", "ftp://a", "HTTPS://a", "https://a:", "https://a:0",
	"https://a:65536", "https://a:999999", "https://a:1x", "https://u@a", "https://u:p@a",
	"https://a?x", "https://a/?x", "https://a/#f", "https://a/", "https://a b", "https://a/b c",
	"https://-a", "https://.a", "https://[::1", "https://[]", "https://[::1]x", "https://a\nb",
	"https://a/\"", "https://a%2f",
};

Test(checks, url)
{
	for (size_t i = 0; i < COUNTOF(urls); i++)
		cr_expect(check_url(urls[i]) == NULL, "%s", urls[i]);
	for (size_t i = 0; i < COUNTOF(not_urls); i++)
		cr_expect(check_url(not_urls[i]) != NULL, "%s", not_urls[i]);
	cr_expect(check_proxy("http://proxy:3128") == NULL);
	cr_expect(check_proxy("http://proxy:3128/x") != NULL, "a proxy has no path");
}

static const struct {
	const char *text, *want; /* the start of what is wrong, NULL for nothing */
} bundles[] = {
	{CERT, NULL},
	{CERT CERT, NULL},
	{"subject: x\n" CERT "# next\r\n" CERT "\n", NULL},
	{"", "not PEM"},
	{"MIIBHDCBz6ADAgEC", "not PEM"},
	{CERT "-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n",
	 "holds a private key"},
	{"-----BEGIN EC PRIVATE KEY-----\n", "holds a private key"},
	{"-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n", "holds another block"},
	{"-----BEGIN CERTIFICATE-----\nMIIB", "holds a certificate that is cut"},
	{"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE----",
	 "holds a certificate that is cut"},
	{"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
	 "holds a certificate that is cut"},
	{"-----BEGIN CERTIFICATE-----\nMIIBa\n-----END CERTIFICATE-----",
	 "holds a certificate that is cut"},
	{"-----BEGIN CERTIFICATE-----\nMI=B\n-----END CERTIFICATE-----",
	 "holds a certificate that is cut"},
	{"-----BEGIN CERTIFICATE-----\nMI$B\n-----END CERTIFICATE-----",
	 "holds a certificate that is cut"},
	{"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----",
	 "holds a certificate that is cut"},
	{CERT "-----BEGIN CERTIFICATE-----\n", "holds a certificate that is cut"},
};

Test(checks, ca_bundle)
{
	AUTO(buf) struct buf big;

	for (size_t i = 0; i < COUNTOF(bundles); i++) {
		const char *wrong = check_ca_bundle(bundles[i].text);

		if (!bundles[i].want)
			cr_expect(wrong == NULL, "%zu: %s", i, wrong);
		else
			cr_expect(wrong &&
					  !strncmp(wrong, bundles[i].want, strlen(bundles[i].want)),
				  "%zu: %s", i, wrong ? wrong : "accepted");
	}
	buf_init(&big, 20000);
	buf_adds(&big, CERT);
	while (big.len < 16384)
		buf_addc(&big, '\n');
	cr_expect(check_ca_bundle(big.data) == NULL);
	buf_addc(&big, '\n');
	cr_expect(
		eq(str, TEXT(check_ca_bundle(big.data)),
		   TEXT("larger than 16384 bytes; use only the certificates the endpoint needs")));
}

static const struct {
	const char *(*check)(const char *);
	const char *good[4], *bad[8];
} rows[] = {
	{check_token_lifetime,
	 {"180", "600", "86400"},
	 {"", "0", "179", "86401", "-1", "1.5", " 600", "9999999999"}},
	{check_image,
	 {"w", "a/b:1", "r:5000/a@sha256:0"},
	 {"", "/a", "-a", "a b", ":1", "a\n", "a$b", "@a"}},
	{check_cpu, {"", "1m", "0.5", "64"}, {"0", "65", "x", "-1", "1 m", "1Q"}},
	{check_memory,
	 {"", "1Mi", "1048576", "1Ti"},
	 {"0", "1Ki", "2Ti", "32m", "32MB", "1e", "mi"}},
	{check_prefix,
	 {"a.b", "wif.example.com"},
	 {"", "a", "a.b/", "A.b", ".a.b", "a..b", "a.-b"}},
	{check_name_glob, {"*", "a-*", "a.b", "*-x-*"}, {"", "A", "a?", "a b", "[a]*", "a/*"}},
	{check_rule_glob, {"*", "fdrl_*", "fdrl_a"}, {"", "fdrl_", "a", "fdrl_ *"}},
	{check_service_account_glob, {"svac_*", "svac_a"}, {"", "fdrl_a", "svac_"}},
	{check_workspace_glob, {"wrkspc_*", "default", "*"}, {"", "x"}},
	{check_uuid_glob, {"*", "00000000-0000-0000-0000-00000000000F"}, {"", "0", "*/"}},
	{check_no_proxy, {"a", ".svc,10.0.0.0/8", "*"}, {"", "a b", "a;b", "a\n"}},
	{check_audience,
	 {"x", "https://a/b?c", "a%b"},
	 {"", "a b", "a\"", "a\\", "\xc3\xa9", "a\n"}},
	{check_key_id,
	 {"x", "-_", "Mz1Ufx_4Z2dIyC7n5T6mJ2rQ0b9t0m3iXxkq1J8pVnE", "a,b"},
	 {"", "a b", "a\"", "a\\", "\xc3\xa9", "a\n"}},
	{check_container, {"a", "istio-proxy"}, {"", "A", "a.b", "-a", "a-", "a*"}},
};

Test(checks, accepts_and_refuses_with_advice)
{
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		for (size_t j = 0; j < COUNTOF(rows[i].good) && rows[i].good[j]; j++)
			cr_expect(rows[i].check(rows[i].good[j]) == NULL, "row %zu: %s", i,
				  rows[i].good[j]);
		for (size_t j = 0; j < COUNTOF(rows[i].bad) && rows[i].bad[j]; j++) {
			const char *wrong = rows[i].check(rows[i].bad[j]);

			cr_expect(wrong && strstr(wrong, "; use "), "row %zu: %s", i,
				  rows[i].bad[j]);
		}
	}
}
