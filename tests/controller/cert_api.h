/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_CONTROLLER_CERT_API_H
#define TESTS_CONTROLLER_CERT_API_H

/*
 * The three objects of an API server that certificates live in, without a network:
 * it answers what certs_next asks, refuses a patch of an older version, and fails
 * on order. Any request that it does not know ends the test.
 */

#include <stdbool.h>

#include "controller/certs.h"

#define CERT_API_NS "wif-system"
#define CERT_API_SERVICE "wif"
#define CERT_API_KEYS 5
#define CERT_API_WEBHOOKS 3

enum cert_api_object { API_SECRET, API_WEBHOOK, API_LEASE, API_OBJECTS };

struct cert_api {
	char *data[CERT_API_KEYS];	/* base64; NULL: no such key */
	char *bundle[CERT_API_WEBHOOKS];	/* of the webhooks' entries that call our Service */
	char holder[128];
	int version[API_OBJECTS];
	int writes[API_OBJECTS], conflicts;
	int refuse[API_OBJECTS];	/* answer patches of it with this status; 0: take them */
	int refuse_get[API_OBJECTS];
	bool down;			/* no answer at all */
	/* May be NULL; the second, when it was taken. */
	void (*before_patch)(struct cert_api *a, enum cert_api_object object);
	void (*after_patch)(struct cert_api *a, enum cert_api_object object);
};

struct cert_api cert_api_open(void);
void cert_api_close(struct cert_api *a);

/* Put PEM text into the Secret under key I (ca.crt, tls.crt, tls.key, next.crt, next.key). */
void cert_api_put(struct cert_api *a, int i, const char *pem);

/* Serve what C asks now, until it rests; how many requests that were. */
int cert_api_serve(struct cert_api *a, struct certs *c);

/* The same for a fake_api, as fake_api_others says; CTX is a struct cert_api. */
int cert_api_http(void *ctx, const char *method, const char *target, const char *body,
		  char **text);

/* The caBundle of webhook I in OUT, which is initialised here. */
void cert_api_bundle(const struct cert_api *a, int i, struct buf *out);

static inline void auto_cert_api(struct cert_api *a)
{
	cert_api_close(a);
}

#endif
