/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTROLLER_PARKED_H
#define CONTROLLER_PARKED_H

/* Reviews that wait for an object to be read, and what each has found so far. */

#include <stdbool.h>

#include "common/clock.h"
#include "inject/inject.h"
#include "net/httpd.h"

#define PARKED_MAX 64
#define PARKED_DOUBTED_MAX 32	/* of them: each pod of a Namespace that is observed comes here */
#define PARKED_LATE_MS 1000	/* beyond the deadline: the answer will not come any more */

struct parked {
	struct httpd_request *req;	/* borrowed; NULL: a free place */
	uint64_t id;			/* never used twice */
	struct mono deadline;		/* for all its objects together */
	enum inject_kind wants;
	bool doubted;			/* what the store says of its Namespace, and read anew */
	struct parked_object {
		bool found;		/* there is an answer, if only that it is unknown */
		enum inject_known known;
		char *text;		/* owned */
		char why[120];
	} object[INJECT_KINDS];
};

struct parked_list {
	struct parked place[PARKED_MAX];
	uint64_t last_id;
};

/* Park REQ, which wants KIND; FOUND moves into it. NULL when no place is left for it. */
struct parked *parked_add(struct parked_list *l, struct httpd_request *req, struct parked *found,
			  enum inject_kind kind);

/* Free the place P; what it found moves to OUT, which holds nothing. */
void parked_take(struct parked *p, struct parked *out);

/* Note what is known of KIND now; TEXT is taken. */
void parked_found(struct parked *p, enum inject_kind kind, enum inject_known known, char *text,
		  const char *why);

/* Forget what each has found so far: it will ask again. */
void parked_forget(struct parked_list *l);

/* The one with ID; one that is late; or NULL. */
struct parked *parked_by_id(struct parked_list *l, uint64_t id);
struct parked *parked_late(struct parked_list *l, struct mono now);

/* REQ is gone. */
void parked_drop(struct parked_list *l, const struct httpd_request *req);

void parked_fini(struct parked_list *l);

void auto_parked(struct parked *p);

#endif
