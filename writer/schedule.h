/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WRITER_SCHEDULE_H
#define WRITER_SCHEDULE_H

/*
 * What the writer does next, and until when it sleeps. Pure: a picture of the
 * world in, one action out; no clock, no file, no memory of its own.
 *
 * Source  design.md §6: Schedule, Supply, Clock, Giving up visibly.
 */

#include "common/clock.h"
#include "writer/answer.h"

#define SCHED_ASSERTIONS_MAX 24
#define SCHED_GIVE_UP_S 300 /* expired for so long: say it by exiting */
#define SCHED_NEVER ((struct mono){ INT64_MAX })

enum sched_use { USE_FREE, USE_ONCE_MORE, USE_SPENT };

struct sched_assertion {
	int64_t iat_s, exp_s; /* wall seconds, as the issuer wrote them */
	enum sched_use use;
	struct mono seen; /* when this process first saw it */
};

/* The last exchange of this process. */
struct sched_attempt {
	enum result result;
	struct mono at;		/* when its outcome was known */
	unsigned failures;	/* in a row, this one included; 0 after a grant */
	unsigned spent;		/* those among them that cost an assertion */
	int64_t retry_after_s;	/* -1 when not said */
};

struct sched_view {
	struct mono now;
	struct wall wall;
	struct mono dry;	/* since when this process sees nothing valid; or SCHED_NEVER */
	uint64_t seed;		/* differs from pod to pod, stays the same in one */
	int64_t lifetime_s;	/* of a full grant: as learned, else as planned */
	bool leaving;		/* a stop signal came: refresh now or never */
	bool once;		/* the verb `once`: gives up without a first success too */

	bool have;		/* a credential file that clients accept, expired or not */
	bool ever;		/* there was one at some time in this pod's life */
	bool repair;		/* its mode is wrong: write it again */
	struct mono requested, expires;
	int64_t expires_at_s;	/* wall seconds, as it stands in the file */

	bool pending;		/* a newer credential waits in memory to be stored … */
	struct mono pending_requested, pending_expires;
	struct mono io_gate;	/* no disk write is tried before this */

	struct sched_attempt last;
	struct sched_assertion a[SCHED_ASSERTIONS_MAX];
	size_t n;
};

enum sched_act {
	ACT_WAIT,
	ACT_EXCHANGE,	/* spend assertion `index` */
	ACT_STORE,	/* write the pending credential */
	ACT_REWRITE,	/* same token, expires_at (or mode) put right */
	ACT_GIVE_UP
};

struct sched_next {
	enum sched_act act;
	size_t index;	/* ACT_EXCHANGE */
	struct mono at; /* ACT_WAIT: look again then, unless something happens first */
	bool waiting;	/* a refresh is due and no assertion is worth spending */
};

struct sched_next schedule_next(const struct sched_view *v);

/* Whether clients have a valid credential, or one is ready to be stored. */
bool schedule_valid(const struct sched_view *v);

/* When the credential should be refreshed: at half of its life, up to 10 % of that earlier. */
struct mono schedule_due(struct mono requested, struct mono expires, uint64_t seed);

/* Assertions of lifetime E_S that a rule of LIFETIME_S uses between two rotations. */
int64_t schedule_demand(int64_t e_s, int64_t lifetime_s);

#endif
