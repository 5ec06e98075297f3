/* SPDX-License-Identifier: Apache-2.0 */
#include "common/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static struct mono real_boot_now(struct sys *sys)
{
	struct timespec t;

	(void)sys;
	(void)clock_gettime(CLOCK_BOOTTIME, &t);
	return (struct mono){ (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec };
}

static struct wall real_wall_now(struct sys *sys)
{
	struct timespec t;

	(void)sys;
	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (struct wall){ (int64_t)t.tv_sec };
}

static int real_random(struct sys *sys, void *out, size_t len)
{
	unsigned char *p = out;

	(void)sys;
	while (len) {
		ssize_t n = getrandom(p, len, 0);

		if (n < 0 && errno != EINTR)
			return -1;
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

static int real_openat(struct sys *sys, int dir, const char *name, int flags, mode_t mode)
{
	(void)sys;
	return openat(dir, name, flags, mode);
}

static ssize_t real_read(struct sys *sys, int fd, void *buf, size_t len)
{
	(void)sys;
	return read(fd, buf, len);
}

static ssize_t real_write(struct sys *sys, int fd, const void *buf, size_t len)
{
	(void)sys;
	return write(fd, buf, len);
}

static int real_fstat(struct sys *sys, int fd, struct stat *st)
{
	(void)sys;
	return fstat(fd, st);
}

static int real_fchmod(struct sys *sys, int fd, mode_t mode)
{
	(void)sys;
	return fchmod(fd, mode);
}

static int real_fsync(struct sys *sys, int fd)
{
	(void)sys;
	return fsync(fd);
}

static int real_mkdirat(struct sys *sys, int dir, const char *name, mode_t mode)
{
	(void)sys;
	return mkdirat(dir, name, mode);
}

static int real_renameat(struct sys *sys, int dir, const char *from, const char *to)
{
	(void)sys;
	return renameat(dir, from, dir, to);
}

static int real_unlinkat(struct sys *sys, int dir, const char *name)
{
	(void)sys;
	return unlinkat(dir, name, 0);
}

static const struct sys_ops real_ops = {
	.boot_now = real_boot_now,
	.wall_now = real_wall_now,
	.random = real_random,
	.openat = real_openat,
	.read = real_read,
	.write = real_write,
	.fstat = real_fstat,
	.fchmod = real_fchmod,
	.fsync = real_fsync,
	.mkdirat = real_mkdirat,
	.renameat = real_renameat,
	.unlinkat = real_unlinkat,
};

struct sys sys_real(void)
{
	return (struct sys){ .ops = &real_ops };
}
