/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTROLLER_ISSUER_H
#define CONTROLLER_ISSUER_H

/*
 * The keys that the API server serves for the tokens it signs, asked for at the start
 * and every minute after, beside those that the config says are registered inline in
 * the Claude Console (`issuer.registeredKeys`; of none it says nothing). A key that
 * signs before it is registered fails every exchange; a careful operator has it served
 * before it signs, and in that time it is told of here, by log and figure. Neither
 * readiness nor any review depends on it. Pure, but for the log and the clock.
 *
 * Source  GET /openid/v1/jwks; Kubernetes, Managing Service Accounts, issuer discovery.
 */

#include <stdbool.h>

#include "common/log.h"
#include "inject/inject.h"

#define ISSUER_PATH "/openid/v1/jwks"
#define ISSUER_AGAIN_MS 60000
#define ISSUER_RETRY_MS 10000	/* when there was no answer at all */

enum issuer_state {
	ISSUER_REGISTERED,	/* served, and the config lists it */
	ISSUER_UNREGISTERED,	/* served only: to be registered now */
	ISSUER_UNSERVED,	/* listed only: not in use yet, or not any more */
	ISSUER_UNKNOWN,		/* served, and the config has no list */
	ISSUER_STATES
};

struct issuer {
	struct log *log;	/* borrowed; its sys is used too */
	struct mono next;	/* when to ask again */
	struct mono heard;	/* of the last good answer */
	bool busy;		/* an answer is awaited */
	bool known;		/* there was a good answer */
	int failed;		/* HTTP status of a bad answer, 0 for none; -1: the last was good */
	struct strlist served;	/* kids, sorted */
	/* Kids, as the log last had them. */
	struct buf unregistered, unserved;
};

struct issuer_figures {
	bool known, listed;	/* what is served; what is registered */
	size_t n[ISSUER_STATES];
	int64_t age_ms;		/* since the last good answer; -1: none yet */
};

void issuer_init(struct issuer *is, struct log *log);
void issuer_fini(struct issuer *is);

/* "registered", "unregistered", "unserved", "unknown". */
const char *issuer_state_name(enum issuer_state state);

/* Is it time to ask? issuer_answer is then owed. */
bool issuer_due(struct issuer *is);

/*
 * What came of it: HTTP STATUS with TEXT (NULL for none), or 0 and WHY. REGISTERED is the
 * config's list. What is not understood changes nothing that was known before.
 */
void issuer_answer(struct issuer *is, const struct strlist *registered, int status,
		   const char *text, const char *why);

/* Say in the log what differs from REGISTERED, unless that was said last: once a second. */
void issuer_compare(struct issuer *is, const struct strlist *registered);

void issuer_measure(const struct issuer *is, const struct strlist *registered,
		    struct issuer_figures *out);

#endif
