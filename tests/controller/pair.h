/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_CONTROLLER_PAIR_H
#define TESTS_CONTROLLER_PAIR_H

/* A CA, and a certificate of it with its key, as PEM. */

#include "common/buf.h"

struct pair {
	struct buf ca, cert, key;
};

/* For the Service NAMESPACE/SERVICE, good from AT_S (seconds since 1970) for LIFE_S. */
struct pair pair_make(const char *namespace_, const char *service, int64_t at_s, int64_t life_s);

static inline void auto_pair(struct pair *p)
{
	buf_fini(&p->ca);
	buf_fini(&p->cert);
	buf_fini(&p->key);
}

#endif
