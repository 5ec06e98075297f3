/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_SYS_H
#define COMMON_SYS_H

/*
 * The system calls that tests replace: one pointer carried by each top-level
 * context. sys_real() is the kernel; tests/support/fake_sys.c has virtual time
 * and makes the nth call of an operation fail.
 *
 * Each operation is the call of its name: same arguments, same result, same errno.
 */

#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "common/clock.h"

struct sys;

struct sys_ops {
	struct mono (*boot_now)(struct sys *);
	struct wall (*wall_now)(struct sys *);
	int (*random)(struct sys *, void *out, size_t len); /* 0, or -1 with errno */
	int (*openat)(struct sys *, int dir, const char *name, int flags, mode_t mode);
	ssize_t (*read)(struct sys *, int fd, void *buf, size_t len);
	ssize_t (*write)(struct sys *, int fd, const void *buf, size_t len);
	int (*fstat)(struct sys *, int fd, struct stat *st);
	int (*fchmod)(struct sys *, int fd, mode_t mode);
	int (*fsync)(struct sys *, int fd);
	int (*mkdirat)(struct sys *, int dir, const char *name, mode_t mode);
	int (*renameat)(struct sys *, int dir, const char *from, const char *to);
	int (*unlinkat)(struct sys *, int dir, const char *name);
};

struct sys {
	const struct sys_ops *ops;
	void *ctx; /* the fake's own state; NULL for the real one */
};

/* The kernel's calls. Needs no clean-up. */
struct sys sys_real(void);

#endif
