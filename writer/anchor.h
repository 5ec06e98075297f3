/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WRITER_ANCHOR_H
#define WRITER_ANCHOR_H

/*
 * Whether the directories that a Landlock ruleset holds are still the ones at
 * their paths. One made anew stays shut to this process, and opens to the next.
 */

#include "common/err.h"
#include "common/sys.h"
#include "writer/options.h"

struct anchor {
	int assertions, output; /* O_PATH; open, no other directory gets their inode numbers */
};

void anchor_init(struct anchor *a);
void anchor_fini(struct anchor *a);

/* Hold what is at the paths now. What cannot be held is not looked at later. */
void anchor_drop(struct anchor *a, struct sys *sys, const struct options *o);

/*
 * 0 while nothing else stands at a path that is held; nothing at all may be there.
 *
 * Errors  -1 and ERR_TRANSIENT: exit, and be started again.
 */
int anchor_check(const struct anchor *a, struct sys *sys, const struct options *o,
		 struct err *e) MUST_CHECK;

#endif
