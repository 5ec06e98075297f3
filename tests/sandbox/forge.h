/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SANDBOX_FORGE_H
#define TESTS_SANDBOX_FORGE_H

/* JWTs of every kind, good and bad, and the keys to sign them. */

#include <stdbool.h>

#include "sandbox/jose.h"

enum forge_key { FORGE_RSA, FORGE_P256, FORGE_P384, FORGE_P521, FORGE_KEYS };

/* What signs: SHA-2 of BITS; PSS padding for RSA when asked. */
struct forge_how {
	enum forge_key key;
	int bits;
	bool pss;
};

struct forge {
	EVP_PKEY *key[FORGE_KEYS];
	struct jose_keys jwks;	/* their public halves; kid "k0" to "k3" */
};

void forge_init(struct forge *f);
void forge_fini(struct forge *f);

/* A heap string: HEADER and CLAIMS, texts of any content, with a right signature. */
char *forge_jwt(const struct forge *f, struct forge_how how, const char *header,
		const char *claims);

static inline void auto_forge(struct forge *f)
{
	forge_fini(f);
}

#endif
