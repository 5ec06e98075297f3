/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WRITER_FAREWELL_H
#define WRITER_FAREWELL_H

/* Saying why there is no good credential, in one line for people. */

#include "common/creddir.h"
#include "writer/writer.h"

/*
 * "WriterDenied: no credential yet; exchange 12 s ago: HTTP 401 … (request id req_…)".
 *
 * now  wall time; FILES and S as just read. S may be all zero.
 */
void farewell_line(const struct creddir *files, const struct status *s, struct wall now,
		   struct buf *out);

/*
 * Give up visibly: the line into the termination log and into E.
 *
 * Returns 111.
 * Source  Kubernetes, container terminationMessagePath.
 */
int farewell(struct writer *w, struct err *e);

#endif
