/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WRITER_SERVE_H
#define WRITER_SERVE_H

#include "common/sys.h"
#include "writer/options.h"

/*
 * The verbs `run` and `once`, start to end: look that all is there, take the
 * directory, confine, loop. Log lines go to LOG_FD. The environment must not be
 * needed any more.
 *
 * Returns the exit status: 0, 100 or 111; what went wrong is in the log.
 */
int serve(struct sys *sys, struct options *o, int log_fd);

#endif
