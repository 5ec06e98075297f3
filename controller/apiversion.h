/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTROLLER_APIVERSION_H
#define CONTROLLER_APIVERSION_H

/*
 * How old the API server is, asked when it starts and every five minutes after,
 * since a control plane is upgraded under its webhooks. With `writer.sidecar: auto`
 * that decides how the writer is run. Pure, but for the log and the clock.
 *
 * Source  GET /version, version.Info; Kubernetes version skew policy: a server of
 *         1.32 has only kubelets of 1.29 or later, where native sidecars are on.
 */

#include <stdbool.h>

#include "common/log.h"
#include "inject/inject.h"

#define APIVERSION_PATH "/version"
#define APIVERSION_AGAIN_MS 300000
#define APIVERSION_RETRY_MS 2000

struct apiversion {
	struct log *log;		/* borrowed; its sys is used too */
	struct mono next;		/* when to ask again */
	bool busy;			/* an answer is awaited */
	bool answered;			/* it is known, or known that it cannot be */
	bool failed;			/* the last time; said in the log */
	enum sidecar_kind sidecar;	/* what it allows; SIDECAR_AUTO: not known */
};

void apiversion_init(struct apiversion *v, struct log *log);

/* Is it time to ask? apiversion_answer is then owed. */
bool apiversion_due(struct apiversion *v);

/*
 * What came of it: HTTP STATUS with TEXT (NULL for none), or 0 and WHY. What is not
 * understood changes nothing that was known before.
 */
void apiversion_answer(struct apiversion *v, int status, const char *text, const char *why);

#endif
