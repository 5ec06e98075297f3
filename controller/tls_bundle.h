/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTROLLER_TLS_BUNDLE_H
#define CONTROLLER_TLS_BUNDLE_H

/* Bundles of CA certificates as PEM text: put together, and tried on what a server shows. */

#include "controller/tls_identity.h"

#define TLS_BUNDLE_MAX 65536	/* bytes */
#define TLS_BUNDLE_CAS 8	/* certificates; a rotation needs two */

/*
 * Append to OUT, a bundle, the certificates of PEM that it does not hold and that
 * have not expired NOW, as long as there are no more than TLS_BUNDLE_CAS. What is
 * no certificate is left out. The same certificates in the same order always give
 * the same text. Whether it fitted is OUT's to say (buf_check).
 */
void tls_bundle_add(struct buf *out, const struct buf *pem, struct wall now);

/*
 * Would a client that trusts BUNDLE alone, as the API server trusts a caBundle, take
 * ID for HOST at the time NOW? A handshake in memory tells.
 *
 * Errors  ERR_INVALID: of tls_identity_check, or that no CA of the bundle signed it.
 * Source  Kubernetes, "Webhook configuration", Service reference: the name is
 *         SERVICE.NAMESPACE.svc.
 */
int tls_bundle_try(const struct buf *bundle, const struct tls_identity *id, const char *host,
		   struct wall now, struct err *e) MUST_CHECK;

#endif
