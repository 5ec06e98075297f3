/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WRITER_CHECK_H
#define WRITER_CHECK_H

/* The verbs `check` and `status`: they read, and change nothing. */

#include "common/buf.h"
#include "common/sys.h"
#include "writer/options.h"

/*
 * Is the credential directory good? With o->wait_ms, wait for it to become so:
 * the directories are watched, nothing polls.
 *
 * line  gets why not, one line, when the answer is no.
 * Returns 0 yes, 1 no.
 */
int check_run(struct sys *sys, const struct options *o, struct buf *line);

/* One JSON object and a newline onto OUT; says "none" where nothing can be read. */
void check_status(struct sys *sys, const struct options *o, struct buf *out);

#endif
