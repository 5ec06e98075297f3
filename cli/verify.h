/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_VERIFY_H
#define CLI_VERIFY_H

/* `kubectl wif verify`: a credential directory, as each official client judges it. */

#include <stdbool.h>

#include "common/buf.h"
#include "common/sys.h"

/*
 * Append one line per client to OUT; ALL_ACCEPT is set when none refuses.
 *
 * uid     the reader's.
 * Errors  ERR_INVALID when DIR is no directory or cannot be opened, ERR_NOMEM.
 * Source  contract.md §3.
 */
int verify(struct sys *sys, const char *dir, uid_t uid, struct buf *out, bool *all_accept,
	   struct err *e) MUST_CHECK;

#endif
