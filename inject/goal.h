/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INJECT_GOAL_H
#define INJECT_GOAL_H

/*
 * What the pod must hold in the end, rendered, and where the pod holds it
 * already. goal_build renders; goal_compare fills in `found`, or refuses when
 * something else stands under our names or at our paths.
 */

#include "inject/job.h"

struct piece {
	char name[32];
	size_t start, len; /* its JSON in goal.text */
	uint32_t found;	   /* the pod's value of this name; JSONSPAN_NONE: missing */
	uint32_t index;	   /* of `found` in its list */
	size_t part, part_len; /* of assertions: the one member that is ever put anew */
	bool renew;	       /* found, but to be put anew: it is another config's (renew.h) */
};

struct goal {
	struct buf text;
	struct piece volumes[2 * WRITERS_MAX + 1];
	struct piece init[2 * WRITERS_MAX + 1]; /* in the order they must run */
	struct piece ordinary[WRITERS_MAX];
	size_t n_volumes, n_init, n_ordinary;
};

int goal_build(struct job *job, struct goal *g) MUST_CHECK;
int goal_compare(struct job *job, struct goal *g) MUST_CHECK;
void goal_fini(struct goal *g);

static inline void auto_goal(struct goal *g)
{
	goal_fini(g);
}

/* The piece's JSON text; LEN bytes. */
const char *goal_text(const struct goal *g, const struct piece *p, size_t *len);

/* Is MOUNT, of container C, exactly what C as a consumer gets? */
bool goal_is_mount(const struct job *job, const struct container *c, uint32_t mount);

#endif
