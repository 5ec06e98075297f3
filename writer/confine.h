/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WRITER_CONFINE_H
#define WRITER_CONFINE_H

#include "common/log.h"
#include "writer/options.h"

/*
 * Give up what `run` and `once` never need, for this process and the child: core
 * files, being traced by its own uid, new privileges, and by Landlock every file
 * but the assertions (read), the output (write), the termination log, the
 * exchange (execute) and what resolving and verifying read.
 *
 * Nothing here can fail: what the kernel lacks is one line in LOG and left out.
 * Source  docs/trust.md; Linux Documentation/userspace-api/landlock.rst.
 */
void confine(struct sys *sys, struct log *log, const struct options *o);

#endif
