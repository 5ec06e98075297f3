/* SPDX-License-Identifier: Apache-2.0 */
#include "common/fileio.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

int fileio_read_fd(struct sys *sys, int fd, const char *name, struct buf *out, struct err *e)
{
	char chunk[4096];
	int ret = 0;

	for (;;) {
		ssize_t n = sys->ops->read(sys, fd, chunk, sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			ret = err_set(e, ERR_IO, errno, "unable to read %s", name);
		if (n <= 0)
			break;
		buf_add(out, chunk, (size_t)n);
		if (out->failed)
			break;
	}
	explicit_bzero(chunk, sizeof(chunk));
	return ret ? ret : buf_check(out, name, e);
}

int fileio_read(struct sys *sys, int dir, const char *name, int flags, struct buf *out,
		struct err *e)
{
	AUTO(close) int fd = -1;
	struct stat st;

	fd = sys->ops->openat(sys, dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags, 0);
	if (fd < 0)
		return err_set(e, ERR_IO, errno, "unable to open %s", name);
	if (sys->ops->fstat(sys, fd, &st) < 0)
		return err_set(e, ERR_IO, errno, "unable to stat %s", name);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_INVALID, 0, "%s is not a regular file", name);
	return fileio_read_fd(sys, fd, name, out, e);
}

int fileio_write_all(struct sys *sys, int fd, const void *data, size_t len, const char *what,
		     struct err *e)
{
	const char *p = data;

	while (len) {
		ssize_t n = sys->ops->write(sys, fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_set(e, ERR_IO, n ? errno : EIO, "unable to write %s", what);
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

/* ".NAME.XXXXXXXXXXXXXXXX": a name that nobody can guess and readers ignore. */
static int temp_name(struct sys *sys, const char *name, char *out, size_t size, struct err *e)
{
	unsigned char r[8];
	int n = snprintf(out, size, ".%s.", name);

	if (strchr(name, '/') || n < 0 || (size_t)n + 2 * sizeof(r) >= size)
		return err_set(e, ERR_INVALID, 0, "unable to write %s: not a plain file name", name);
	if (sys->ops->random(sys, r, sizeof(r)) < 0)
		return err_set(e, ERR_IO, errno, "unable to draw a random name for %s", name);
	for (size_t i = 0; i < sizeof(r); i++)
		(void)snprintf(out + n + 2 * i, 3, "%02x", r[i]);
	return 0;
}

/* What a new file is made of: LEN bytes of DATA, or all that FROM still has. */
struct content {
	const void *data;
	size_t len;
	int from; /* -1 when DATA counts */
};

static int pour(struct sys *sys, int from, int fd, const char *name, struct err *e)
{
	char chunk[4096];

	for (;;) {
		ssize_t n = sys->ops->read(sys, from, chunk, sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, ERR_IO, errno, "unable to read the source of %s", name);
		if (n == 0)
			return 0;
		if (fileio_write_all(sys, fd, chunk, (size_t)n, name, e) < 0)
			return -1;
	}
}

static int fill(struct sys *sys, int fd, const char *name, const struct content *c, mode_t mode,
		struct err *e)
{
	if (c->from >= 0 ? pour(sys, c->from, fd, name, e) < 0
			 : fileio_write_all(sys, fd, c->data, c->len, name, e) < 0)
		return -1;
	if (sys->ops->fchmod(sys, fd, mode) < 0)
		return err_set(e, ERR_IO, errno, "unable to set the mode of %s", name);
	if (sys->ops->fsync(sys, fd) < 0)
		return err_set(e, ERR_IO, errno, "unable to sync %s", name);
	return 0;
}

static int replace(struct sys *sys, int dir, const char *name, const struct content *c, mode_t mode,
		   struct err *e)
{
	AUTO(close) int fd = -1;
	char temp[128];

	if (temp_name(sys, name, temp, sizeof(temp), e) < 0)
		return -1;
	fd = sys->ops->openat(sys, dir, temp,
			      O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_set(e, ERR_IO, errno, "unable to create a temporary for %s", name);
	if (fill(sys, fd, name, c, mode, e) < 0) {
		(void)sys->ops->unlinkat(sys, dir, temp);
		return -1;
	}
	if (sys->ops->renameat(sys, dir, temp, name) < 0) {
		err_set(e, ERR_IO, errno, "unable to replace %s", name);
		(void)sys->ops->unlinkat(sys, dir, temp);
		return -1;
	}
	if (sys->ops->fsync(sys, dir) < 0)
		return err_set(e, ERR_IO, errno, "unable to sync the directory of %s", name);
	return 0;
}

int fileio_replace(struct sys *sys, int dir, const char *name, const void *data, size_t len,
		   mode_t mode, struct err *e)
{
	const struct content c = { .data = data, .len = len, .from = -1 };

	return replace(sys, dir, name, &c, mode, e);
}

int fileio_copy(struct sys *sys, int from, int dir, const char *name, mode_t mode, struct err *e)
{
	const struct content c = { .from = from };

	return replace(sys, dir, name, &c, mode, e);
}
