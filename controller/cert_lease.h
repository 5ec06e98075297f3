/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTROLLER_CERT_LEASE_H
#define CONTROLLER_CERT_LEASE_H

/* The Lease that says which replica writes. Pure. */

#include "common/clock.h"
#include "controller/cert_object.h"

#define CERT_LEASE_S 30

struct cert_lease {
	char version[CERT_VERSION_SIZE];
	char holder[CERT_NAME_SIZE];	/* "": none */
};

/* Read LEN bytes of TEXT. Errors: as cert_secret_read. Source: coordination.k8s.io/v1 Lease. */
int cert_lease_read(struct cert_lease *l, const char *text, size_t len, struct err *e) MUST_CHECK;

/* Append the merge patch by which HOLDER has the lease from NOW, if it is still at L's version. */
void cert_lease_patch(const struct cert_lease *l, const char *holder, struct wall now,
		      struct buf *out);

#endif
