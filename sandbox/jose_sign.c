/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/jose.h"

#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <stdbool.h>
#include <string.h>

/* The asymmetric algorithms of RFC 7518 §3.1; `none` and the HMACs are no rows on purpose. */
static const struct algorithm {
	const char *name, *digest;
	int ec_bytes;	/* of r and of s; 0: RSA */
	bool pss;
} algorithms[] = {
	{ "RS256", "SHA256", 0, false }, { "RS384", "SHA384", 0, false },
	{ "RS512", "SHA512", 0, false }, { "PS256", "SHA256", 0, true },
	{ "PS384", "SHA384", 0, true },	 { "PS512", "SHA512", 0, true },
	{ "ES256", "SHA256", 32, false }, { "ES384", "SHA384", 48, false },
	{ "ES512", "SHA512", 66, false },
};

static const struct algorithm *find_algorithm(const char *name)
{
	for (size_t i = 0; name && i < COUNTOF(algorithms); i++)
		if (!strcmp(algorithms[i].name, name))
			return &algorithms[i];
	return NULL;
}

/* PSS: MGF1 with the same digest, salt as long as the digest. Source: RFC 7518 §3.5. */
static bool set_padding(EVP_PKEY_CTX *ctx, const struct algorithm *alg)
{
	return !alg->pss || (EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
			     EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) == 1);
}

/* JOSE writes an ECDSA signature as r || s, OpenSSL as DER. Source: RFC 7518 §3.4. */
static int der_to_raw(const struct algorithm *alg, const unsigned char *der, size_t len,
		      struct buf *out)
{
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)len);
	unsigned char raw[2 * 66];
	int ret = -1;

	if (sig && BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, alg->ec_bytes) > 0 &&
	    BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + alg->ec_bytes, alg->ec_bytes) > 0) {
		buf_add(out, raw, 2 * (size_t)alg->ec_bytes);
		ret = 0;
	}
	ECDSA_SIG_free(sig);
	return ret;
}

/* The DER form of RAW, owned by OpenSSL's allocator, or NULL. */
static unsigned char *raw_to_der(const struct algorithm *alg, const struct buf *raw, int *len)
{
	const unsigned char *p = (const unsigned char *)raw->data;
	ECDSA_SIG *sig = NULL;
	unsigned char *der = NULL;
	BIGNUM *r, *s;

	if (raw->len != 2 * (size_t)alg->ec_bytes || !(sig = ECDSA_SIG_new()))
		return NULL;
	r = BN_bin2bn(p, alg->ec_bytes, NULL);
	s = BN_bin2bn(p + alg->ec_bytes, alg->ec_bytes, NULL);
	if (r && s && ECDSA_SIG_set0(sig, r, s)) {
		*len = i2d_ECDSA_SIG(sig, &der);
	} else {
		BN_free(r);
		BN_free(s);
	}
	ECDSA_SIG_free(sig);
	return der;
}

static int add_part(struct buf *out, const json_t *value)
{
	AUTO(free) char *text = json_dumps(value, JSON_COMPACT);

	if (!text)
		return -1;
	jose_base64url(out, text, strlen(text));
	return 0;
}

/* Append the signature of INPUT, in JOSE's form. */
static int raw_signature(EVP_PKEY *key, const struct algorithm *alg, const struct buf *input,
			 struct buf *out)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char sig[1024];
	EVP_PKEY_CTX *pctx;
	size_t len = sizeof(sig);
	int ret = -1;

	if (ctx && EVP_DigestSignInit_ex(ctx, &pctx, alg->digest, NULL, NULL, key, NULL) == 1 &&
	    set_padding(pctx, alg) &&
	    EVP_DigestSign(ctx, sig, &len, (unsigned char *)input->data, input->len) == 1) {
		if (alg->ec_bytes) {
			ret = der_to_raw(alg, sig, len, out);
		} else {
			buf_add(out, sig, len);
			ret = 0;
		}
	}
	EVP_MD_CTX_free(ctx);
	return ret;
}

int jose_sign(EVP_PKEY *key, const json_t *claims, struct buf *out, struct err *e)
{
	const struct algorithm *alg = find_algorithm(jose_alg(key));
	json_auto_t *jwk = jose_jwk(key);
	json_auto_t *header = json_pack("{s:s, s:O}", "alg", alg->name, "kid",
					json_object_get(jwk, "kid"));
	AUTO(buf) struct buf input, sig;

	buf_init(&input, 64 * 1024);
	buf_init(&sig, 1024);
	if (!header || add_part(&input, header) < 0)
		return err_set(e, ERR_NOMEM, 0, "unable to encode a token header");
	buf_addc(&input, '.');
	if (add_part(&input, claims) < 0)
		return err_set(e, ERR_NOMEM, 0, "unable to encode claims");
	if (buf_check(&input, "token", e) < 0)
		return -1;
	if (raw_signature(key, alg, &input, &sig) < 0)
		return err_set(e, ERR_IO, 0, "unable to sign a token");
	buf_addc(&input, '.');
	jose_base64url(&input, sig.data, sig.len);
	buf_add(out, input.data, input.len);
	return buf_check(&input, "token", e);
}

/* The JSON object that base64url TEXT holds, or NULL. */
static json_t *part_object(const char *text, size_t len)
{
	AUTO(buf) struct buf raw;
	json_auto_t *value = NULL;

	buf_init(&raw, 64 * 1024);
	if (jose_unbase64url(&raw, text, len) < 0 || raw.failed || !raw.len)
		return NULL;
	value = json_loadb(raw.data, raw.len, JSON_REJECT_DUPLICATES, NULL);
	return json_is_object(value) ? TAKE(value) : NULL;
}

static bool signature_fits(EVP_PKEY *key, const struct algorithm *alg, const char *input,
			   size_t len, const struct buf *sig)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char *der = NULL;
	EVP_PKEY_CTX *pctx;
	bool fits = false;
	int der_len = 0;

	if (alg->ec_bytes)
		der = raw_to_der(alg, sig, &der_len);
	if (ctx && (!alg->ec_bytes || der) &&
	    EVP_DigestVerifyInit_ex(ctx, &pctx, alg->digest, NULL, NULL, key, NULL) == 1 &&
	    set_padding(pctx, alg))
		fits = EVP_DigestVerify(ctx, der ? der : (unsigned char *)sig->data,
					der ? (size_t)der_len : sig->len,
					(const unsigned char *)input, len) == 1;
	OPENSSL_free(der);
	EVP_MD_CTX_free(ctx);
	return fits;
}

/* RSA for the RS and PS algorithms; for each ES its own curve. Source: RFC 7518 §3.1, §3.4. */
static bool key_fits(EVP_PKEY *key, const struct algorithm *alg)
{
	if (!alg->ec_bytes)
		return EVP_PKEY_is_a(key, "RSA");
	return EVP_PKEY_is_a(key, "EC") && (EVP_PKEY_get_bits(key) + 7) / 8 == alg->ec_bytes;
}

static EVP_PKEY *find_key(const struct jose_keys *keys, const char *kid)
{
	for (size_t i = 0; kid && i < keys->n; i++)
		if (!strcmp(keys->key[i].kid, kid))
			return keys->key[i].pkey;
	return NULL;
}

int jose_verify(const struct jose_keys *keys, const char *jwt, size_t len, json_t **claims,
		struct err *e)
{
	const char *dot1 = memchr(jwt, '.', len);
	const char *dot2 = dot1 ? memchr(dot1 + 1, '.', len - (size_t)(dot1 + 1 - jwt)) : NULL;
	json_auto_t *header = NULL, *payload = NULL;
	const struct algorithm *alg;
	AUTO(buf) struct buf sig;
	const char *kid;
	EVP_PKEY *key;

	*claims = NULL;
	buf_init(&sig, 1024);
	if (!dot2)
		return err_set(e, ERR_DENIED, 0, "assertion: not three parts");
	header = part_object(jwt, (size_t)(dot1 - jwt));
	payload = part_object(dot1 + 1, (size_t)(dot2 - dot1 - 1));
	if (!header || !payload)
		return err_set(e, ERR_DENIED, 0, "assertion: header or claims are not an object");
	alg = find_algorithm(json_string_value(json_object_get(header, "alg")));
	if (!alg || json_object_get(header, "crit"))
		return err_set(e, ERR_DENIED, 0, "assertion: alg is not RS, ES or PS 256, 384, 512");
	kid = json_string_value(json_object_get(header, "kid"));
	key = find_key(keys, kid);
	if (!key)
		return err_set(e, kid ? ERR_TRANSIENT : ERR_DENIED, 0,
			       "assertion: kid is not in the JWKS");
	if (!key_fits(key, alg))
		return err_set(e, ERR_DENIED, 0, "assertion: alg does not fit the key");
	if (jose_unbase64url(&sig, dot2 + 1, len - (size_t)(dot2 + 1 - jwt)) < 0 || !sig.len ||
	    sig.failed || !signature_fits(key, alg, jwt, (size_t)(dot2 - jwt), &sig))
		return err_set(e, ERR_DENIED, 0, "assertion: wrong signature");
	*claims = TAKE(payload);
	return 0;
}
