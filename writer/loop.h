/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WRITER_LOOP_H
#define WRITER_LOOP_H

#include "writer/writer.h"

/*
 * The verbs `run` and `once`: ask the schedule, do it, sleep, until a stop
 * signal, the goal of `once`, or giving up. W is open (store_open, events_open).
 *
 * Returns the exit status: 0, or 111 after giving up, the reason then being in
 * the termination log and in E.
 */
int loop_run(struct writer *w, struct err *e);

#endif
