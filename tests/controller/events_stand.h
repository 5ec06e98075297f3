/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_CONTROLLER_EVENTS_STAND_H
#define TESTS_CONTROLLER_EVENTS_STAND_H

#include <jansson.h>
#include <stdbool.h>

#include "controller/events.h"
#include "tests/controller/still.h"

/* Events, the clocks they go by, and the last write that they wanted. */
struct stand {
	struct still still;
	struct events events;
	struct review about;
	struct events_write write;
	json_t *body;
};

void stand_open(struct stand *s);
void stand_close(struct stand *s);

/* Deny a pod of the owner called NAME. */
void stand_deny(struct stand *s, const char *name);
/* Deny a pod of the owner number I, in namespaces that are filled one after the other. */
void stand_deny_many(struct stand *s, int i);

/* Is there something to write? It is answered with STATUS. */
bool stand_writes(struct stand *s, int status);

/* Of what was written last: the text under KEY, "" for none, and the count. */
const char *stand_member(const struct stand *s, const char *key);
int stand_count(const struct stand *s);

#endif
