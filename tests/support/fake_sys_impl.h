/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_FAKE_SYS_IMPL_H
#define TESTS_SUPPORT_FAKE_SYS_IMPL_H

/* Shared by fake_sys.c (faults, files) and fake_events.c (what poll waits for, the child). */

#include "tests/support/fake_sys.h"

#define FAKE_NEVER INT64_MAX

static inline struct fake_sys *fake_of(struct sys *sys)
{
	return sys->ctx;
}

/* A call begins. Returns 0 to go on, FAKE_SHORT, or the errno that it fails with. */
int fake_enter(struct fake_sys *f, enum fake_op op);

/* A call ends: the client may look between any two that touch FILES, and a kill may come. */
void fake_leave(struct fake_sys *f, bool files);

#define CALL(f, op, files, expr)                                                                   \
	__extension__({                                                                            \
		__typeof__(expr) ret_ = -1;                                                        \
		if (fake_enter(f, op) == 0) {                                                           \
			ret_ = (expr);                                                             \
			fake_leave(f, files);                                                           \
		}                                                                                  \
		ret_;                                                                              \
	})

/* The slot that FD stands for, or NULL. */
struct fake_fd *fake_find(struct fake_sys *f, int fd);

/* FD is new: whatever it stood for before, the writer has closed. Returns FD. */
int fake_track(struct fake_sys *f, int fd);

/* read of a descriptor that is played. */
ssize_t fake_read_event(struct fake_sys *f, struct fake_fd *v, void *buf, size_t len);

int fake_inotify_init(struct sys *sys, int flags);
int fake_inotify_add_watch(struct sys *sys, int fd, const char *path, uint32_t mask);
int fake_timerfd_create(struct sys *sys, int clock, int flags);
int fake_timerfd_settime(struct sys *sys, int fd, int flags, const struct itimerspec *when);
int fake_sigblock(struct sys *sys, const sigset_t *set);
int fake_signalfd(struct sys *sys, const sigset_t *set, int flags);
int fake_poll(struct sys *sys, struct pollfd *fds, nfds_t n, int timeout_ms);
pid_t fake_spawn(struct sys *sys, const char *path, int in, int out);
pid_t fake_waitpid(struct sys *sys, pid_t pid, int *status, int flags);
int fake_kill(struct sys *sys, pid_t pid, int sig);

#endif
