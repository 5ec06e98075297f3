/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KUBE_KUBE_ERRAND_H
#define KUBE_KUBE_ERRAND_H

/*
 * One request to the API server for one message of the server's thread, which
 * becomes its answer: an object read now (KUBE_ASK), or a request as it was
 * written (KUBE_REQUEST). On the kube thread.
 */

#include "kube/kube_http.h"
#include "kube/kube_queue.h"

struct kube_errand {
	struct kube_errand *next;	/* the owner's */
	struct kube_http *http;		/* borrowed, as the prefix */
	struct sys *sys;
	const char *prefix;
	struct kube_message *message;	/* owned; it becomes the answer */
	struct buf body;		/* of the API server's answer */
	bool renewed;			/* a 401 was answered by trying again */
	struct kube_call call;
	/* The answer, for whoever asked; takes M. D is the callee's to free. */
	void (*done)(void *ctx, struct kube_errand *d, struct kube_message *m);
	void *ctx;
};

/* Prepare; MESSAGE is taken. NULL without memory: MESSAGE is then the caller's still. */
struct kube_errand *kube_errand_new(struct kube_http *http, struct sys *sys, const char *prefix,
				    struct kube_message *message,
				    void (*done)(void *ctx, struct kube_errand *d,
						 struct kube_message *m),
				    void *ctx);
void kube_errand_start(struct kube_errand *d); /* may call `done` before it returns */
void kube_errand_free(struct kube_errand *d);

/* Turn MESSAGE into its answer: nothing came of it, and WHY. */
void kube_errand_refuse(struct kube_message *message, const char *why);

#endif
