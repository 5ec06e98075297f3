/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WRITER_WRITER_H
#define WRITER_WRITER_H

/* The supervisor's whole state; one of it, on main's stack. */

#include "common/log.h"
#include "writer/anchor.h"
#include "writer/child.h"
#include "writer/events.h"
#include "writer/ledger.h"
#include "writer/options.h"
#include "writer/schedule.h"
#include "writer/source.h"
#include "writer/status.h"

struct writer {
	struct sys *sys;	   /* borrowed */
	const struct options *opt; /* borrowed */
	struct log log;
	struct mono dry; /* since when nothing has been valid; SCHED_NEVER while something is */
	uint64_t seed;
	int lock; /* holds the flock while open */
	struct anchor anchor; /* holds what Landlock holds us to */
	struct events events;
	struct child child;

	struct supply supply;
	bool scan_due;
	struct ledger ledger;

	struct {
		bool have, repair;
		struct mono requested, expires;
		int64_t expires_at_s;
	} disk; /* the credential file, as last seen */

	struct {
		struct assertion jwt;
		enum sched_use use; /* what it was before */
		struct mono requested;
		struct wall wall;
	} flight; /* the exchange that the child is at */

	struct {
		struct buf token; /* empty: none */
		struct mono requested, expires;
	} pending; /* granted, not yet on disk */

	struct {
		int64_t date_s; /* 0 = never */
		struct mono at;
	} heard; /* the endpoint's clock, when it last told */

	struct sched_attempt last;
	struct mono io_gate;
	unsigned io_failures;
	bool leaving, left_over; /* stop asked for; and the last refresh is behind us */
	bool told_lifetime, told_supply, told_skew, told_unconfined; /* once each */
	char io_problem[161]; /* with files; "" = none. The assertions' is supply.problem */
	struct status status, saved;
};

/* A writer that has touched nothing yet. Borrows SYS and OPT. */
void writer_init(struct writer *w, struct sys *sys, const struct options *opt, int log_fd);

/* Kill the child, wipe what is secret, close everything. */
void writer_fini(struct writer *w);

static inline void auto_writer(struct writer *w)
{
	writer_fini(w);
}

/* The rule's lifetime of a token: as the last grant had it, until then as planned. */
int64_t writer_lifetime_s(const struct writer *w);

/* The picture that the schedule decides by. */
void writer_view(const struct writer *w, struct sched_view *v);

/* A disk operation went wrong: say so, and let the disk rest (1 s doubling to 60 s). */
void writer_io_failed(struct writer *w, const char *msg, const struct err *e);
void writer_io_done(struct writer *w);

/* Put w->status on disk if it changed. */
void writer_tell(struct writer *w, const struct sched_next *next);

#endif
