/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WRITER_EVENTS_H
#define WRITER_EVENTS_H

/*
 * Everything that wakes the writer, behind one poll: signals, the source's
 * directory, the next action's time, and steps of the wall clock. Between
 * events the process does not run at all.
 */

#include "common/sys.h"
#include "writer/options.h"

enum {
	EVENT_STOP = 1,	  /* a stop signal, whichever the image chose */
	EVENT_CHILD = 2,  /* a child ended */
	EVENT_SOURCE = 4, /* the assertions may have changed */
	EVENT_CLOCK = 8,  /* the wall clock was set */
	EVENT_UNWATCHED = 16 /* the directory went away: watch again, scan again */
};

struct events {
	int signals, timer, wall, notify;
	bool watching, linked; /* linked: symlinks lead to the source, their directories too */
};

void events_init(struct events *ev);
void events_fini(struct events *ev);

/*
 * Block the signals and open the descriptors.
 *
 * Errors  ERR_IO.
 */
int events_open(struct events *ev, struct sys *sys, struct err *e) MUST_CHECK;

/*
 * Watch the directory of the source, and of a file those that its symlinks lead
 * to; again and again does no harm.
 *
 * Errors  ERR_IO: nothing is watched, the caller looks by the clock.
 */
int events_watch(struct events *ev, struct sys *sys, enum source_kind kind, const char *path,
		 struct err *e) MUST_CHECK;

/*
 * Sleep until something happens or UNTIL. WHAT gets the EVENT_ bits, 0 when it
 * is merely time.
 *
 * Errors  ERR_IO when poll itself fails; the caller may call again.
 */
int events_wait(struct events *ev, struct sys *sys, struct mono until, enum source_kind kind,
		const char *path, unsigned *what, struct err *e) MUST_CHECK;

#endif
