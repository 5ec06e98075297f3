/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WRITER_PREFLIGHT_H
#define WRITER_PREFLIGHT_H

#include "common/sys.h"
#include "writer/options.h"

/*
 * Are the files there that every exchange needs? To find out by trying would
 * cost an assertion each time. A default CA bundle that is missing is left out
 * when another CA was given or none is needed.
 *
 * Errors  ERR_INVALID, naming the option to set.
 */
int preflight(struct sys *sys, struct options *o, struct err *e) MUST_CHECK;

#endif
