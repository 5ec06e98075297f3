/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WRITER_REQUEST_H
#define WRITER_REQUEST_H

#include "common/buf.h"
#include "writer/kv.h"
#include "writer/options.h"

#define REQUEST_MAX_BYTES 65536

/*
 * Append to OUT what the exchange child reads: "key value" lines, an empty line,
 * the assertion to the end. Pure. OUT holds a secret afterwards.
 *
 * Errors  ERR_TOO_BIG, ERR_NOMEM.
 * Source  design.md §6, Child; docs/man/wif-exchange.8.
 */
int request_build(const struct options *o, struct span assertion, struct buf *out,
		  struct err *e) MUST_CHECK;

#endif
