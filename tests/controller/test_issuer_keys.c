/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "controller/issuer_keys.h"
#include "inject/settings.h"
#include "tests/support/leaks.h"
#include "tests/support/text.h"

#define KEY(kid)                                                                                   \
	"{\"kty\":\"EC\",\"use\":\"sig\",\"crv\":\"P-256\",\"x\":\"x\",\"kid\":\"" kid "\"}"

static const struct strlist none;

/* The kids of TEXT as "a, b", or what is wrong with it after "! ". */
static char *kids(const char *text)
{
	struct strlist keys = { 0 };
	struct err e = { 0 };
	AUTO(buf) struct buf out;

	buf_init(&out, 1 << 16);
	if (issuer_keys_parse(text, &keys, &e) < 0)
		buf_addf(&out, "! %s: %s", err_kind_name(e.kind), e.msg);
	else
		(void)issuer_keys_less(&keys, &none, &out);
	cr_expect(eq(int, e.kind == ERR_NONE, keys.len > 0), "all or nothing: %s", text);
	strlist_fini(&keys);
	return buf_take(&out);
}

static const struct {
	const char *text, *want;
} rows[] = {
	/* As Kubernetes 1.34 writes it. */
	{ "{\"keys\":[{\"use\":\"sig\",\"kty\":\"RSA\",\"kid\":"
	  "\"Mz1Ufx_4Z2dIyC7n5T6mJ2rQ0b9t0m3iXxkq1J8pVnE\",\"alg\":\"RS256\",\"n\":\"n\","
	  "\"e\":\"AQAB\"}]}",
	  "Mz1Ufx_4Z2dIyC7n5T6mJ2rQ0b9t0m3iXxkq1J8pVnE" },
	{ "{\"keys\":[" KEY("b") "," KEY("a") "," KEY("b") "],\"more\":[]}", "a, b" },
	{ "{\"keys\":[{\"kty\":\"x\",\"kid\":\"a\"},{\"kty\":\"EC\"}]}", "a" }, /* use may be absent */
	{ "{\"keys\":[" KEY("a") ",{\"kty\":\"EC\",\"use\":\"enc\",\"kid\":\"e\"}]}", "a" },
	{ "{\"keys\":[" KEY("\\u0061") "]}", "a" },
	{ "{\"keys\":[{\"kty\":\"EC\"}]}",
	  "! invalid: the JWK Set has no key for signatures with a kid" },
	{ "{\"keys\":[]}", "! invalid: the JWK Set has no key for signatures with a kid" },
	{ "", "! invalid: not a JWK Set: it is not JSON" },
	{ "<html>", "! invalid: not a JWK Set: it is not JSON" },
	{ "{\"keys\":[" KEY("a") "]", "! invalid: not a JWK Set: it is not JSON" },
	{ "{\"keys\":[" KEY("a") "],\"keys\":[]}", "! invalid: not a JWK Set: it is not JSON" },
	{ "{\"keys\":[{\"kid\":\"a\",\"kid\":\"b\"}]}", "! invalid: not a JWK Set: it is not JSON" },
	{ "{\"keys\":[" KEY("a\\u0000b") "]}", "! invalid: not a JWK Set: it is not JSON" },
	{ "[]", "! invalid: not a JWK Set: it has no list of keys" },
	{ "{}", "! invalid: not a JWK Set: it has no list of keys" },
	{ "{\"keys\":{\"kid\":\"a\"}}", "! invalid: not a JWK Set: it has no list of keys" },
	{ "{\"keys\":[" KEY("a") ",null]}", "! invalid: not a JWK Set: a key is none" },
	{ "{\"keys\":[" KEY("a") ",{\"kid\":1}]}", "! invalid: not a JWK Set: a key is none" },
	{ "{\"keys\":[{\"kid\":\"a\",\"use\":[]}]}", "! invalid: not a JWK Set: a key is none" },
	{ "{\"keys\":[" KEY("") "]}",
	  "! invalid: not a JWK Set that can be used: a kid is not 1-128 printable characters "
	  "without blanks or quotes" },
	{ "{\"keys\":[" KEY("a\\nlevel") "]}",
	  "! invalid: not a JWK Set that can be used: a kid is not 1-128 printable characters "
	  "without blanks or quotes" },
};

Test(issuer_keys, are_those_that_tokens_can_name)
{
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		AUTO(free) char *got = kids(rows[i].text);

		cr_expect(eq(str, got, TEXT(rows[i].want)), "%s", rows[i].text);
	}
	NO_LEAKS();
}

/* A set of N keys, the kid of each LEN characters, with PAD blanks at its end. */
static char *set_of(int n, int len, int pad)
{
	AUTO(buf) struct buf out;

	buf_init(&out, 1 << 18);
	buf_adds(&out, "{\"keys\":[");
	for (int i = 0; i < n; i++)
		buf_addf(&out, "%s{\"kid\":\"%0*d\"}", i ? "," : "", len, i);
	buf_addf(&out, "]%*s}", pad, "");
	return buf_take(&out);
}

static void expect_start(int n, int len, int pad, const char *want)
{
	AUTO(free) char *set = set_of(n, len, pad), *got = kids(set);

	cr_expect(strncmp(got, want, strlen(want)) == 0, "%d keys of %d: %s", n, len, got);
}

Test(issuer_keys, are_bounded)
{
	expect_start(ISSUER_KEYS_MAX, 128, 0, "000");
	expect_start(ISSUER_KEYS_MAX + 1, 3, 0, "! too-big: the JWK Set has more than 64 keys");
	expect_start(1, 129, 0, "! invalid: not a JWK Set that can be used");
	expect_start(1, 3, (int)ISSUER_KEYS_BYTES_MAX, "! too-big: the JWK Set is larger than 65536");
	expect_start(1, 3, (int)ISSUER_KEYS_BYTES_MAX - 24, "000");
}

Test(issuer_keys, what_one_has_and_the_other_has_not)
{
	char *ab[] = { TEXT("a"), TEXT("b") }, *bc[] = { TEXT("b"), TEXT("c") };
	const struct strlist first = { ab, 2 }, second = { bc, 2 };
	AUTO(buf) struct buf out;

	buf_init(&out, 64);
	cr_expect(eq(sz, issuer_keys_less(&first, &first, &out), 0));
	cr_expect(eq(sz, out.len, 0));
	cr_expect(eq(sz, issuer_keys_less(&first, &second, &out), 1));
	cr_expect(eq(str, out.data, TEXT("a")));
	cr_expect(eq(sz, issuer_keys_less(&first, &none, NULL), 2));
}
