/* SPDX-License-Identifier: Apache-2.0 */
#include "writer/install.h"

#include <fcntl.h>
#include <string.h>

#include "common/fileio.h"
#include "writer/outdir.h"

static int copy(struct sys *sys, const char *from, int dir, const char *name, mode_t mode,
		struct err *e)
{
	AUTO(close) int fd = sys->ops->openat(sys, AT_FDCWD, from, O_RDONLY | O_CLOEXEC, 0);

	if (fd < 0)
		return err_set(e, ERR_IO, errno, "unable to open %.100s", from);
	return fileio_copy(sys, fd, dir, name, mode, e);
}

int install_run(struct sys *sys, const struct options *o, struct err *e)
{
	AUTO(close) int dir = outdir_open(sys, o->install_dir, NULL, e);

	if (dir < 0)
		return -1;
	if (copy(sys, o->program, dir, "wif-writer", 0111, e) < 0 ||
	    copy(sys, o->exchange, dir, "wif-exchange", 0111, e) < 0 ||
	    copy(sys, o->ca_bundle, dir, "ca-bundle.pem", 0444, e) < 0)
		return err_wrap(e, "install into %.80s", o->install_dir);
	return 0;
}
