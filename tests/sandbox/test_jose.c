/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "tests/sandbox/forge.h"
#include "tests/support/leaks.h"

Test(jose, base64url_is_that_of_rfc_4648)
{
	static const struct {
		const char *plain, *coded;
	} rows[] = { { "", "" }, { "f", "Zg" }, { "fo", "Zm8" }, { "foo", "Zm9v" },
		     { "foobar", "Zm9vYmFy" }, { "\xff\xfe\xfd", "__79" }, { "\xfb\xf0", "-_A" } };
	static const char *const bad[] = { "Z", "Zg==", "Zm9vY", "Zm+v", "Zm/v", "Zm 9", "Zh", "Zm9" };

	for (size_t i = 0; i < COUNTOF(rows); i++) {
		AUTO(buf) struct buf out, back;

		buf_init(&out, 64);
		buf_init(&back, 64);
		jose_base64url(&out, rows[i].plain, strlen(rows[i].plain));
		buf_adds(&out, "");
		cr_expect(strcmp(out.data, rows[i].coded) == 0, "%s", out.data);
		cr_expect(eq(int, jose_unbase64url(&back, out.data, out.len), 0));
		cr_expect(back.len == strlen(rows[i].plain) &&
			  !memcmp(back.data ? back.data : "", rows[i].plain, back.len), "row %zu", i);
	}
	for (size_t i = 0; i < COUNTOF(bad); i++) {
		AUTO(buf) struct buf out;

		buf_init(&out, 64);
		cr_expect(eq(int, jose_unbase64url(&out, bad[i], strlen(bad[i])), -1), "%s", bad[i]);
	}
}

/* The key and the thumbprint of RFC 7638 §3.1. */
#define RFC_KEY \
	"{\"keys\":[{\"kty\":\"RSA\",\"n\":\"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4" \
	"cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl" \
	"93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1" \
	"n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-k" \
	"EgU8awapJzKnqDKgw\",\"e\":\"AQAB\",\"alg\":\"RS256\",\"kid\":\"2011-04-29\"}]}"

Test(jose, thumbprint_is_that_of_rfc_7638)
{
	struct jose_keys keys = { .n = 0 };
	const char *kid;
	struct err e;
	json_t *jwk;

	cr_assert(eq(int, jose_keys_parse(&keys, RFC_KEY, strlen(RFC_KEY), &e), 0));
	cr_assert(eq(sz, keys.n, 1));
	jwk = jose_jwk(keys.key[0].pkey);
	kid = json_string_value(json_object_get(jwk, "kid"));
	cr_expect(strcmp(kid, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs") == 0, "%s", kid);
	json_decref(jwk);
	jose_keys_fini(&keys);
	NO_LEAKS();
}

Test(jose, a_bad_jwks_changes_nothing)
{
	static const char *const bad[] = {
		"", "{", "[]", "{}", "{\"keys\":[]}", "{\"keys\":{}}", "{\"keys\":[1,null,\"x\"]}",
		"{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"a\"}]}",
		"{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"a\",\"n\":\"AQAB\",\"e\":\"AQAB\"}]}",
		"{\"keys\":[{\"kty\":\"oct\",\"kid\":\"a\",\"k\":\"c2VjcmV0\"}]}",
		"{\"keys\":[{\"kty\":\"EC\",\"kid\":\"a\",\"crv\":\"P-256\",\"x\":\"AQ\",\"y\":\"AQ\"}]}",
		"{\"keys\":[{\"kty\":\"EC\",\"kid\":\"a\",\"crv\":\"P-999\",\"x\":\"AQ\",\"y\":\"AQ\"}]}",
		"{\"keys\":[],\"keys\":[]}",
	};
	struct jose_keys keys = { .n = 0 };
	struct err e;

	cr_assert(eq(int, jose_keys_parse(&keys, RFC_KEY, strlen(RFC_KEY), &e), 0));
	for (size_t i = 0; i < COUNTOF(bad); i++) {
		cr_expect(eq(int, jose_keys_parse(&keys, bad[i], strlen(bad[i]), &e), -1), "%s", bad[i]);
		cr_expect(eq(int, (int)e.kind, ERR_INVALID), "%s", bad[i]);
		cr_expect(eq(sz, keys.n, 1), "%s", bad[i]);
	}
	jose_keys_fini(&keys);
	NO_LEAKS();
}

Test(jose, a_key_goes_through_its_jwks_and_verifies_what_it_signed)
{
	static const char *const algs[] = { "RS256", "ES256" };

	for (size_t i = 0; i < COUNTOF(algs); i++) {
		AUTO(pkey) EVP_PKEY *key = NULL;
		struct jose_keys keys = { .n = 0 };
		json_auto_t *claims = json_pack("{s:s}", "sub", "someone");
		json_auto_t *jwks = NULL, *got = NULL;
		AUTO(free) char *text = NULL;
		AUTO(buf) struct buf jwt;
		struct err e;

		buf_init(&jwt, 4096);
		cr_assert(eq(int, jose_generate(algs[i], &key, &e), 0));
		jwks = json_pack("{s:[o]}", "keys", jose_jwk(key));
		text = json_dumps(jwks, 0);
		cr_assert(eq(int, jose_keys_parse(&keys, text, strlen(text), &e), 0));
		cr_assert(eq(int, jose_sign(key, claims, &jwt, &e), 0));
		cr_expect(eq(int, jose_verify(&keys, jwt.data, jwt.len, &got, &e), 0), "%s", algs[i]);
		cr_expect(json_equal(got, claims) == 1);
		jose_keys_fini(&keys);
	}
}

static const struct {
	const char *name, *header;
	struct forge_how how;
	const char *error;	/* NULL: verifies */
} rows[] = {
	{ "RS256", "{\"alg\":\"RS256\",\"kid\":\"k0\"}", { FORGE_RSA, 256, false }, NULL },
	{ "RS384", "{\"alg\":\"RS384\",\"kid\":\"k0\"}", { FORGE_RSA, 384, false }, NULL },
	{ "RS512", "{\"alg\":\"RS512\",\"kid\":\"k0\"}", { FORGE_RSA, 512, false }, NULL },
	{ "PS256", "{\"alg\":\"PS256\",\"kid\":\"k0\"}", { FORGE_RSA, 256, true }, NULL },
	{ "PS384", "{\"alg\":\"PS384\",\"kid\":\"k0\"}", { FORGE_RSA, 384, true }, NULL },
	{ "PS512", "{\"alg\":\"PS512\",\"kid\":\"k0\"}", { FORGE_RSA, 512, true }, NULL },
	{ "ES256", "{\"alg\":\"ES256\",\"kid\":\"k1\"}", { FORGE_P256, 256, false }, NULL },
	{ "ES384", "{\"alg\":\"ES384\",\"kid\":\"k2\"}", { FORGE_P384, 384, false }, NULL },
	{ "ES512", "{\"alg\":\"ES512\",\"kid\":\"k3\"}", { FORGE_P521, 512, false }, NULL },
	{ "none", "{\"alg\":\"none\",\"kid\":\"k0\"}", { FORGE_RSA, 256, false }, "alg is not" },
	{ "an HMAC", "{\"alg\":\"HS256\",\"kid\":\"k0\"}", { FORGE_RSA, 256, false }, "alg is not" },
	{ "alg in lower case", "{\"alg\":\"rs256\",\"kid\":\"k0\"}", { FORGE_RSA, 256, false },
	  "alg is not" },
	{ "no alg", "{\"kid\":\"k0\"}", { FORGE_RSA, 256, false }, "alg is not" },
	{ "alg a number", "{\"alg\":256,\"kid\":\"k0\"}", { FORGE_RSA, 256, false }, "alg is not" },
	{ "crit", "{\"alg\":\"RS256\",\"kid\":\"k0\",\"crit\":[\"b64\"]}", { FORGE_RSA, 256, false },
	  "alg is not" },
	{ "no kid", "{\"alg\":\"RS256\"}", { FORGE_RSA, 256, false }, "kid is not" },
	{ "unknown kid", "{\"alg\":\"RS256\",\"kid\":\"k9\"}", { FORGE_RSA, 256, false }, "kid is not" },
	{ "an EC alg for an RSA key", "{\"alg\":\"ES256\",\"kid\":\"k0\"}", { FORGE_P256, 256, false },
	  "does not fit" },
	{ "an RSA alg for an EC key", "{\"alg\":\"RS256\",\"kid\":\"k1\"}", { FORGE_RSA, 256, false },
	  "does not fit" },
	{ "another curve", "{\"alg\":\"ES256\",\"kid\":\"k2\"}", { FORGE_P256, 256, false },
	  "does not fit" },
	{ "another key", "{\"alg\":\"ES256\",\"kid\":\"k1\"}", { FORGE_RSA, 256, false }, "signature" },
	{ "another digest", "{\"alg\":\"RS512\",\"kid\":\"k0\"}", { FORGE_RSA, 256, false },
	  "signature" },
	{ "another padding", "{\"alg\":\"RS256\",\"kid\":\"k0\"}", { FORGE_RSA, 256, true },
	  "signature" },
	{ "header not an object", "[]", { FORGE_RSA, 256, false }, "not an object" },
	{ "header not json", "{", { FORGE_RSA, 256, false }, "not an object" },
	{ "alg twice", "{\"alg\":\"RS256\",\"alg\":\"none\",\"kid\":\"k0\"}", { FORGE_RSA, 256, false },
	  "not an object" },
};

Test(jose, verifies_the_nine_algorithms_and_nothing_else)
{
	AUTO(forge) struct forge f;

	forge_init(&f);
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		AUTO(free) char *jwt = forge_jwt(&f, rows[i].how, rows[i].header, "{\"sub\":\"s\"}");
		json_auto_t *claims = NULL;
		struct err e = { ERR_NONE };
		int got = jose_verify(&f.jwks, jwt, strlen(jwt), &claims, &e);

		cr_expect(eq(int, got, rows[i].error ? -1 : 0), "%s: %s", rows[i].name, e.msg);
		cr_expect(eq(int, claims != NULL, !rows[i].error), "%s", rows[i].name);
		if (!rows[i].error)
			continue;
		cr_expect(eq(int, (int)e.kind, strcmp(rows[i].name, "unknown kid") ? ERR_DENIED
									   : ERR_TRANSIENT),
			  "%s", rows[i].name);
		cr_expect(strstr(e.msg, rows[i].error) != NULL, "%s: %s", rows[i].name, e.msg);
	}
}

Test(jose, any_changed_character_or_missing_part_is_refused)
{
	AUTO(forge) struct forge f;
	AUTO(free) char *jwt = NULL;
	json_t *claims;
	size_t len;
	struct err e;

	forge_init(&f);
	jwt = forge_jwt(&f, (struct forge_how){ FORGE_P256, 256, false },
			"{\"alg\":\"ES256\",\"kid\":\"k1\"}", "{\"sub\":\"s\"}");
	len = strlen(jwt);
	for (size_t i = 0; i < len; i++) {
		char was = jwt[i];

		jwt[i] = was == 'A' ? 'B' : 'A';
		cr_expect(eq(int, jose_verify(&f.jwks, jwt, len, &claims, &e), -1), "at %zu", i);
		jwt[i] = was;
		cr_expect(eq(int, jose_verify(&f.jwks, jwt, i, &claims, &e), -1), "cut at %zu", i);
	}
	cr_assert(eq(int, jose_verify(&f.jwks, jwt, len, &claims, &e), 0), "it was good");
	json_decref(claims);
}
