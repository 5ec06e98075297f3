/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_EDIT_H
#define CLI_EDIT_H

/* Write a changed tree back into the text it was read from. */

#include "cli/tree.h"

/*
 * Append to OUT the LEN bytes of TEXT with the changes marked in T: only lines
 * that change are touched, comments stay, line ends are as in TEXT. The result
 * is read again and compared with T. Where that cannot be (a value with aliases
 * in it, a list in brackets that loses an item), the document is written anew
 * and *ANEW set: comments between its lines are then lost.
 *
 * Errors  ERR_TOO_BIG, ERR_NOMEM; ERR_BUG when what was written anew does not
 *         read back as T. OUT may then hold a part.
 */
int edit_write(const struct tree *t, const char *text, size_t len, struct buf *out, bool *anew,
	       struct err *e) MUST_CHECK;

#endif
