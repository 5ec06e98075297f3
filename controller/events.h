/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTROLLER_EVENTS_H
#define CONTROLLER_EVENTS_H

/*
 * What went wrong told where operators look: an Event on the object whose controller
 * wanted the pod (a ReplicaSet, a Job), which `kubectl describe` shows. A pod that was
 * refused was never made, and who made it by hand has read the refusal: without an owner
 * there is no Event. Of a writer's end ends.h says who is told.
 *
 * News of one owner and reason are one Event whose count and last message
 * change. It is written at once, then no oftener than every EVENTS_AGAIN_MS; all
 * Events together are held to EVENTS_BURST at once and one a second. A series
 * that rests for EVENTS_REST_MS is forgotten, what finds no place is counted and
 * dropped. What fails for now (no answer, 429, 5xx) is tried again as long. On
 * the server's thread; nothing here waits.
 *
 * A refusal is known to the one replica that was asked. What every replica sees is given
 * the same Event's name by all: whose POST comes first tells it, and goes on counting; to the
 * others 409 says that it is told.
 *
 * Source  core/v1 Event, which `kubectl describe` reads: of count, firstTimestamp
 *         and lastTimestamp, as client-go's tools/record writes them.
 */

#include <stdbool.h>

#include "common/buf.h"
#include "common/log.h"
#include "controller/owner.h"
#include "controller/review.h"

#define EVENTS_MAX 64		/* series in memory, 2 KiB each */
#define EVENTS_NAMESPACE_MAX 16	/* of them: one namespace's authors leave room for others */
#define EVENTS_SHARED_MAX 32	/* of them: writers that all end leave room for refusals */
#define EVENTS_AGAIN_MS 30000
#define EVENTS_REST_MS 600000
#define EVENTS_BURST 20

/* REASON happens to OWNER, again or for the first time. */
struct events_news {
	const char *namespace_, *message;	/* cut to REVIEW_MESSAGE_SIZE, between characters */
	const struct owner *owner;
	const char *reason;	/* a code; static */
	uint64_t shared;	/* what names the Event on every replica; 0: this one alone knows */
};

struct events {
	struct log *log;		/* borrowed; its sys is used too */
	const char *instance;		/* which replica; borrowed */
	struct events_series *series[EVENTS_MAX];	/* owned; NULL: a free place */
	struct events_series *busy;	/* the one that is being written, or NULL */
	unsigned tokens;
	struct mono refilled;
	uint64_t written, failed, dropped;	/* Events, Events, news */
};

/* What to send to the API server. */
struct events_write {
	const char *method, *content_type;	/* static */
	struct buf path, body;
};

void events_init(struct events *ev, struct log *log, const char *instance);
void events_fini(struct events *ev);

/* Nothing is kept of what has no owner. */
void events_note(struct events *ev, const struct events_news *news);
/* A pod was denied: so it is noted, but of a dry run. */
void events_denied(struct events *ev, const struct review *about);

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
