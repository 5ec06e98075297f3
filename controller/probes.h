/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTROLLER_PROBES_H
#define CONTROLLER_PROBES_H

/* GET /healthz, /readyz and /metrics. */

#include <stdbool.h>

#include "common/log.h"
#include "controller/metrics.h"
#include "net/httpd.h"

struct probes {
	struct log *log;		/* borrowed, as all pointers here */
	const struct metrics *metrics;
	bool terminating;
	struct err certificate;		/* why the API server would not take it, or ERR_NONE */
	bool synced;			/* the cluster is known */
	char told[sizeof(((struct err *)0)->msg)]; /* the last answer of /readyz that was logged */
};

/* Why no review should be sent here, or NULL when all is well. */
const char *probes_not_ready(const struct probes *p);

/*
 * The on_request of the metrics listener; CTX is a struct probes. Answers before it returns. An
 * answer of /readyz that is another than the last is logged.
 */
void probes_on_request(void *ctx, struct httpd_request *req);

#endif
