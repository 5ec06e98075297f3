/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INJECT_STRIP_H
#define INJECT_STRIP_H

/*
 * Take another config's injection out of the pod again. What goes:
 *   each volume and container under our names;
 *   of the containers that it served, by its status or by what they mount, the
 *   mounts of those volumes, and the variables that it put there;
 *   each list that is then empty.
 *
 * A variable is taken for put there when it has the value that the config gave it,
 * and stands behind the first of them: what the application's author wrote is before
 * that. What mode env gave nobody can tell but by its place: the variables directly
 * behind the token's, in our order.
 */

#include "inject/former.h"

/*
 * Write the operations into OPS, an array without its end, and the pod's text after
 * them into TEXT. Both are empty at first.
 *
 * Errors  ERR_NOMEM, ERR_TOO_BIG.
 */
int strip(const struct job *job, const struct former *f, struct buf *ops,
	  struct buf *text) MUST_CHECK;

#endif
