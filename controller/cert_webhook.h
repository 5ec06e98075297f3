/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTROLLER_CERT_WEBHOOK_H
#define CONTROLLER_CERT_WEBHOOK_H

/* The webhook configuration, as far as its caBundle goes. Pure. */

#include <stdbool.h>

#include "controller/cert_object.h"

#define CERT_WEBHOOKS_MAX 16

/* The entries of a MutatingWebhookConfiguration that call one Service. */
struct cert_webhook {
	char version[CERT_VERSION_SIZE];
	char names[CERT_WEBHOOKS_MAX][CERT_NAME_SIZE];
	size_t n;
	bool agree;		/* all have the same caBundle */
	struct buf bundle;	/* that one, or all, one after the other */
};

void cert_webhook_init(struct cert_webhook *w);
void cert_webhook_fini(struct cert_webhook *w);

/*
 * Read LEN bytes of TEXT into W, as cert_secret_read does.
 *
 * Errors  also ERR_INVALID when no entry calls SERVICE of NAMESPACE_.
 * Source  admissionregistration.k8s.io/v1 MutatingWebhookConfiguration.
 */
int cert_webhook_read(struct cert_webhook *w, const char *text, size_t len,
		      const char *namespace_, const char *service, struct err *e) MUST_CHECK;

/* Do A and B have the same webhooks, with the same caBundles? Not before they were read. */
bool cert_webhook_same(const struct cert_webhook *a, const struct cert_webhook *b);

/*
 * Append the apply patch that says, of the configuration NAME at W's version, that
 * W's entries have the caBundle BUNDLE, and nothing else: of what an apply says its
 * manager is the owner.
 *
 * Source  Kubernetes, "Server-Side Apply"; `webhooks` is a map by `name`.
 */
void cert_webhook_patch(const struct cert_webhook *w, const char *name, const struct buf *bundle,
			struct buf *out);

static inline void auto_cert_webhook(struct cert_webhook *w)
{
	cert_webhook_fini(w);
}

#endif
