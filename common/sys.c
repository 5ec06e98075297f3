/* SPDX-License-Identifier: Apache-2.0 */
#include "common/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define CLOSE_RANGE 436 /* the same number everywhere; musl 1.2.3 has no name for it */

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

static int real_rmdirat(struct sys *sys, int dir, const char *name)
{
	(void)sys;
	return unlinkat(dir, name, AT_REMOVEDIR);
}

static ssize_t real_readlinkat(struct sys *sys, int dir, const char *name, char *out, size_t size)
{
	(void)sys;
	return readlinkat(dir, name, out, size);
}

static off_t real_lseek(struct sys *sys, int fd, off_t offset, int whence)
{
	(void)sys;
	return lseek(fd, offset, whence);
}

static int real_flock(struct sys *sys, int fd, int operation)
{
	(void)sys;
	return flock(fd, operation);
}

static ssize_t real_getdents(struct sys *sys, int fd, void *buf, size_t len)
{
	(void)sys;
	return syscall(SYS_getdents64, fd, buf, len);
}

static int real_memfd_create(struct sys *sys, const char *name, unsigned flags)
{
	(void)sys;
	return memfd_create(name, flags);
}

static int real_add_seals(struct sys *sys, int fd, int seals)
{
	(void)sys;
	return fcntl(fd, F_ADD_SEALS, seals);
}

static int real_inotify_init(struct sys *sys, int flags)
{
	(void)sys;
	return inotify_init1(flags);
}

static int real_inotify_add_watch(struct sys *sys, int fd, const char *path, uint32_t mask)
{
	(void)sys;
	return inotify_add_watch(fd, path, mask);
}

static int real_timerfd_create(struct sys *sys, int clock, int flags)
{
	(void)sys;
	return timerfd_create(clock, flags);
}

static int real_timerfd_settime(struct sys *sys, int fd, int flags, const struct itimerspec *when)
{
	(void)sys;
	return timerfd_settime(fd, flags, when, NULL);
}

static int real_sigblock(struct sys *sys, const sigset_t *set)
{
	(void)sys;
	return sigprocmask(SIG_BLOCK, set, NULL);
}

static int real_signalfd(struct sys *sys, const sigset_t *set, int flags)
{
	(void)sys;
	return signalfd(-1, set, flags);
}

static int real_poll(struct sys *sys, struct pollfd *fds, nfds_t n, int timeout_ms)
{
	(void)sys;
	return poll(fds, n, timeout_ms);
}

/* The forked child's last steps; only async-signal-safe calls. */
static _Noreturn void become(const char *path, int in, int out, pid_t parent)
{
	char *const argv[] = { (char *)(uintptr_t)path, NULL }, *const envp[] = { NULL };
	const struct rlimit file = { SYS_CHILD_FILE_MAX, SYS_CHILD_FILE_MAX };
	sigset_t none;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127); /* the parent died before the line above */
	if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0)
		_exit(127);
	/* Ours are all close-on-exec; this is for what the container runtime left open. */
	if (syscall(CLOSE_RANGE, 3, ~0U, 0) < 0)
		for (int fd = 3; fd < 1024; fd++)
			(void)close(fd);
	/* Ignored: past the limit a write fails with EFBIG, and stderr may be a long file. */
	(void)signal(SIGXFSZ, SIG_IGN);
	(void)setrlimit(RLIMIT_FSIZE, &file);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)execve(path, argv, envp);
	_exit(127);
}

/* fork, not posix_spawn: the death signal has no attribute there, and 100 KiB copy fast. */
static pid_t real_spawn(struct sys *sys, const char *path, int in, int out)
{
	pid_t self = getpid(), pid = fork();

	(void)sys;
	if (pid == 0)
		become(path, in, out, self);
	return pid;
}

static pid_t real_waitpid(struct sys *sys, pid_t pid, int *status, int flags)
{
	(void)sys;
	return waitpid(pid, status, flags);
}

static int real_kill(struct sys *sys, pid_t pid, int sig)
{
	(void)sys;
	return kill(pid, sig);
}

static long real_call(struct sys *sys, long number, const long args[5])
{
	(void)sys;
	return syscall(number, args[0], args[1], args[2], args[3], args[4]);
}

static const struct sys_ops real_ops = {
	.boot_now = real_boot_now,
	.wall_now = real_wall_now,
	.random = real_random,
	.openat = real_openat,
	.read = real_read,
	.write = real_write,
	.lseek = real_lseek,
	.fstat = real_fstat,
	.fchmod = real_fchmod,
	.fsync = real_fsync,
	.flock = real_flock,
	.mkdirat = real_mkdirat,
	.renameat = real_renameat,
	.unlinkat = real_unlinkat,
	.rmdirat = real_rmdirat,
	.readlinkat = real_readlinkat,
	.getdents = real_getdents,
	.memfd_create = real_memfd_create,
	.add_seals = real_add_seals,
	.inotify_init = real_inotify_init,
	.inotify_add_watch = real_inotify_add_watch,
	.timerfd_create = real_timerfd_create,
	.timerfd_settime = real_timerfd_settime,
	.sigblock = real_sigblock,
	.signalfd = real_signalfd,
	.poll = real_poll,
	.spawn = real_spawn,
	.waitpid = real_waitpid,
	.kill = real_kill,
	.call = real_call,
};

struct sys sys_real(void)
{
	return (struct sys){ .ops = &real_ops };
}
