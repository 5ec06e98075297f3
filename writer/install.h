/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WRITER_INSTALL_H
#define WRITER_INSTALL_H

#include "common/sys.h"
#include "writer/options.h"

/*
 * The verb `install`: put this program, the exchange and the CA bundle into
 * o->install_dir. Programs get mode 0111, so that exec leaves them non-dumpable;
 * the bundle 0444. Each is replaced as a whole; running it again does no harm.
 *
 * Errors  ERR_IO.
 */
int install_run(struct sys *sys, const struct options *o, struct err *e) MUST_CHECK;

#endif
