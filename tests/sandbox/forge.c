/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/forge.h"

#include <criterion/criterion.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <string.h>

void forge_init(struct forge *f)
{
	static const char *const curves[FORGE_KEYS] = { NULL, "P-256", "P-384", "P-521" };

	memset(f, 0, sizeof(*f));
	for (size_t i = 0; i < FORGE_KEYS; i++) {
		struct jose_key *k = &f->jwks.key[i];

		f->key[i] = curves[i] ? EVP_EC_gen(curves[i]) : EVP_RSA_gen(2048);
		cr_assert(f->key[i] && EVP_PKEY_up_ref(f->key[i]));
		k->pkey = f->key[i];
		(void)snprintf(k->kid, sizeof(k->kid), "k%zu", i);
	}
	f->jwks.n = FORGE_KEYS;
}

void forge_fini(struct forge *f)
{
	jose_keys_fini(&f->jwks);
	for (size_t i = 0; i < FORGE_KEYS; i++)
		EVP_PKEY_free(f->key[i]);
}

/* r || s, each of BYTES, from the DER form. */
static void add_raw(struct buf *out, const unsigned char *der, size_t len, int bytes)
{
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)len);
	unsigned char raw[132];

	cr_assert(sig && BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, bytes) == bytes &&
		  BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + bytes, bytes) == bytes);
	jose_base64url(out, raw, 2 * (size_t)bytes);
	ECDSA_SIG_free(sig);
}

char *forge_jwt(const struct forge *f, struct forge_how how, const char *header, const char *claims)
{
	static const int bytes[FORGE_KEYS] = { 0, 32, 48, 66 };
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	AUTO(buf) struct buf out;
	unsigned char sig[512];
	size_t len = sizeof(sig);
	EVP_PKEY_CTX *pctx;
	char digest[16];

	buf_init(&out, 64 * 1024);
	jose_base64url(&out, header, strlen(header));
	buf_addc(&out, '.');
	jose_base64url(&out, claims, strlen(claims));
	(void)snprintf(digest, sizeof(digest), "SHA%d", how.bits);
	cr_assert(EVP_DigestSignInit_ex(ctx, &pctx, digest, NULL, NULL, f->key[how.key], NULL) == 1);
	if (how.pss)
		cr_assert(EVP_PKEY_CTX_set_rsa_padding(pctx, RSA_PKCS1_PSS_PADDING) == 1 &&
			  EVP_PKEY_CTX_set_rsa_pss_saltlen(pctx, RSA_PSS_SALTLEN_DIGEST) == 1);
	cr_assert(EVP_DigestSign(ctx, sig, &len, (unsigned char *)out.data, out.len) == 1);
	EVP_MD_CTX_free(ctx);
	buf_addc(&out, '.');
	if (bytes[how.key])
		add_raw(&out, sig, len, bytes[how.key]);
	else
		jose_base64url(&out, sig, len);
	cr_assert(!out.failed);
	return buf_take(&out);
}
