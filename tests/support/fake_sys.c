/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/fake_sys_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/support/fake_world.h"

#define STEP_NS 1000	/* what a call takes */

/* From the man pages, less what a correct caller cannot meet (EFAULT, EBADF). */
const struct fake_op_info fake_ops[FAKE_OPS] = {
	[OP_RANDOM] = { "random", { ENOSYS } },
	[OP_OPENAT] = { "openat", { EMFILE, ENFILE, ENOMEM, EACCES, ENOSPC, EROFS, EIO } },
	[OP_READ] = { "read", { EINTR, EIO, FAKE_SHORT } },
	[OP_WRITE] = { "write", { EINTR, ENOSPC, EIO, EDQUOT, EFBIG, FAKE_SHORT } },
	[OP_LSEEK] = { "lseek", { EINVAL } },
	[OP_FSTAT] = { "fstat", { ENOMEM, EIO } },
	[OP_FCHMOD] = { "fchmod", { EPERM, EROFS, EIO } },
	[OP_FSYNC] = { "fsync", { EIO, ENOSPC, EROFS, EDQUOT } },
	[OP_FLOCK] = { "flock", { EINTR, ENOLCK, EWOULDBLOCK } },
	[OP_MKDIRAT] = { "mkdirat", { EACCES, EDQUOT, ENOSPC, EROFS } },
	[OP_RENAMEAT] = { "renameat", { EACCES, EDQUOT, ENOSPC, EROFS, EIO } },
	[OP_UNLINKAT] = { "unlinkat", { EACCES, EIO, EROFS } },
	[OP_RMDIRAT] = { "rmdirat", { EACCES, EIO, EROFS, ENOTEMPTY } },
	[OP_READLINKAT] = { "readlinkat", { EACCES, EIO, ENOMEM } },
	[OP_GETDENTS] = { "getdents", { EINTR, EIO, ENOENT } },
	[OP_MEMFD_CREATE] = { "memfd_create", { EMFILE, ENFILE, ENOMEM } },
	[OP_ADD_SEALS] = { "add_seals", { EPERM, EINVAL } },
	[OP_INOTIFY_INIT] = { "inotify_init", { EMFILE, ENFILE, ENOMEM } },
	[OP_INOTIFY_ADD_WATCH] = { "inotify_add_watch", { EACCES, ENOMEM, ENOSPC } },
	[OP_TIMERFD_CREATE] = { "timerfd_create", { EMFILE, ENFILE, ENODEV, ENOMEM } },
	[OP_TIMERFD_SETTIME] = { "timerfd_settime", { EINVAL, ECANCELED } },
	[OP_SIGBLOCK] = { "sigblock", { EINVAL } },
	[OP_SIGNALFD] = { "signalfd", { EMFILE, ENFILE, ENODEV, ENOMEM } },
	[OP_POLL] = { "poll", { EINTR, ENOMEM, EINVAL } },
	[OP_SPAWN] = { "spawn", { EAGAIN, ENOMEM } },
	[OP_WAITPID] = { "waitpid", { EINTR, ECHILD } },
	[OP_KILL] = { "kill", { EPERM, ESRCH } },
	[OP_CALL] = { "call", { ENOSYS, EPERM, EINVAL, ENOMEM } },
};

static void die_if(struct fake_sys *f, bool after)
{
	if (f->kill.nth != f->total || f->kill.after != after || !f->kill.nth)
		return;
	f->kill.hit = true;
	_exit(FAKE_KILLED);
}

int fake_enter(struct fake_sys *f, enum fake_op op)
{
	unsigned times = f->fail.times ? f->fail.times : 1;

	f->boot_ns += STEP_NS;
	f->total++;
	f->calls[op]++;
	die_if(f, false);
	if (f->sleep.nth && f->sleep.nth == f->total) {
		f->sleep.hit = true;
		fake_world_suspend(f->world, f->sleep.s);
	}
	if (!f->fail.nth || f->fail.op != op || f->calls[op] < f->fail.nth ||
	    f->calls[op] >= f->fail.nth + times)
		return 0;
	f->fail.hit = true;
	if (f->fail.errnum != FAKE_SHORT)
		errno = f->fail.errnum;
	return f->fail.errnum;
}

void fake_leave(struct fake_sys *f, bool files)
{
	int saved = errno;

	if (files && f->world && f->world->watch_files)
		fake_world_look(f->world);
	die_if(f, true);
	errno = saved;
}

static struct mono fake_boot_now(struct sys *sys)
{
	return (struct mono){ fake_of(sys)->boot_ns };
}

static struct wall fake_wall_now(struct sys *sys)
{
	return (struct wall){ fake_sys_wall_ns(fake_of(sys)) / NS_PER_S };
}

static int fake_random(struct sys *sys, void *out, size_t len)
{
	struct fake_sys *f = fake_of(sys);
	unsigned char *p = out;

	if (fake_enter(f, OP_RANDOM))
		return -1;
	for (size_t i = 0; i < len; i++)
		p[i] = (unsigned char)(f->boot_ns / STEP_NS >> (i % 4 * 8)) ^ (unsigned char)(i * 31);
	fake_leave(f, false);
	return 0;
}

static int fake_openat(struct sys *sys, int dir, const char *name, int flags, mode_t mode)
{
	struct fake_sys *f = fake_of(sys);
	size_t n = strlen(name);
	int fd;

	if (fake_enter(f, OP_OPENAT))
		return -1;
	if (f->lose_ledger && n >= 6 && !strcmp(name + n - 6, "ledger") && !(flags & O_CREAT)) {
		errno = ENOENT;
		fd = -1;
	} else {
		fd = fake_track(f, openat(dir, name, flags, mode));
	}
	fake_leave(f, flags & O_CREAT);
	return fd;
}

static ssize_t fake_read(struct sys *sys, int fd, void *buf, size_t len)
{
	struct fake_sys *f = fake_of(sys);
	struct fake_fd *v = fake_find(f, fd);
	int how = fake_enter(f, OP_READ);
	ssize_t n;

	if (how > 0)
		return -1;
	if (v)
		n = fake_read_event(f, v, buf, len);
	else
		n = read(fd, buf, how == FAKE_SHORT && len > 1 ? 1 : len);
	fake_leave(f, false);
	return n;
}

static ssize_t fake_write(struct sys *sys, int fd, const void *buf, size_t len)
{
	struct fake_sys *f = fake_of(sys);
	int how = fake_enter(f, OP_WRITE);
	ssize_t n;

	if (how > 0)
		return -1;
	n = write(fd, buf, how == FAKE_SHORT && len > 1 ? 1 : len);
	fake_leave(f, true);
	return n;
}

static off_t fake_lseek(struct sys *sys, int fd, off_t offset, int whence)
{
	return CALL(fake_of(sys), OP_LSEEK, false, lseek(fd, offset, whence));
}

static int fake_fstat(struct sys *sys, int fd, struct stat *st)
{
	return CALL(fake_of(sys), OP_FSTAT, false, fstat(fd, st));
}

static int fake_fchmod(struct sys *sys, int fd, mode_t mode)
{
	return CALL(fake_of(sys), OP_FCHMOD, true, fchmod(fd, mode));
}

static int fake_fsync(struct sys *sys, int fd)
{
	(void)fd; /* the page cache is not what these tests are about */
	return CALL(fake_of(sys), OP_FSYNC, false, 0);
}

/* The lock of a killed process is gone with it; one process at a time needs no real one. */
static int fake_flock(struct sys *sys, int fd, int operation)
{
	(void)fd;
	(void)operation;
	return CALL(fake_of(sys), OP_FLOCK, false, 0);
}

static int fake_mkdirat(struct sys *sys, int dir, const char *name, mode_t mode)
{
	return CALL(fake_of(sys), OP_MKDIRAT, true, mkdirat(dir, name, mode));
}

/* What replacing by rename protects against: the file is cut and filled while clients read. */
static int overwrite(struct fake_sys *f, int dir, const char *from, const char *to)
{
	int in = openat(dir, from, O_RDONLY | O_CLOEXEC);
	int out = openat(dir, to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	char chunk[16];
	ssize_t n;

	fake_world_look(f->world);
	while (in >= 0 && out >= 0 && (n = read(in, chunk, sizeof(chunk))) > 0) {
		if (write(out, chunk, (size_t)n) != n)
			break;
		fake_world_look(f->world);
	}
	(void)close(in);
	(void)close(out);
	return unlinkat(dir, from, 0);
}

static int fake_renameat(struct sys *sys, int dir, const char *from, const char *to)
{
	struct fake_sys *f = fake_of(sys);
	int ret;

	if (fake_enter(f, OP_RENAMEAT))
		return -1;
	if (f->lose_ledger && !strcmp(to, "ledger"))
		ret = unlinkat(dir, from, 0);
	else if (f->truncate_rename)
		ret = overwrite(f, dir, from, to);
	else
		ret = renameat(dir, from, dir, to);
	fake_leave(f, true);
	return ret;
}

static int fake_unlinkat(struct sys *sys, int dir, const char *name)
{
	return CALL(fake_of(sys), OP_UNLINKAT, true, unlinkat(dir, name, 0));
}

static int fake_rmdirat(struct sys *sys, int dir, const char *name)
{
	return CALL(fake_of(sys), OP_RMDIRAT, true, unlinkat(dir, name, AT_REMOVEDIR));
}

static ssize_t fake_readlinkat(struct sys *sys, int dir, const char *name, char *out, size_t size)
{
	return CALL(fake_of(sys), OP_READLINKAT, false, readlinkat(dir, name, out, size));
}

static ssize_t fake_getdents(struct sys *sys, int fd, void *buf, size_t len)
{
	struct sys real = sys_real();

	return CALL(fake_of(sys), OP_GETDENTS, false, real.ops->getdents(&real, fd, buf, len));
}

static int fake_memfd_create(struct sys *sys, const char *name, unsigned flags)
{
	struct fake_sys *f = fake_of(sys);

	return CALL(f, OP_MEMFD_CREATE, false, fake_track(f, memfd_create(name, flags)));
}

static int fake_add_seals(struct sys *sys, int fd, int seals)
{
	return CALL(fake_of(sys), OP_ADD_SEALS, false, fcntl(fd, F_ADD_SEALS, seals));
}

/* The test itself must not be confined: an old kernel, without Landlock. */
static long answer_call(long number)
{
	if (number != SYS_landlock_create_ruleset)
		return 0;
	errno = ENOSYS;
	return -1;
}

static long fake_call(struct sys *sys, long number, const long args[5])
{
	(void)args;
	return CALL(fake_of(sys), OP_CALL, false, answer_call(number));
}

static const struct sys_ops ops = {
	.boot_now = fake_boot_now,
	.wall_now = fake_wall_now,
	.random = fake_random,
	.openat = fake_openat,
	.read = fake_read,
	.write = fake_write,
	.lseek = fake_lseek,
	.fstat = fake_fstat,
	.fchmod = fake_fchmod,
	.fsync = fake_fsync,
	.flock = fake_flock,
	.mkdirat = fake_mkdirat,
	.renameat = fake_renameat,
	.unlinkat = fake_unlinkat,
	.rmdirat = fake_rmdirat,
	.readlinkat = fake_readlinkat,
	.getdents = fake_getdents,
	.memfd_create = fake_memfd_create,
	.add_seals = fake_add_seals,
	.inotify_init = fake_inotify_init,
	.inotify_add_watch = fake_inotify_add_watch,
	.timerfd_create = fake_timerfd_create,
	.timerfd_settime = fake_timerfd_settime,
	.sigblock = fake_sigblock,
	.signalfd = fake_signalfd,
	.poll = fake_poll,
	.spawn = fake_spawn,
	.waitpid = fake_waitpid,
	.kill = fake_kill,
	.call = fake_call,
};

struct fake_sys *fake_sys_new(struct fake_world *world)
{
	struct fake_sys *f = mmap(NULL, sizeof(*f), PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (f == MAP_FAILED)
		abort();
	f->boot_ns = 1000 * NS_PER_S;
	f->wall_off_ns = f->true_off_ns = INT64_C(1795000000) * NS_PER_S;
	f->world = world;
	return f;
}

void fake_sys_free(struct fake_sys *f)
{
	if (munmap(f, sizeof(*f)) < 0)
		abort();
}

struct sys fake_sys_ops(struct fake_sys *f)
{
	return (struct sys){ .ops = &ops, .ctx = f };
}

void fake_sys_boot(struct fake_sys *f)
{
	memset(f->fds, 0, sizeof(f->fds));
	memset(f->calls, 0, sizeof(f->calls));
	memset(&f->child, 0, sizeof(f->child));
	f->orphans = 0;
	f->total = 0;
	f->signals = 0;
	f->notified = false;
}
