/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WRITER_REFRESH_H
#define WRITER_REFRESH_H

/* One exchange, from "this assertion" to "this is what came of it". */

#include "writer/writer.h"

/*
 * Spend the assertion at INDEX of the supply: read it, write its id ahead, start
 * the child. What goes wrong before the child runs is logged and leaves the
 * assertion unspent.
 */
void refresh_begin(struct writer *w, size_t index);

/*
 * The child ended with wait status STATUS: read its answer, put the ledger
 * right, keep a granted token as pending, note everything for status and log.
 */
void refresh_finish(struct writer *w, int status);

#endif
