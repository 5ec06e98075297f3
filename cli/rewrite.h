/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_REWRITE_H
#define CLI_REWRITE_H

/* `kubectl wif inject`: the stream with the injection applied. */

#include "cli/decide.h"

/*
 * Append RUN's stream to OUT, changed where pods ask. After a refusal
 * RUN->refusal is set: OUT is then not to be printed.
 *
 * Errors  those of run_next, run_decide and edit_write.
 */
int rewrite(struct run *run, struct buf *out, struct err *e) MUST_CHECK;

#endif
