/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_SYS_H
#define COMMON_SYS_H

/*
 * The system calls that tests replace: one pointer carried by each top-level
 * context. sys_real() is the kernel; tests/support/fake_sys.c has virtual time
 * and makes the nth call of an operation fail.
 *
 * Each operation is the call of its name: same arguments, same result, same
 * errno. close is not among them: the guards of attr.h do it, and it cannot
 * fail in a way that changes what a caller does next.
 */

#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

#include "common/clock.h"

#define SYS_CHILD_FILE_MAX 65536

struct sys;

struct sys_ops {
	/* time and chance */
	struct mono (*boot_now)(struct sys *);
	struct wall (*wall_now)(struct sys *);
	int (*random)(struct sys *, void *out, size_t len); /* 0, or -1 with errno */

	/* files */
	int (*openat)(struct sys *, int dir, const char *name, int flags, mode_t mode);
	ssize_t (*read)(struct sys *, int fd, void *buf, size_t len);
	ssize_t (*write)(struct sys *, int fd, const void *buf, size_t len);
	off_t (*lseek)(struct sys *, int fd, off_t offset, int whence);
	int (*fstat)(struct sys *, int fd, struct stat *st);
	int (*fchmod)(struct sys *, int fd, mode_t mode);
	int (*fsync)(struct sys *, int fd);
	int (*flock)(struct sys *, int fd, int operation);
	int (*mkdirat)(struct sys *, int dir, const char *name, mode_t mode);
	int (*renameat)(struct sys *, int dir, const char *from, const char *to);
	int (*unlinkat)(struct sys *, int dir, const char *name);
	int (*rmdirat)(struct sys *, int dir, const char *name); /* unlinkat(AT_REMOVEDIR) */
	ssize_t (*readlinkat)(struct sys *, int dir, const char *name, char *out, size_t size);
	ssize_t (*getdents)(struct sys *, int fd, void *buf, size_t len); /* getdents64(2) */
	int (*memfd_create)(struct sys *, const char *name, unsigned flags);
	int (*add_seals)(struct sys *, int fd, int seals); /* fcntl(F_ADD_SEALS) */

	/* events */
	int (*inotify_init)(struct sys *, int flags);
	int (*inotify_add_watch)(struct sys *, int fd, const char *path, uint32_t mask);
	int (*timerfd_create)(struct sys *, int clock, int flags);
	int (*timerfd_settime)(struct sys *, int fd, int flags, const struct itimerspec *when);
	int (*sigblock)(struct sys *, const sigset_t *set); /* sigprocmask(SIG_BLOCK) */
	int (*signalfd)(struct sys *, const sigset_t *set, int flags);
	int (*poll)(struct sys *, struct pollfd *fds, nfds_t n, int timeout_ms);

	/*
	 * Start PATH with no arguments, an empty environment, IN and OUT as its
	 * stdin and stdout, this process's stderr and nothing else open. It dies
	 * with this process and cannot make any file longer than SYS_CHILD_FILE_MAX
	 * bytes (EFBIG). Returns its pid, or -1 with errno; a file that cannot be
	 * executed shows as exit status 127.
	 */
	pid_t (*spawn)(struct sys *, const char *path, int in, int out);
	pid_t (*waitpid)(struct sys *, pid_t pid, int *status, int flags);
	int (*kill)(struct sys *, pid_t pid, int sig);

	/* syscall(2), for prctl, prlimit64 and the Landlock calls, which libc lacks. */
	long (*call)(struct sys *, long number, const long args[5]);
};

struct sys {
	const struct sys_ops *ops;
	void *ctx; /* the fake's own state; NULL for the real one */
};

/* The kernel's calls. Needs no clean-up. */
struct sys sys_real(void);

#endif
