/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTROLLER_ADMISSION_H
#define CONTROLLER_ADMISSION_H

/*
 * POST /mutate: one review read, answered, counted and logged. One that needs a
 * Namespace or ServiceAccount which is not known here waits (parked) while the
 * others go on, until the object is read or its time is up; so does one whose pod
 * would be left alone, until its Namespace is read anew. When that fails the answer
 * is HTTP status 503, and the failurePolicy of the webhook that was called decides.
 */

#include "common/jsonspan.h"
#include "common/log.h"
#include "controller/metrics.h"
#include "controller/parked.h"
#include "controller/review.h"
#include "controller/store.h"
#include "inject/inject.h"
#include "net/httpd.h"

struct admission {
	struct log *log;			/* borrowed, as all pointers here */
	struct metrics *metrics;
	const struct settings *settings;	/* those in force; read anew for each review */
	enum sidecar_kind sidecar;		/* what their SIDECAR_AUTO means now */
	struct jsonspan span;			/* scratch */
	const struct store *store;		/* NULL: no cluster, everything is bare */
	/* Have WANTED read by DEADLINE; admission_on_got answers. Set with `store`. */
	int (*ask)(void *ctx, uint64_t id, const struct inject_wanted *wanted,
		   struct mono deadline, struct err *e);
	/* A pod was denied: told to people elsewhere. Set with `store`. */
	void (*denied)(void *ctx, const struct review *about);
	void *ctx;
	struct parked_list parked;
};

void admission_init(struct admission *a, struct log *log, struct metrics *metrics,
		    const struct settings *settings);
void admission_fini(struct admission *a);

/* on_request and on_gone of the admission listener; CTX is a struct admission. */
void admission_on_request(void *ctx, struct httpd_request *req);
void admission_on_gone(void *ctx, struct httpd_request *req);

/*
 * The answer to ask ID. OBJECT's text is taken (malloc'd; NULL when there is none)
 * and WHY copied.
 */
void admission_on_got(struct admission *a, uint64_t id, enum inject_known known, char *text,
		      const char *why);

/* Answer what waits beyond its time, should an answer never come; about once a second. */
void admission_poll(struct admission *a);

#endif
