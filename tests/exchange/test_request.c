/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "exchange/request.h"
#include "tests/support/leaks.h"
#include "tests/support/text.h"

#define IDS                                                                                        \
	"federation-rule fdrl_1\norganization 00000000-0000-0000-0000-000000000000\n"              \
	"service-account svac_1\n"
#define BASE "base-url https://api.example.com\n" IDS "ca-bundle /ca.pem\n"

/* Parse a copy of TEXT; the message of a refusal is left in E. */
static int parse(const char *text, char *copy, size_t size, struct request *r, struct err *e)
{
	size_t len = strlen(text);

	cr_assert(lt(sz, len, size));
	memcpy(copy, text, len + 1);
	return request_parse(copy, len, r, e);
}

Test(request, takes_every_key)
{
	char copy[4096];
	struct request r = { 0 };
	struct err e = { 0 };

	cr_assert(eq(int, parse("base-url https://h.example/base/\n" IDS "workspace default\n"
				"ca-bundle /ca-bundle.pem\nca-pem # \xc3\xa4\t|-----BEGIN|AA==|-----END|\n"
				"proxy http://proxy:3128\nno-proxy .cluster.local,10.0.0.0/8\n"
				"insecure true\ntimeout-ms 2500\n\nh.p.s",
				copy, sizeof(copy), &r, &e), 0), "%s", e.msg);
	cr_expect(eq(str, TEXT(r.base_url), TEXT("https://h.example/base")));
	cr_expect(eq(str, TEXT(r.federation_rule), TEXT("fdrl_1")));
	cr_expect(eq(str, TEXT(r.organization), TEXT("00000000-0000-0000-0000-000000000000")));
	cr_expect(eq(str, TEXT(r.service_account), TEXT("svac_1")));
	cr_expect(eq(str, TEXT(r.workspace), TEXT("default")));
	cr_expect(eq(str, TEXT(r.ca_bundle), TEXT("/ca-bundle.pem")));
	cr_expect(eq(str, TEXT(r.ca_pem), TEXT("# \xc3\xa4\t\n-----BEGIN\nAA==\n-----END\n")));
	cr_expect(eq(str, TEXT(r.proxy), TEXT("http://proxy:3128")));
	cr_expect(eq(str, TEXT(r.no_proxy), TEXT(".cluster.local,10.0.0.0/8")));
	cr_expect(r.insecure);
	cr_expect(eq(int, r.timeout_ms, 2500));
	cr_expect(eq(str, TEXT(r.assertion), TEXT("h.p.s")));
	cr_expect(eq(sz, r.assertion_len, 5));
	NO_LEAKS();
}

Test(request, leaves_absent_keys_null_and_has_a_default_deadline)
{
	char copy[4096];
	struct request r = { 0 };
	struct err e = { 0 };

	cr_assert(eq(int, parse(BASE "\na.b.c", copy, sizeof(copy), &r, &e), 0), "%s", e.msg);
	cr_expect(eq(ptr, TEXT(r.workspace), NULL));
	cr_expect(eq(ptr, TEXT(r.proxy), NULL));
	cr_expect(eq(ptr, TEXT(r.ca_pem), NULL));
	cr_expect(not(r.insecure));
	cr_expect(eq(int, r.timeout_ms, 30000));
}

static const struct {
	const char *text, *want;
} refused[] = {
	{ "", "the request has no empty line" },
	{ BASE, "the request has no empty line" },
	{ "\n", "the request has no base-url" },
	{ IDS "ca-bundle /c\n\na.b.c", "the request has no base-url" },
	{ "base-url https://h\norganization o\nservice-account s\nca-bundle /c\n\na.b.c",
	  "the request has no federation-rule" },
	{ "base-url https://h\nfederation-rule f\nservice-account s\nca-bundle /c\n\na.b.c",
	  "the request has no organization" },
	{ "base-url https://h\nfederation-rule f\norganization o\nca-bundle /c\n\na.b.c",
	  "the request has no service-account" },
	{ BASE "scope x\n\na.b.c", "request line 6 has an unknown key" },
	{ BASE "organization twice\n\na.b.c", "request line 6 repeats key organization" },
	{ BASE "insecure true\ninsecure true\n\na.b.c", "request line 7 repeats key insecure" },
	{ BASE "workspace\n\na.b.c", "request line 6 is not `key value`" },
	{ BASE "workspace \n\na.b.c", "workspace is empty; leave the line out" },
	{ BASE "workspace a\tb\n\na.b.c", "workspace is not printable ASCII" },
	{ BASE "workspace \xc3\xa4\n\na.b.c", "workspace is not printable ASCII" },
	{ BASE "workspace a\r\n\na.b.c", "workspace is not printable ASCII" },
	{ BASE "insecure false\n\na.b.c", "insecure is only ever true; leave the line out" },
	{ BASE "timeout-ms 0\n\na.b.c", "timeout-ms is not a number from 1 to 300000" },
	{ BASE "timeout-ms 300001\n\na.b.c", "timeout-ms is not a number from 1 to 300000" },
	{ BASE "timeout-ms -5\n\na.b.c", "timeout-ms is not a number from 1 to 300000" },
	{ BASE "timeout-ms 1e3\n\na.b.c", "timeout-ms is not a number from 1 to 300000" },
	{ BASE "timeout-ms 99999999999999999999\n\na.b.c",
	  "timeout-ms is not a number from 1 to 300000" },
	{ BASE "proxy socks5://p\n\na.b.c",
	  "proxy is no proxy URL; use http://HOST[:PORT], without a user" },
	{ BASE "proxy http://user:password@p:3128\n\na.b.c",
	  "proxy is no proxy URL; use http://HOST[:PORT], without a user" },
	{ BASE "proxy p:3128\n\na.b.c",
	  "proxy is no proxy URL; use http://HOST[:PORT], without a user" },
	{ BASE "proxy http://\n\na.b.c",
	  "proxy is no proxy URL; use http://HOST[:PORT], without a user" },
	{ "base-url https://h\n" IDS "\na.b.c", "an https base-url needs ca-bundle or ca-pem" },
	{ "base-url http://h\n" IDS "\na.b.c",
	  "base-url is http; use https, or allow it with `insecure true`" },
	{ BASE "\n", "the assertion has 0 bytes; 1 to 16384 are allowed" },
	{ BASE "\na.b.c\n", "the assertion is no JWT: a byte at 5 is neither base64url nor a dot" },
	{ BASE "\na.b c", "the assertion is no JWT: a byte at 3 is neither base64url nor a dot" },
	{ BASE "\n\na.b.c", "the assertion is no JWT: a byte at 0 is neither base64url nor a dot" },
};

Test(request, refuses_what_the_writer_never_sends)
{
	for (size_t i = 0; i < COUNTOF(refused); i++) {
		char copy[4096];
		struct request r = { .timeout_ms = -7 };
		struct err e = { 0 };

		cr_expect(eq(int, parse(refused[i].text, copy, sizeof(copy), &r, &e), -1),
			  "row %zu: %s", i, refused[i].text);
		cr_expect(eq(str, e.msg, TEXT(refused[i].want)), "row %zu", i);
		cr_expect(eq(int, (int)e.kind, (int)ERR_INVALID), "row %zu", i);
		cr_expect(eq(int, r.timeout_ms, -7), "row %zu assigned its result", i);
	}
}

static const struct {
	const char *url;
	int want;
} urls[] = {
	{ "https://api.anthropic.com", 0 },
	{ "https://api.anthropic.com/", 0 },
	{ "https://10.88.0.1:8443/gateway/v2", 0 },
	{ "https://[fd00::1]:8443", 0 },
	{ "https://[::1]", 0 },
	{ "https://under_score.svc:1", 0 },
	{ "https://", -1 },
	{ "https:///", -1 },
	{ "https://:443", -1 },
	{ "https://h:", -1 },
	{ "https://h:x", -1 },
	{ "https://h:65536", -1 },
	{ "https://h:123456", -1 },
	{ "https://user:pw@h", -1 },
	{ "https://h?x=1", -1 },
	{ "https://h/p?x=1", -1 },
	{ "https://h#f", -1 },
	{ "https://h/p#f", -1 },
	{ "https://h h", -1 },
	{ "https://[::1", -1 },
	{ "https://[]", -1 },
	{ "https://[::1]x", -1 },
	{ "HTTPS://h", -1 },
	{ "ftp://h", -1 },
	{ "file:///etc/passwd", -1 },
	{ "h", -1 },
	{ "//h", -1 },
};

Test(request, takes_plain_urls_only)
{
	for (size_t i = 0; i < COUNTOF(urls); i++) {
		char text[1024], copy[1024];
		struct request r;
		struct err e = { 0 };

		(void)snprintf(text, sizeof(text), "base-url %s\n" IDS "ca-bundle /c\n\na.b.c",
			       urls[i].url);
		cr_expect(eq(int, parse(text, copy, sizeof(copy), &r, &e), urls[i].want), "%s: %s",
			  urls[i].url, e.msg);
	}
}

Test(request, a_nul_byte_is_refused_in_head_and_assertion)
{
	static const char head[] = BASE "workspace a\0b\n\na.b.c";
	static const char assertion[] = BASE "\na.b\0c";
	char copy[1024];
	struct request r;
	struct err e = { 0 };

	memcpy(copy, head, sizeof(head));
	cr_expect(eq(int, request_parse(copy, sizeof(head) - 1, &r, &e), -1));
	cr_expect(eq(str, e.msg, TEXT("request line 6 has a NUL byte")));
	memcpy(copy, assertion, sizeof(assertion));
	cr_expect(eq(int, request_parse(copy, sizeof(assertion) - 1, &r, &e), -1));
	cr_expect(eq(str, e.msg, TEXT("the assertion is no JWT: a byte at 3 is neither base64url "
				      "nor a dot")));
}

Test(request, the_assertions_limit_is_the_endpoints)
{
	static char text[2 * ASSERTION_MAX];
	struct request r;
	struct err e = { 0 };

	for (size_t over = 0; over < 2; over++) {
		size_t head = strlen(strcpy(text, BASE "\n")), len = head + ASSERTION_MAX + over;

		memset(text + head, 'a', ASSERTION_MAX + over);
		text[len] = '\0';
		cr_expect(eq(int, request_parse(text, len, &r, &e), over ? -1 : 0));
	}
	cr_expect(eq(str, e.msg, TEXT("the assertion has 16385 bytes; 1 to 16384 are allowed")));
}

Test(request, no_message_quotes_the_text)
{
	static const char *const texts[] = {
		"SECRETSECRET\n\n", "SECRETSECRET SECRETSECRET\n\n", BASE "\nSECRET\"SECRET",
		"base-url SECRETSECRET\n\na.b.c", BASE "proxy http://SECRET:SECRET@\n\na.b.c",
		BASE "timeout-ms SECRET\n\na", BASE "insecure SECRET\n\na",
	};

	for (size_t i = 0; i < COUNTOF(texts); i++) {
		char copy[1024];
		struct request r;
		struct err e = { 0 };

		cr_expect(eq(int, parse(texts[i], copy, sizeof(copy), &r, &e), -1), "row %zu", i);
		cr_expect(eq(ptr, strstr(e.msg, "SECRET"), NULL), "row %zu: %s", i, e.msg);
	}
}

Test(request, body_has_the_contracts_fields_and_never_a_scope)
{
	AUTO(buf) struct buf body = { .max = 4096 };
	struct request r = { .federation_rule = "fdrl_1", .organization = "o\"rg",
			     .service_account = "svac_1", .assertion = "h.p.s" };

	request_body(&r, &body);
	cr_expect(eq(str, body.data,
		     TEXT("{\"grant_type\":\"urn:ietf:params:oauth:grant-type:jwt-bearer\","
			  "\"assertion\":\"h.p.s\",\"federation_rule_id\":\"fdrl_1\","
			  "\"organization_id\":\"o\\\"rg\",\"service_account_id\":\"svac_1\"}")));
	buf_reset(&body);
	r.workspace = "default";
	request_body(&r, &body);
	cr_expect(ne(ptr, strstr(body.data, ",\"workspace_id\":\"default\"}"), NULL));
	buf_fini(&body);
	NO_LEAKS();
}
