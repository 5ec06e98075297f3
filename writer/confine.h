/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WRITER_CONFINE_H
#define WRITER_CONFINE_H

#include "common/log.h"
#include "writer/options.h"

/*
 * Give up core files, being traced by its own uid and new privileges, for this
 * process and the child. Comes before anything is opened.
 *
 * Nothing here can fail: what the kernel lacks is one line in LOG and left out.
 * Source  docs/trust.md; prctl(2).
 */
void confine_early(struct sys *sys, struct log *log);

/*
 * Give up, by Landlock, every file that `run` and `once` and the child never need:
 * all but the assertions (read), the output (write), the termination log, the
 * exchange (execute) and what resolving and verifying read. Of the CA bundle and
 * a source that is one file, the directories are allowed, those that symlinks
 * lead to as well, for files are replaced by rename.
 *
 * A rule holds the directory that is there now: one that is moved away and made
 * anew is refused with EACCES from then on, and only a new process gets in.
 *
 * Returns whether the rules hold, so that EACCES may be theirs. Nothing here can
 * fail: what the kernel lacks is one line in LOG and left out.
 * Source  docs/trust.md; Linux Documentation/userspace-api/landlock.rst.
 */
bool confine(struct sys *sys, struct log *log, const struct options *o);

#endif
