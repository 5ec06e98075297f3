/* SPDX-License-Identifier: Apache-2.0 */
#include "writer/outdir.h"

#include <fcntl.h>
#include <string.h>

#include "common/fileio.h"
#include "writer/dirscan.h"

#define OPEN_DIR (O_RDONLY | O_DIRECTORY | O_CLOEXEC)
#define TEMP_DIGITS 16 /* of common/fileio.c's temporaries: .NAME.16 hex digits */

static int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

int outdir_peek(struct sys *sys, const char *path, const char *sub, struct err *e)
{
	AUTO(close) int root = sys->ops->openat(sys, AT_FDCWD, path, OPEN_DIR, 0);
	int fd;

	if (root < 0)
		return err_set(e, ERR_IO, errno, "unable to open %s", path);
	if (!sub)
		return take_fd(&root);
	fd = sys->ops->openat(sys, root, sub, OPEN_DIR | O_NOFOLLOW, 0);
	if (fd < 0)
		return err_set(e, ERR_IO, errno, "unable to open %s/%s", path, sub);
	return fd;
}

static bool make(struct sys *sys, int dir, const char *name)
{
	return sys->ops->mkdirat(sys, dir, name, 0755) == 0 || errno == EEXIST;
}

int outdir_open(struct sys *sys, const char *path, const char *sub, struct err *e)
{
	AUTO(close) int root = sys->ops->openat(sys, AT_FDCWD, path, OPEN_DIR, 0);
	int fd;

	if (root < 0 && errno == ENOENT) {
		if (!make(sys, AT_FDCWD, path))
			return err_set(e, ERR_IO, errno, "unable to make %s", path);
		root = sys->ops->openat(sys, AT_FDCWD, path, OPEN_DIR, 0);
	}
	if (root < 0)
		return err_set(e, ERR_IO, errno, "unable to open %s", path);
	if (!sub)
		return take_fd(&root);
	fd = sys->ops->openat(sys, root, sub, OPEN_DIR | O_NOFOLLOW, 0);
	if (fd < 0 && (errno == ELOOP || errno == ENOTDIR)) {
		if (sys->ops->unlinkat(sys, root, sub) < 0)
			return err_set(e, ERR_IO, errno,
				       "unable to remove %s/%s, which is no directory", path, sub);
		errno = ENOENT;
	}
	if (fd < 0 && errno == ENOENT) {
		if (!make(sys, root, sub))
			return err_set(e, ERR_IO, errno, "unable to make %s/%s", path, sub);
		fd = sys->ops->openat(sys, root, sub, OPEN_DIR | O_NOFOLLOW, 0);
	}
	return fd >= 0 ? fd : err_set(e, ERR_IO, errno, "unable to open %s/%s", path, sub);
}

int outdir_clear(struct sys *sys, int dir, const char *path, const char *sub, const char *name,
		 int why, struct err *e)
{
	const char *slash = sub ? "/" : "";

	sub = sub ? sub : "";
	if (why == EISDIR && sys->ops->rmdirat(sys, dir, name) < 0)
		return err_set(e, ERR_IO, errno,
			       "a directory stands at %.80s%s%s/%s where a file belongs; remove it",
			       path, slash, sub, name);
	if ((why == ELOOP || why == ENXIO) && sys->ops->unlinkat(sys, dir, name) < 0)
		return err_set(e, ERR_IO, errno, "unable to remove %.80s%s%s/%s, which is no file",
			       path, slash, sub, name);
	if (why == EISDIR || why == ELOOP || why == ENXIO)
		return 0;
	return err_set(e, ERR_IO, why, "unable to open %.80s%s%s/%s", path, slash, sub, name);
}

int outdir_replace(struct sys *sys, const char *path, const char *sub, const char *name,
		   struct span content, mode_t mode, struct err *e)
{
	AUTO(close) int dir = outdir_open(sys, path, sub, e);

	struct err first = { 0 };

	if (dir < 0)
		return -1;
	if (fileio_replace(sys, dir, name, content.s, content.len, mode, &first) == 0)
		return 0;
	if (first.sys == EISDIR && outdir_clear(sys, dir, path, sub, name, EISDIR, e) < 0)
		return -1;
	if (first.sys != EISDIR)
		*e = first;
	if (first.sys != EISDIR ||
	    fileio_replace(sys, dir, name, content.s, content.len, mode, e) < 0)
		return err_wrap(e, "%.80s%s%s", path, sub ? "/" : "", sub ? sub : "");
	return 0;
}

struct sweep {
	struct sys *sys;
	int dir;
};

bool outdir_temporary(const char *name)
{
	size_t n = strlen(name);

	return name[0] == '.' && n > TEMP_DIGITS + 2 && name[n - TEMP_DIGITS - 1] == '.' &&
	       strspn(name + n - TEMP_DIGITS, "0123456789abcdef") == TEMP_DIGITS;
}

static void remove_temporary(void *arg, const char *name)
{
	const struct sweep *s = arg;

	if (outdir_temporary(name))
		(void)s->sys->ops->unlinkat(s->sys, s->dir, name);
}

void outdir_sweep(struct sys *sys, const char *path)
{
	static const char *const subs[] = { NULL, OUTDIR_CONFIGS, OUTDIR_CREDENTIALS,
					    OUTDIR_STATE };

	for (size_t i = 0; i < COUNTOF(subs); i++) {
		struct err ignored = { 0 };
		AUTO(close) int fd = outdir_peek(sys, path, subs[i], &ignored);
		struct sweep s = { sys, fd };

		if (fd >= 0 && dirscan_each(sys, fd, remove_temporary, &s, &ignored) < 0)
			continue;
	}
}
