/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTROLLER_EVENTS_H
#define CONTROLLER_EVENTS_H

/*
 * Refusals told where operators look: an Event on the object whose controller
 * wanted the pod (a ReplicaSet, a Job), which `kubectl describe` shows. The pod
 * itself was never made, and who made it by hand has read the refusal: without
 * an owner there is no Event.
 *
 * Refusals of one owner and reason are one Event whose count and last message
 * change. It is written at once, then no oftener than every EVENTS_AGAIN_MS; all
 * Events together are held to EVENTS_BURST at once and one a second. A series
 * that rests for EVENTS_REST_MS is forgotten, what finds no place is counted and
 * dropped. What fails for now (no answer, 429, 5xx) is tried again as long. On
 * the server's thread; nothing here waits.
 *
 * Source  core/v1 Event, which `kubectl describe` reads: of count, firstTimestamp
 *         and lastTimestamp, as client-go's tools/record writes them.
 */

#include <stdbool.h>

#include "common/buf.h"
#include "common/log.h"
#include "controller/review.h"

#define EVENTS_MAX 64		/* series in memory, 2 KiB each */
#define EVENTS_NAMESPACE_MAX 16	/* of them: one namespace's authors leave room for others */
#define EVENTS_AGAIN_MS 30000
#define EVENTS_REST_MS 600000
#define EVENTS_BURST 20

struct events {
	struct log *log;		/* borrowed; its sys is used too */
	const char *instance;		/* which replica; borrowed */
	struct events_series *series[EVENTS_MAX];	/* owned; NULL: a free place */
	struct events_series *busy;	/* the one that is being written, or NULL */
	unsigned tokens;
	struct mono refilled;
	uint64_t written, failed, dropped;	/* Events, Events, refusals */
};

/* What to send to the API server. */
struct events_write {
	const char *method, *content_type;	/* static */
	struct buf path, body;
};

void events_init(struct events *ev, struct log *log, const char *instance);
void events_fini(struct events *ev);

/* A pod was denied. Nothing is kept of a dry run, or of a pod without an owner. */
void events_note(struct events *ev, const struct review *about);

/*
 * What is due now, in OUT, whose buffers have a ceiling: true, and events_done is
 * then owed. False while something is being written.
 */
bool events_next(struct events *ev, struct events_write *out);
/* The HTTP status that it got; 0, and WHY, for none. */
void events_done(struct events *ev, int status, const char *why);

static inline void auto_events_write(struct events_write *w)
{
	buf_fini(&w->path);
	buf_fini(&w->body);
}

#endif
