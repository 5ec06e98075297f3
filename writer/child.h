/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WRITER_CHILD_H
#define WRITER_CHILD_H

/*
 * One run of the exchange program: request in by a memfd, answer out by another.
 * Both are wiped when it ends.
 */

#include <stdbool.h>

#include "common/buf.h"
#include "common/sys.h"

struct child {
	pid_t pid; /* 0: none runs */
	int in, out;
	size_t in_len;
	struct mono deadline;
};

void child_init(struct child *c);

/*
 * Start PATH with REQUEST on its stdin. C must be idle.
 *
 * deadline  when the caller will call child_kill; kept in C for its loop.
 * Errors    ERR_IO: nothing was started, REQUEST went nowhere.
 */
int child_start(struct sys *sys, struct child *c, const char *path, const struct buf *request,
		struct mono deadline, struct err *e) MUST_CHECK;

/* SIGKILL; its end is reported as any other. */
void child_kill(struct sys *sys, const struct child *c);

/*
 * Reap every child that has ended, as PID 1 must. True when C is among them:
 * STATUS is then its wait status.
 */
bool child_reap(struct sys *sys, const struct child *c, int *status);

/*
 * Read the answer of the ended child into OUT, wipe and close both files; C is
 * idle after, whatever this returns.
 *
 * Errors  ERR_TRANSIENT when it did not exit 0, ERR_IO, ERR_TOO_BIG.
 */
int child_finish(struct sys *sys, struct child *c, int status, struct buf *out,
		 struct err *e) MUST_CHECK;

/* Kill, wait, wipe. For the way out. */
void child_fini(struct sys *sys, struct child *c);

#endif
