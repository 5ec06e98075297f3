/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_FILEIO_H
#define COMMON_FILEIO_H

/* Whole files in, whole files out. */

#include "common/buf.h"
#include "common/sys.h"

/*
 * Append the content of DIR/NAME to OUT; OUT's ceiling is the file's limit.
 *
 * dir    a directory descriptor, or AT_FDCWD.
 * flags  added to O_RDONLY | O_CLOEXEC, e.g. O_NOFOLLOW.
 * Errors ERR_IO (sys = errno), ERR_TOO_BIG, ERR_NOMEM; ERR_INVALID when NAME is
 *        not a regular file. OUT may then hold a part.
 */
int fileio_read(struct sys *sys, int dir, const char *name, int flags, struct buf *out,
		struct err *e) MUST_CHECK;

/*
 * Append all that FD still has to OUT, under the same ceiling; NAME is for the message.
 *
 * Errors  ERR_IO, ERR_TOO_BIG, ERR_NOMEM. OUT may then hold a part.
 */
int fileio_read_fd(struct sys *sys, int fd, const char *name, struct buf *out,
		   struct err *e) MUST_CHECK;

/*
 * Write all LEN bytes to FD, continuing after short writes and EINTR.
 *
 * Errors  ERR_IO; WHAT names the target in the message.
 */
int fileio_write_all(struct sys *sys, int fd, const void *data, size_t len, const char *what,
		     struct err *e) MUST_CHECK;

/*
 * Replace DIR/NAME with LEN bytes of DATA so that readers see the old file or
 * the new one, never a part: a temporary of a random name in DIR
 * (O_EXCL | O_NOFOLLOW), full write, fchmod, fsync, rename, fsync DIR.
 *
 * mode    permission bits, whatever the umask; the file belongs to the caller.
 * Errors  ERR_IO (sys = errno), ERR_INVALID when NAME has a '/' or is too long.
 *         After an error the old file is untouched and the temporary removed;
 *         only if the last fsync of DIR fails is the new file in place already.
 * Source  rename(2); kubernetes pkg/volume/util AtomicWriter.
 */
int fileio_replace(struct sys *sys, int dir, const char *name, const void *data, size_t len,
		   mode_t mode, struct err *e) MUST_CHECK;

/*
 * Replace DIR/NAME with the content of FROM, a file already open for reading,
 * under the promises of fileio_replace. FROM is read in pieces, from where it stands.
 */
int fileio_copy(struct sys *sys, int from, int dir, const char *name, mode_t mode,
		struct err *e) MUST_CHECK;

#endif
