/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTROLLER_CERT_PLAN_H
#define CONTROLLER_CERT_PLAN_H

/*
 * What to do now about a certificate that we keep ourselves. Pure.
 *
 * Each pair has a CA of its own, whose key is forgotten. A renewal makes the next
 * pair, publishes its CA beside the one in force, waits until every API server has
 * seen that, and only then switches: whichever of the two a replica shows, however
 * late it learns, the published bundle verifies it. A CA leaves the bundle when it
 * has expired, and with it every certificate that it signed.
 */

#include <stdbool.h>

#include "common/clock.h"

enum cert_action {
	CERT_KEEP,
	CERT_PREPARE,	/* make a pair and put it beside the one in force, with its CA */
	CERT_PUBLISH,	/* put the CAs into the webhook configuration */
	CERT_SWITCH,	/* the next pair is the one in force from now on */
	CERT_ACTIONS
};

struct cert_pair {
	bool there;		/* a pair that a client would take, but for its dates */
	struct wall not_before, not_after;
	uint32_t chance;	/* the same for every replica; spreads the renewals of clusters */
};

struct cert_view {
	struct cert_pair current, next;
	bool published;		/* the webhook configuration has exactly the CAs it should */
	struct mono since;	/* when its caBundles were first seen as they are */
};

/* The action that V asks for. */
enum cert_action cert_plan_next(const struct cert_view *v, struct wall now, struct mono mono);

/* When P is renewed: after two thirds of its life, up to a tenth of its life earlier. */
struct wall cert_plan_renew_at(const struct cert_pair *p);

/*
 * Have the caBundles been as they are for so long that every API server has seen
 * them? A thirtieth of P's life, at least a second and at most a minute.
 */
bool cert_plan_settled(const struct cert_view *v, const struct cert_pair *p, struct mono mono);

#endif
