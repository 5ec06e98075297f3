/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_CONTROLLER_CERT_BENCH_H
#define TESTS_CONTROLLER_CERT_BENCH_H

/* Replicas that keep their certificate, in a world whose seconds a test lets pass. */

#include "controller/certs.h"
#include "tests/controller/cert_api.h"
#include "tests/support/fake_sys.h"

#define CERT_BENCH_REPLICAS 2
#define CERT_BENCH_LIFE_S 90
#define CERT_BENCH_START_S 1800000000

/* Replicas of the controller, the API server that they share, and virtual time. */
struct cert_bench {
	struct fake_sys *fake;
	struct sys sys;
	struct log log;
	struct cert_api api;
	struct certs certs[CERT_BENCH_REPLICAS];
	bool cut_off[CERT_BENCH_REPLICAS];	/* its requests get no answer */
	bool late;				/* any of them ever is */
	struct buf bundles[3];			/* what was published 0, 1 and 2 s ago */
};

void cert_bench_open(struct cert_bench *b);
void cert_bench_close(struct cert_bench *b);

/* One second of the world; and SECONDS of it, at each of which all that is shown is verified. */
void cert_bench_tick(struct cert_bench *b);
void cert_bench_run(struct cert_bench *b, int seconds);

/* Replica I is ready; or it is not, and says WANT. */
void cert_bench_expect(struct cert_bench *b, int i, const char *want);

/* Another hand puts a pair for SERVICE into the Secret, good for LIFE_S from FROM_S from now. */
void cert_bench_pair(struct cert_bench *b, const char *service, int64_t life_s, int64_t from_s);

/* How many CAs are published. */
int cert_bench_cas(const struct cert_bench *b);

#endif
