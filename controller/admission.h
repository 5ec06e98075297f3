/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTROLLER_ADMISSION_H
#define CONTROLLER_ADMISSION_H

/* POST /mutate: one review read, answered, counted and logged. */

#include "common/jsonspan.h"
#include "common/log.h"
#include "controller/metrics.h"
#include "inject/inject.h"
#include "net/httpd.h"

struct admission {
	struct log *log;			/* borrowed, as all pointers here */
	struct metrics *metrics;
	const struct settings *settings;	/* those in force; read anew for each review */
	struct jsonspan span;			/* scratch */
};

void admission_init(struct admission *a, struct log *log, struct metrics *metrics,
		    const struct settings *settings);
void admission_fini(struct admission *a);

/* on_request of the admission listener; CTX is a struct admission. Answers before it returns. */
void admission_on_request(void *ctx, struct httpd_request *req);

#endif
