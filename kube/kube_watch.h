/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KUBE_KUBE_WATCH_H
#define KUBE_KUBE_WATCH_H

/*
 * One kind of object, listed in pages and then watched for ever: a watch that
 * ends is taken up where it was, one whose past is gone (410, as a status or as
 * an event) begins with a list again, and failures are waited out with jitter.
 * On the kube thread alone.
 *
 * Source  Kubernetes API concepts, "Efficient detection of changes".
 */

#include "common/log.h"
#include "kube/kube_http.h"
#include "kube/kube_queue.h"

enum kube_watch_phase { KUBE_WATCH_WAITING, KUBE_WATCH_LISTING, KUBE_WATCH_STREAMING };

struct kube_watch {
	/* set by kube_watch_init; borrowed */
	struct kube_http *http;
	struct sys *sys;
	struct log *log;
	void (*post)(void *ctx, struct kube_message *m); /* takes M */
	void *ctx;
	enum kube_kind kind;
	const char *prefix;		/* changed by kube_watch_restart */
	/* of whole objects; NULL: their metadata is enough (kube_event.h) */
	int (*reduce)(const struct json_t *object, const char *prefix, char **out);
	/* own */
	enum kube_watch_phase phase;
	struct mono next;		/* when to go on, while waiting */
	struct mono since;		/* when the stream began */
	unsigned failures;		/* in a row */
	unsigned limit;			/* objects a page */
	bool renewed;			/* a 401 was answered by trying again at once */
	bool fed;			/* the stream said something */
	char version[KUBE_VERSION_SIZE];	/* to watch from; "": list first */
	char *more;			/* the next page's token, owned */
	struct buf body;		/* a page, or the line under way */
	struct err fault;		/* what was wrong in it */
	struct kube_call call;
};

/* W must stay where it is. The first list begins at the first step. */
void kube_watch_init(struct kube_watch *w, struct kube_http *http, struct log *log,
		     enum kube_kind kind, const char *prefix,
		     int (*reduce)(const struct json_t *object, const char *prefix, char **out),
		     void (*post)(void *ctx, struct kube_message *m), void *ctx);
void kube_watch_fini(struct kube_watch *w);

/* Begin what is due; returns the milliseconds until the next step is, -1 for none. */
int kube_watch_step(struct kube_watch *w);

/* Forget everything and list by PREFIX at the next step. */
void kube_watch_restart(struct kube_watch *w, const char *prefix);

#endif
