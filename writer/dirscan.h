/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WRITER_DIRSCAN_H
#define WRITER_DIRSCAN_H

#include "common/err.h"
#include "common/sys.h"

/*
 * Call ON(ARG, name) for each entry of the directory FD, "." and ".." left out.
 *
 * Errors  ERR_IO. Entries made or removed meanwhile may or may not be seen.
 */
int dirscan_each(struct sys *sys, int fd, void (*on)(void *arg, const char *name), void *arg,
		 struct err *e) MUST_CHECK;

#endif
