/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WRITER_OUTDIR_H
#define WRITER_OUTDIR_H

/*
 * The output directory, opened anew for each write: it may be replaced under a
 * process that runs for months.
 */

#include "common/err.h"
#include "common/sys.h"
#include "writer/kv.h"

#define OUTDIR_CONFIGS "configs"
#define OUTDIR_CREDENTIALS "credentials"
#define OUTDIR_STATE ".wif"

/*
 * A descriptor of PATH/SUB (SUB NULL: of PATH), which the caller closes. What is
 * missing is made. What stands at SUB and is not a directory, a symlink among
 * it, is removed: nobody but this program has a say in PATH.
 *
 * Errors  -1 and ERR_IO.
 */
int outdir_open(struct sys *sys, const char *path, const char *sub, struct err *e) MUST_CHECK;

/* As outdir_open, but it makes and removes nothing. */
int outdir_peek(struct sys *sys, const char *path, const char *sub, struct err *e) MUST_CHECK;

/*
 * Make way for the file NAME in DIR, which is PATH/SUB: opening or renaming it ended
 * with WHY. A symlink or a socket (ELOOP, ENXIO) and an empty directory (EISDIR) are
 * removed: no file of ours is one. Anything else is not touched.
 *
 * Errors  -1 and ERR_IO; of a directory that is not empty, it says what to remove.
 */
int outdir_clear(struct sys *sys, int dir, const char *path, const char *sub, const char *name,
		 int why, struct err *e) MUST_CHECK;

/*
 * Replace PATH/SUB/NAME as fileio_replace does, with outdir_open before it, and once
 * more after outdir_clear where a directory is in the way.
 *
 * Errors  theirs; the message names the directory.
 */
int outdir_replace(struct sys *sys, const char *path, const char *sub, const char *name,
		   struct span content, mode_t mode, struct err *e) MUST_CHECK;

/* Whether NAME is what fileio_replace calls a file that is not complete. */
bool outdir_temporary(const char *name);

/*
 * Remove the temporaries that killed writers left behind. The caller holds the
 * lock. What cannot be removed stays: it harms nobody.
 */
void outdir_sweep(struct sys *sys, const char *path);

#endif
