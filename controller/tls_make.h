/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTROLLER_TLS_MAKE_H
#define CONTROLLER_TLS_MAKE_H

/*
 * A CA that signs one certificate and is forgotten: its key never leaves this
 * function, so that nobody can sign another one with it, ever.
 */

#include "common/buf.h"
#include "common/clock.h"

struct tls_make {
	const char *service, *namespace_;	/* borrowed; DNS labels */
	struct wall now;
	int64_t life_s;				/* until both expire, seconds from now */
};

/*
 * Make the CA and the certificate of a Service: names SERVICE.NAMESPACE.svc (the
 * one an API server uses), SERVICE.NAMESPACE.svc.cluster.local and
 * SERVICE.NAMESPACE; ECDSA P-256; good from up to 5 minutes ago, for clocks that
 * differ.
 *
 * out     ca, cert (the leaf alone) and key are appended to, PEM; all are initialised.
 * Errors  ERR_NOMEM, ERR_BUG naming OpenSSL's reason.
 * Source  RFC 5280 §4.2; CA/Browser Forum BR §7.1.2 for what a verifier expects.
 */
int tls_make(const struct tls_make *what, struct buf *ca, struct buf *cert, struct buf *key,
	     struct err *e) MUST_CHECK;

#endif
