/* SPDX-License-Identifier: Apache-2.0 */
#include "writer/events.h"

#include <stdio.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

#include "writer/schedule.h"
#include "writer/source.h"

/*
 * An update by the kubelet is one IN_MOVED_TO, of ..data, and design.md §6 asks for no
 * more. The rest is for what it does not do, and costs nothing where it does all:
 * it writes its files one directory below the one that is watched.
 *	IN_CLOSE_WRITE	a plain file, in a directory or as --source file, written in place
 *	IN_MOVE_SELF	the directory was moved away, and the watch went with it; another
 *			may stand at the path. (Of its removal IN_IGNORED tells unasked.)
 * Source: inotify(7); kubernetes pkg/volume/util/atomic_writer.go.
 */
#define WATCHED (IN_MOVED_TO | IN_CLOSE_WRITE | IN_MOVE_SELF | IN_ONLYDIR)
#define GONE (IN_IGNORED | IN_MOVE_SELF | IN_Q_OVERFLOW)
#define FAR_FUTURE_S INT64_C(9000000000) /* the year 2255; ktime ends in 2262 */
/* What container runtimes send for RTMIN+3: they count from 34, musl from 35. */
#define RUNTIME_RTMIN_3 37

static const int stop_signals[] = { SIGTERM, SIGINT,  SIGQUIT, SIGHUP, SIGWINCH,
				    SIGUSR1, SIGUSR2, SIGPWR,  RUNTIME_RTMIN_3 };

void events_init(struct events *ev)
{
	*ev = (struct events){ .signals = -1, .timer = -1, .wall = -1, .notify = -1 };
}

void events_fini(struct events *ev)
{
	auto_close(&ev->signals);
	auto_close(&ev->timer);
	auto_close(&ev->wall);
	auto_close(&ev->notify);
	events_init(ev);
}

/* SIGPIPE is blocked too: a reader of our log that went away is not our end. */
static int open_signals(struct events *ev, struct sys *sys)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGCHLD);
	for (size_t i = 0; i < COUNTOF(stop_signals); i++)
		(void)sigaddset(&set, stop_signals[i]);
	(void)sigaddset(&set, SIGRTMIN + 3);
	ev->signals = sys->ops->signalfd(sys, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	(void)sigaddset(&set, SIGPIPE);
	if (ev->signals < 0)
		return -1;
	return sys->ops->sigblock(sys, &set);
}

/* A time that never comes; what counts is that setting the clock cancels it. */
static int arm_wall(struct events *ev, struct sys *sys)
{
	const struct itimerspec never = { .it_value = { .tv_sec = (time_t)FAR_FUTURE_S } };

	return sys->ops->timerfd_settime(sys, ev->wall,
					 TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never);
}

int events_open(struct events *ev, struct sys *sys, struct err *e)
{
	if (open_signals(ev, sys) < 0)
		return err_set(e, ERR_IO, errno, "unable to receive signals");
	ev->timer = sys->ops->timerfd_create(sys, CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	ev->wall = sys->ops->timerfd_create(sys, CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (ev->timer < 0 || ev->wall < 0 || arm_wall(ev, sys) < 0)
		return err_set(e, ERR_IO, errno, "unable to make timers");
	return 0;
}

/* The errno values of files, which these are not, would mislead. Source: inotify(7), ERRORS. */
static int no_watch(struct err *e, const char *path)
{
	int sys_errno = errno;
	const char *limit = sys_errno == EMFILE ? " (fs.inotify.max_user_instances is used up)" :
			    sys_errno == ENOSPC ? " (fs.inotify.max_user_watches is used up)" : "";

	return err_set(e, ERR_IO, sys_errno, "unable to watch %.100s%s", path, limit);
}

int events_watch(struct events *ev, struct sys *sys, enum source_kind kind, const char *path,
		 struct err *e)
{
	char at[512], dir[512];
	unsigned hops = 0;

	ev->watching = false;
	(void)snprintf(at, sizeof(at), "%s", path);
	if (ev->notify < 0)
		ev->notify = sys->ops->inotify_init(sys, IN_CLOEXEC | IN_NONBLOCK);
	if (ev->notify < 0)
		return no_watch(e, path);
	do {
		source_dir(kind, at, dir, sizeof(dir));
		if (sys->ops->inotify_add_watch(sys, ev->notify, dir, WATCHED) < 0)
			return no_watch(e, dir);
	} while (kind == SOURCE_FILE && hops++ < SOURCE_HOPS_MAX &&
		 source_follow(sys, at, sizeof(at)));
	ev->watching = true;
	ev->linked = hops > 1;
	return 0;
}

/* Whether NAME, in any of the directories watched, is part of the source or of the way to it. */
static bool concerns(struct sys *sys, enum source_kind kind, const char *path, const char *name)
{
	unsigned hops = 0;
	char at[512];

	(void)snprintf(at, sizeof(at), "%s", path);
	do {
		if (source_concerns(kind, at, name))
			return true;
	} while (kind == SOURCE_FILE && hops++ < SOURCE_HOPS_MAX &&
		 source_follow(sys, at, sizeof(at)));
	return false;
}

static unsigned drain_signals(struct events *ev, struct sys *sys)
{
	struct signalfd_siginfo info;
	unsigned what = 0;

	while (sys->ops->read(sys, ev->signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
		what |= info.ssi_signo == SIGCHLD ? EVENT_CHILD : EVENT_STOP;
	return what;
}

/*
 * A watch that left must not leave its events: a new descriptor forgets them all.
 * So too when a symlink may lead elsewhere now.
 */
static unsigned drain_notify(struct events *ev, struct sys *sys, enum source_kind kind,
			     const char *path)
{
	_Alignas(struct inotify_event) char block[2048];
	unsigned what = 0;
	ssize_t n;

	while ((n = sys->ops->read(sys, ev->notify, block, sizeof(block))) > 0) {
		for (ssize_t at = 0; at < n;) {
			const struct inotify_event *i = (const void *)(block + at);

			if (i->mask & GONE)
				what |= EVENT_SOURCE | EVENT_UNWATCHED;
			else if (i->len && concerns(sys, kind, path, i->name))
				what |= ev->linked ? EVENT_SOURCE | EVENT_UNWATCHED : EVENT_SOURCE;
			at += (ssize_t)(sizeof(*i) + i->len);
		}
	}
	if (what & EVENT_UNWATCHED) {
		auto_close(&ev->notify);
		ev->watching = false;
	}
	return what;
}

static unsigned drain_wall(struct events *ev, struct sys *sys)
{
	uint64_t count;
	ssize_t n = sys->ops->read(sys, ev->wall, &count, sizeof(count));

	if (n < 0 && errno != ECANCELED)
		return 0;
	/* If this fails the steps go unseen until the next action looks at both clocks. */
	if (arm_wall(ev, sys) < 0)
		return EVENT_CLOCK;
	return EVENT_CLOCK;
}

static void arm(struct events *ev, struct sys *sys, struct mono until, int *timeout_ms)
{
	struct itimerspec when = { .it_value = { .tv_sec = 0 } };

	*timeout_ms = -1;
	if (until.ns != SCHED_NEVER.ns) {
		when.it_value.tv_sec = (time_t)(until.ns / NS_PER_S);
		when.it_value.tv_nsec = (long)(until.ns % NS_PER_S) | 1; /* zero would disarm */
	}
	if (sys->ops->timerfd_settime(sys, ev->timer, TFD_TIMER_ABSTIME, &when) < 0)
		*timeout_ms = 1000; /* no timer: look by the clock until there is one again */
}

int events_wait(struct events *ev, struct sys *sys, struct mono until, enum source_kind kind,
		const char *path, unsigned *what, struct err *e)
{
	struct pollfd fds[] = { { .fd = ev->signals, .events = POLLIN },
				{ .fd = ev->timer, .events = POLLIN },
				{ .fd = ev->wall, .events = POLLIN },
				{ .fd = ev->notify, .events = POLLIN } };
	int timeout_ms, n;
	uint64_t count;

	*what = 0;
	arm(ev, sys, until, &timeout_ms);
	n = sys->ops->poll(sys, fds, COUNTOF(fds), timeout_ms);
	if (n < 0 && errno == EINTR)
		return 0;
	if (n < 0)
		return err_set(e, ERR_IO, errno, "unable to wait for events");
	if (fds[0].revents)
		*what |= drain_signals(ev, sys);
	if (fds[1].revents) /* that it is time shows on the clock; this only resets the timer */
		(void)sys->ops->read(sys, ev->timer, &count, sizeof(count));
	if (fds[2].revents)
		*what |= drain_wall(ev, sys);
	if (fds[3].revents)
		*what |= drain_notify(ev, sys, kind, path);
	return 0;
}
