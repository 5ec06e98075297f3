/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KUBE_KUBE_GET_H
#define KUBE_KUBE_GET_H

/* One object read from the API server now, for a review that waits; on the kube thread. */

#include "kube/kube_http.h"
#include "kube/kube_queue.h"

struct kube_get {
	struct kube_get *next;	/* the owner's */
	struct kube_http *http;	/* borrowed, as the prefix */
	struct sys *sys;
	const char *prefix;
	struct kube_message *ask;	/* the KUBE_ASK, owned; it becomes the KUBE_GOT */
	struct buf body;
	bool renewed;		/* a 401 was answered by trying again */
	struct kube_call call;
	/* The answer, for whoever asked; takes M. G is the callee's to free. */
	void (*done)(void *ctx, struct kube_get *g, struct kube_message *m);
	void *ctx;
};

/* Begin; ASK is taken. NULL without memory: ASK is then the caller's still. */
struct kube_get *kube_get_new(struct kube_http *http, struct sys *sys, const char *prefix,
			      struct kube_message *ask,
			      void (*done)(void *ctx, struct kube_get *g, struct kube_message *m),
			      void *ctx);
void kube_get_start(struct kube_get *g); /* may call `done` before it returns */
void kube_get_free(struct kube_get *g);

#endif
