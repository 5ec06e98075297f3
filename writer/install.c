/* SPDX-License-Identifier: Apache-2.0 */
#include "writer/install.h"

#include <fcntl.h>
#include <string.h>

#include "common/fileio.h"
#include "writer/dirscan.h"
#include "writer/outdir.h"

#define WRITER "wif-writer"
#define EXCHANGE "wif-exchange"
#define CA_BUNDLE "ca-bundle.pem"

struct sweep {
	struct sys *sys;
	int dir;
};

/* DIR may hold other files than ours: only the temporaries of our names go. */
static void remove_torn(void *arg, const char *name)
{
	static const char *const starts[] = { "." WRITER ".", "." EXCHANGE ".", "." CA_BUNDLE "." };
	const struct sweep *s = arg;

	for (size_t i = 0; i < COUNTOF(starts); i++)
		if (!strncmp(name, starts[i], strlen(starts[i])) && outdir_temporary(name))
			(void)s->sys->ops->unlinkat(s->sys, s->dir, name);
}

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
	struct sweep s = { sys, dir };

	if (dir < 0)
		return -1;
	if (dirscan_each(sys, dir, remove_torn, &s, e) < 0 ||
	    copy(sys, o->program, dir, WRITER, 0111, e) < 0 ||
	    copy(sys, o->exchange, dir, EXCHANGE, 0111, e) < 0 ||
	    copy(sys, o->ca_bundle, dir, CA_BUNDLE, 0444, e) < 0)
		return err_wrap(e, "install into %.80s", o->install_dir);
	return 0;
}
