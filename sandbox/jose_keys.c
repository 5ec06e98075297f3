/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/jose.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <stdbool.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void jose_base64url(struct buf *out, const void *data, size_t len)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < len; i += 3) {
		size_t have = len - i < 3 ? len - i : 3;
		unsigned v = (unsigned)p[i] << 16;

		if (have > 1)
			v |= (unsigned)p[i + 1] << 8;
		if (have > 2)
			v |= p[i + 2];
		for (size_t j = 0; j <= have; j++)
			buf_addc(out, alphabet[v >> (18 - 6 * j) & 63]);
	}
}

int jose_unbase64url(struct buf *out, const char *text, size_t len)
{
	unsigned v = 0, bits = 0;

	if (len % 4 == 1)
		return -1;
	for (size_t i = 0; i < len; i++) {
		const char *at = text[i] ? strchr(alphabet, text[i]) : NULL;

		if (!at)
			return -1;
		v = (v << 6 | (unsigned)(at - alphabet)) & 0xffffff;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			buf_addc(out, (char)(v >> bits & 0xff));
		}
	}
	/* Bits that belong to no byte must be zero: one text for each value. */
	return v & ((1u << bits) - 1) ? -1 : 0;
}

int jose_generate(const char *alg, EVP_PKEY **out, struct err *e)
{
	*out = NULL;
	if (!strcmp(alg, "RS256"))
		*out = EVP_RSA_gen(2048);
	else if (!strcmp(alg, "ES256"))
		*out = EVP_EC_gen("P-256");
	else
		return err_set(e, ERR_INVALID, 0, "--alg %s: use RS256 or ES256", alg);
	return *out ? 0 : err_set(e, ERR_IO, 0, "unable to generate a %s key", alg);
}

const char *jose_alg(EVP_PKEY *key)
{
	return EVP_PKEY_is_a(key, "EC") ? "ES256" : "RS256";
}

/* PARAM of KEY, a number, as base64url; padded on the left to WIDTH bytes when that is more. */
static json_t *number(EVP_PKEY *key, const char *param, size_t width)
{
	AUTO(buf) struct buf text;
	unsigned char bytes[1024];
	BIGNUM *bn = NULL;
	int n = -1;

	buf_init(&text, 4096);
	if (EVP_PKEY_get_bn_param(key, param, &bn) != 1)
		return NULL;
	if (width < (size_t)BN_num_bytes(bn))
		width = (size_t)BN_num_bytes(bn);
	if (width <= sizeof(bytes))
		n = BN_bn2binpad(bn, bytes, (int)width);
	BN_free(bn);
	if (n < 0)
		return NULL;
	jose_base64url(&text, bytes, (size_t)n);
	return text.failed ? NULL : json_stringn(text.data, text.len);
}

/* RFC 7638 §3: SHA-256 of the required members, sorted, without white space. */
static json_t *thumbprint(const json_t *required)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	AUTO(free) char *text = json_dumps(required, JSON_COMPACT | JSON_SORT_KEYS);
	AUTO(buf) struct buf out;

	buf_init(&out, 128);
	if (!text)
		return NULL;
	(void)SHA256((unsigned char *)text, strlen(text), digest);
	jose_base64url(&out, digest, sizeof(digest));
	return out.failed ? NULL : json_stringn(out.data, out.len);
}

json_t *jose_jwk(EVP_PKEY *key)
{
	json_auto_t *jwk = NULL;

	if (EVP_PKEY_is_a(key, "EC"))
		jwk = json_pack("{s:s, s:s, s:o, s:o}", "kty", "EC", "crv", "P-256",
				"x", number(key, OSSL_PKEY_PARAM_EC_PUB_X, 32),
				"y", number(key, OSSL_PKEY_PARAM_EC_PUB_Y, 32));
	else
		jwk = json_pack("{s:s, s:o, s:o}", "kty", "RSA",
				"n", number(key, OSSL_PKEY_PARAM_RSA_N, 0),
				"e", number(key, OSSL_PKEY_PARAM_RSA_E, 0));
	if (!jwk || json_object_set_new(jwk, "kid", thumbprint(jwk)) < 0 ||
	    json_object_set_new(jwk, "alg", json_string(jose_alg(key))) < 0 ||
	    json_object_set_new(jwk, "use", json_string("sig")) < 0)
		return NULL;
	return TAKE(jwk);
}

/* Member NAME of JWK as a big number that the caller frees, or NULL. */
static BIGNUM *jwk_number(const json_t *jwk, const char *name)
{
	const char *text = json_string_value(json_object_get(jwk, name));
	AUTO(buf) struct buf bytes;

	buf_init(&bytes, 4096);
	if (!text || jose_unbase64url(&bytes, text, strlen(text)) < 0 || !bytes.len || bytes.failed)
		return NULL;
	return BN_bin2bn((unsigned char *)bytes.data, (int)bytes.len, NULL);
}

static bool push_rsa(const json_t *jwk, OSSL_PARAM_BLD *bld, BIGNUM *bn[2])
{
	bn[0] = jwk_number(jwk, "n");
	bn[1] = jwk_number(jwk, "e");
	return bn[0] && bn[1] && BN_num_bits(bn[0]) >= 2048 &&
	       OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_N, bn[0]) &&
	       OSSL_PARAM_BLD_push_BN(bld, OSSL_PKEY_PARAM_RSA_E, bn[1]);
}

/* POINT (at least 133 bytes) must live as long as BLD. */
static bool push_ec(const json_t *jwk, OSSL_PARAM_BLD *bld, BIGNUM *bn[2], unsigned char *point)
{
	static const struct {
		const char *name;
		int width;
	} curves[] = { { "P-256", 32 }, { "P-384", 48 }, { "P-521", 66 } };
	const char *crv = json_string_value(json_object_get(jwk, "crv"));
	size_t i = 0;

	while (i < COUNTOF(curves) && (!crv || strcmp(crv, curves[i].name)))
		i++;
	if (i == COUNTOF(curves))
		return false;
	bn[0] = jwk_number(jwk, "x");
	bn[1] = jwk_number(jwk, "y");
	point[0] = POINT_CONVERSION_UNCOMPRESSED;
	return bn[0] && bn[1] && BN_bn2binpad(bn[0], point + 1, curves[i].width) > 0 &&
	       BN_bn2binpad(bn[1], point + 1 + curves[i].width, curves[i].width) > 0 &&
	       OSSL_PARAM_BLD_push_utf8_string(bld, OSSL_PKEY_PARAM_GROUP_NAME, crv, 0) &&
	       OSSL_PARAM_BLD_push_octet_string(bld, OSSL_PKEY_PARAM_PUB_KEY, point,
						1 + 2 * (size_t)curves[i].width);
}

/* The public key that JWK describes, owned by the caller, or NULL. */
static EVP_PKEY *jwk_key(const json_t *jwk)
{
	const char *kty = json_string_value(json_object_get(jwk, "kty"));
	bool ec = kty && !strcmp(kty, "EC");
	OSSL_PARAM_BLD *bld = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, ec ? "EC" : "RSA", NULL);
	BIGNUM *bn[2] = { NULL, NULL };
	unsigned char point[1 + 2 * 66];
	OSSL_PARAM *params = NULL;
	EVP_PKEY *key = NULL;

	if (kty && (ec || !strcmp(kty, "RSA")) && bld && ctx &&
	    (ec ? push_ec(jwk, bld, bn, point) : push_rsa(jwk, bld, bn)) &&
	    (params = OSSL_PARAM_BLD_to_param(bld)) && EVP_PKEY_fromdata_init(ctx) == 1 &&
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
		key = NULL;
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(bld);
	EVP_PKEY_CTX_free(ctx);
	BN_free(bn[0]);
	BN_free(bn[1]);
	return key;
}

void jose_keys_fini(struct jose_keys *keys)
{
	for (size_t i = 0; i < keys->n; i++)
		EVP_PKEY_free(keys->key[i].pkey);
	keys->n = 0;
}

int jose_keys_parse(struct jose_keys *keys, const char *text, size_t len, struct err *e)
{
	json_auto_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	struct jose_keys found = { .n = 0 };
	json_t *jwk;
	size_t i;

	json_array_foreach(json_object_get(root, "keys"), i, jwk) {
		const char *kid = json_string_value(json_object_get(jwk, "kid"));
		struct jose_key *k = &found.key[found.n];

		if (found.n == JOSE_KEYS_MAX || !kid || strlen(kid) >= sizeof(k->kid))
			continue;
		k->pkey = jwk_key(jwk);
		if (!k->pkey)
			continue;
		(void)strcpy(k->kid, kid);
		found.n++;
	}
	if (!found.n)
		return err_set(e, ERR_INVALID, 0, "not a JWKS with an RSA or EC key that has a kid");
	jose_keys_fini(keys);
	*keys = found;
	return 0;
}
