/* SPDX-License-Identifier: Apache-2.0 */
/* Timers, signals, inotify and the child of tests/support/fake_sys.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "tests/support/fake_sys_impl.h"
#include "tests/support/fake_world.h"

#define CHILD_PID 4242
#define ORPHAN_PID 5000
#define ORPHAN_STATUS (3 << 8) /* exit status 3. Source: waitpid(2) */

struct fake_fd *fake_find(struct fake_sys *f, int fd)
{
	for (size_t i = 0; i < FAKE_FDS_MAX; i++) {
		if (f->fds[i].fd != fd || fd <= 0)
			continue;
		if (fcntl(fd, F_GETFD) >= 0)
			return &f->fds[i];
		f->fds[i] = (struct fake_fd){ 0 }; /* closed since */
	}
	return NULL;
}

/* The slot of FD, which the writer takes for one of its event descriptors. */
static struct fake_fd *slot(struct fake_sys *f, int fd)
{
	struct fake_fd *v = fake_find(f, fd);

	if (!v)
		abort(); /* it uses a descriptor that it closed */
	return v;
}

/* A descriptor that the writer closed comes back from the kernel as something else. */
int fake_track(struct fake_sys *f, int fd)
{
	struct fake_fd *v = fd < 0 ? NULL : fake_find(f, fd);

	if (v)
		*v = (struct fake_fd){ 0 };
	return fd;
}

static int make_fd(struct fake_sys *f, int kind, int clock)
{
	int fd = fake_track(f, eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));

	for (size_t i = 0; i < FAKE_FDS_MAX && fd > 0; i++) {
		if (f->fds[i].fd == 0) {
			f->fds[i] = (struct fake_fd){ .fd = fd, .kind = kind,
						      .monotonic = clock == CLOCK_MONOTONIC };
			return fd;
		}
	}
	abort(); /* the writer holds more event descriptors than it has kinds of events */
}

static ssize_t read_signals(struct fake_sys *f, void *buf, size_t len)
{
	struct signalfd_siginfo info = { 0 };

	for (unsigned sig = 1; sig < 64; sig++) {
		if (f->signals & UINT64_C(1) << sig && len >= sizeof(info)) {
			f->signals &= ~(UINT64_C(1) << sig);
			info.ssi_signo = sig;
			memcpy(buf, &info, sizeof(info));
			return sizeof(info);
		}
	}
	errno = EAGAIN;
	return -1;
}

static ssize_t read_notify(struct fake_sys *f, struct fake_fd *v, char *buf)
{
	struct inotify_event ev = { .wd = 1, .mask = IN_MOVED_TO, .len = 16 };
	char name[16] = "..data";

	if (!f->notified) {
		errno = EAGAIN;
		return -1;
	}
	f->notified = false;
	if (v->gone)
		ev = (struct inotify_event){ .wd = 1, .mask = IN_IGNORED };
	v->watching = !v->gone;
	memcpy(buf, &ev, sizeof(ev));
	memcpy(buf + sizeof(ev), name, ev.len);
	return (ssize_t)(sizeof(ev) + ev.len);
}

static ssize_t read_timer(struct fake_sys *f, struct fake_fd *v, void *buf)
{
	uint64_t count = 1;

	if (v->cancelled) {
		v->cancelled = false;
		errno = ECANCELED;
		return -1;
	}
	if (!v->due.ns || v->due.ns > f->boot_ns) {
		errno = EAGAIN;
		return -1;
	}
	v->due.ns = 0;
	memcpy(buf, &count, sizeof(count));
	return sizeof(count);
}

ssize_t fake_read_event(struct fake_sys *f, struct fake_fd *v, void *buf, size_t len)
{
	switch (v->kind) {
	case FAKE_SIGNALS:
		return read_signals(f, buf, len);
	case FAKE_NOTIFY:
		return read_notify(f, v, buf);
	default:
		return read_timer(f, v, buf);
	}
}

int fake_inotify_init(struct sys *sys, int flags)
{
	struct fake_sys *f = fake_of(sys);

	(void)flags;
	return CALL(f, OP_INOTIFY_INIT, false, make_fd(f, FAKE_NOTIFY, 0));
}

static int add_watch(struct fake_fd *v)
{
	v->watching = true;
	v->gone = false;
	return 1;
}

int fake_inotify_add_watch(struct sys *sys, int fd, const char *path, uint32_t mask)
{
	struct fake_fd *v = slot(fake_of(sys), fd);

	(void)path;
	(void)mask;
	return CALL(fake_of(sys), OP_INOTIFY_ADD_WATCH, false, add_watch(v));
}

int fake_timerfd_create(struct sys *sys, int clock, int flags)
{
	struct fake_sys *f = fake_of(sys);

	(void)flags;
	return CALL(f, OP_TIMERFD_CREATE, false,
		    make_fd(f, clock == CLOCK_REALTIME ? FAKE_WALL : FAKE_TIMER, clock));
}

static int set_timer(const struct fake_sys *f, struct fake_fd *v, const struct itimerspec *when)
{
	v->due.ns = v->kind == FAKE_WALL
			    ? 0 : when->it_value.tv_sec * NS_PER_S + when->it_value.tv_nsec;
	if (v->due.ns && v->monotonic)
		v->due.ns += f->slept_ns;
	return 0;
}

int fake_timerfd_settime(struct sys *sys, int fd, int flags, const struct itimerspec *when)
{
	struct fake_fd *v = slot(fake_of(sys), fd);

	(void)flags;
	return CALL(fake_of(sys), OP_TIMERFD_SETTIME, false, set_timer(fake_of(sys), v, when));
}

int fake_sigblock(struct sys *sys, const sigset_t *set)
{
	(void)set;
	return CALL(fake_of(sys), OP_SIGBLOCK, false, 0);
}

int fake_signalfd(struct sys *sys, const sigset_t *set, int flags)
{
	struct fake_sys *f = fake_of(sys);

	(void)set;
	(void)flags;
	return CALL(f, OP_SIGNALFD, false, make_fd(f, FAKE_SIGNALS, 0));
}

static bool ready(const struct fake_sys *f, const struct fake_fd *v)
{
	switch (v->kind) {
	case FAKE_SIGNALS:
		return f->signals != 0;
	case FAKE_NOTIFY:
		return f->notified;
	default:
		return v->cancelled || (v->due.ns && v->due.ns <= f->boot_ns);
	}
}

static int count_ready(struct fake_sys *f, struct pollfd *fds, nfds_t n)
{
	int count = 0;

	for (nfds_t i = 0; i < n; i++) {
		const struct fake_fd *v = fds[i].fd < 0 ? NULL : slot(f, fds[i].fd);

		fds[i].revents = v && ready(f, v) ? POLLIN : 0;
		count += fds[i].revents != 0;
	}
	return count;
}

static void end_child(struct fake_sys *f, bool killed)
{
	if (!killed)
		fake_world_reply(f->world, f->world->answer_now, f->child.out);
	f->child.ended = true;
	f->child.killed = killed;
	f->signals |= UINT64_C(1) << SIGCHLD;
}

/* The next moment at which something can change. */
static int64_t next_ns(const struct fake_sys *f, int64_t timeout_ns)
{
	int64_t next = f->world ? fake_world_next_ns(f->world) : FAKE_NEVER;

	for (size_t i = 0; i < FAKE_FDS_MAX; i++)
		if (f->fds[i].fd && f->fds[i].due.ns && f->fds[i].due.ns < next)
			next = f->fds[i].due.ns;
	if (f->child.pid && !f->child.ended && f->child.due.ns < next)
		next = f->child.due.ns;
	return timeout_ns < next ? timeout_ns : next;
}

static int play(struct fake_sys *f, struct pollfd *fds, nfds_t n, int timeout_ms)
{
	int64_t timeout_ns = timeout_ms < 0 ? FAKE_NEVER : f->boot_ns + timeout_ms * NS_PER_MS;

	f->poll_calls++;
	for (;;) {
		int count = count_ready(f, fds, n);
		int64_t next;

		if (count || f->boot_ns >= timeout_ns)
			return count;
		next = next_ns(f, timeout_ns);
		if (next == FAKE_NEVER)
			abort(); /* the writer would sleep for ever, and no test ends it */
		if (f->world)
			fake_world_advance(f->world, next);
		if (f->boot_ns < next)
			f->boot_ns = next;
		if (f->child.pid && !f->child.ended && f->child.due.ns <= f->boot_ns)
			end_child(f, false);
	}
}

/* Whether the log has room is asked of the kernel: no virtual time passes, and no fault comes. */
int fake_poll(struct sys *sys, struct pollfd *fds, nfds_t n, int timeout_ms)
{
	if (fds->events == POLLOUT)
		return poll(fds, n, timeout_ms);
	return CALL(fake_of(sys), OP_POLL, false, play(fake_of(sys), fds, n, timeout_ms));
}

static pid_t start_child(struct fake_sys *f, int in, int out)
{
	static char request[65536];
	ssize_t n = read(in, request, sizeof(request) - 1);

	request[n > 0 ? n : 0] = '\0';
	f->world->answer_now = fake_world_present(f->world, request, n > 0 ? (size_t)n : 0);
	f->child.pid = CHILD_PID;
	f->child.out = out;
	f->child.ended = f->child.killed = false;
	f->child.due.ns = f->world->answer_now == WORLD_HANG
				  ? FAKE_NEVER : f->boot_ns + f->world->latency_ms * NS_PER_MS;
	return CHILD_PID;
}

pid_t fake_spawn(struct sys *sys, const char *path, int in, int out)
{
	(void)path;
	return CALL(fake_of(sys), OP_SPAWN, false, start_child(fake_of(sys), in, out));
}

/* PID -1: any child. An orphan goes first: who takes its end for the exchange's is found out. */
static pid_t reap(struct fake_sys *f, pid_t pid, int *status)
{
	if (pid < 0 && f->orphans) {
		*status = ORPHAN_STATUS;
		return ORPHAN_PID + (int)--f->orphans;
	}
	if (!f->child.pid) {
		errno = ECHILD;
		return -1;
	}
	if (!f->child.ended)
		return 0;
	*status = f->child.killed || f->world->answer_now == WORLD_CRASH ? SIGKILL : 0;
	f->child.pid = 0;
	return CHILD_PID;
}

pid_t fake_waitpid(struct sys *sys, pid_t pid, int *status, int flags)
{
	(void)flags;
	return CALL(fake_of(sys), OP_WAITPID, false, reap(fake_of(sys), pid, status));
}

static int hit_child(struct fake_sys *f, int sig)
{
	(void)sig;
	if (f->child.pid && !f->child.ended)
		end_child(f, true);
	return 0;
}

int fake_kill(struct sys *sys, pid_t pid, int sig)
{
	(void)pid;
	return CALL(fake_of(sys), OP_KILL, false, hit_child(fake_of(sys), sig));
}

int64_t fake_sys_wall_ns(const struct fake_sys *f)
{
	return f->frozen_ns ? f->frozen_ns : f->boot_ns + f->wall_off_ns;
}

void fake_sys_freeze(struct fake_sys *f, bool still)
{
	int64_t wall_ns = fake_sys_wall_ns(f);

	f->frozen_ns = still ? wall_ns : 0;
	f->wall_off_ns = wall_ns - f->boot_ns;
}

void fake_sys_step_clock(struct fake_sys *f, int64_t s)
{
	f->wall_off_ns += s * NS_PER_S;
	f->frozen_ns += f->frozen_ns ? s * NS_PER_S : 0;
	for (size_t i = 0; i < FAKE_FDS_MAX; i++)
		if (f->fds[i].fd && f->fds[i].kind == FAKE_WALL)
			f->fds[i].cancelled = true;
}

void fake_sys_suspend(struct fake_sys *f, int64_t s)
{
	int64_t ns = s * NS_PER_S;

	f->boot_ns += ns;
	f->slept_ns += ns;
	if (f->child.pid && f->child.due.ns != FAKE_NEVER)
		f->child.due.ns += ns; /* of its connection */
	for (size_t i = 0; i < FAKE_FDS_MAX; i++)
		if (f->fds[i].due.ns && f->fds[i].monotonic)
			f->fds[i].due.ns += ns;
}

void fake_sys_signal(struct fake_sys *f, int sig)
{
	f->signals |= UINT64_C(1) << sig;
}

void fake_sys_orphans(struct fake_sys *f, unsigned n)
{
	f->orphans += n;
	fake_sys_signal(f, SIGCHLD);
}

void fake_sys_notify(struct fake_sys *f, bool gone)
{
	for (size_t i = 0; i < FAKE_FDS_MAX; i++) {
		if (!f->fds[i].fd || f->fds[i].kind != FAKE_NOTIFY || !f->fds[i].watching)
			continue;
		f->fds[i].gone = gone;
		f->notified = true;
	}
}
