/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_FAKE_SYS_H
#define TESTS_SUPPORT_FAKE_SYS_H

/*
 * struct sys with virtual time and faults on order, around a real directory.
 *
 * Files are real, so what is on disk after a kill is what a kernel would leave.
 * Timers, signals, inotify and the child are played: poll moves the virtual
 * clock to the next thing that is due. The state lies in shared memory: a test
 * may fork, let the copy be killed in the middle of a call, and go on with the
 * same world, as a pod does when its container restarts.
 *
 * fake_world.h holds what the writer cannot see: the kubelet, the endpoint with
 * its memory of presented assertions, and a reader that judges every file.
 */

#include <stdbool.h>

#include "common/sys.h"

enum fake_op {
	OP_RANDOM,
	OP_OPENAT,
	OP_READ,
	OP_WRITE,
	OP_LSEEK,
	OP_FSTAT,
	OP_FCHMOD,
	OP_FSYNC,
	OP_FLOCK,
	OP_MKDIRAT,
	OP_RENAMEAT,
	OP_UNLINKAT,
	OP_RMDIRAT,
	OP_READLINKAT,
	OP_GETDENTS,
	OP_MEMFD_CREATE,
	OP_ADD_SEALS,
	OP_INOTIFY_INIT,
	OP_INOTIFY_ADD_WATCH,
	OP_TIMERFD_CREATE,
	OP_TIMERFD_SETTIME,
	OP_SIGBLOCK,
	OP_SIGNALFD,
	OP_POLL,
	OP_SPAWN,
	OP_WAITPID,
	OP_KILL,
	OP_CALL,
	FAKE_OPS
};

#define FAKE_SHORT (-1)	   /* in place of an errno: read or write one byte only */
#define FAKE_KILLED 77	   /* exit status of a process that a fault killed */
#define FAKE_ERRNOS_MAX 8
#define FAKE_FDS_MAX 8

struct fake_op_info {
	const char *name;
	int errnos[FAKE_ERRNOS_MAX]; /* what its man page promises; 0 ends the list */
};

extern const struct fake_op_info fake_ops[FAKE_OPS];

struct fake_world;

struct fake_fd {
	int fd; /* a real descriptor that stands for it; 0 = free slot */
	enum { FAKE_TIMER, FAKE_WALL, FAKE_SIGNALS, FAKE_NOTIFY } kind;
	struct mono due; /* timers; 0 = disarmed */
	bool monotonic;	 /* timers: stands still while the machine sleeps */
	bool cancelled;	 /* the wall timer after a step */
	bool watching, gone;
};

struct fake_sys {
	int64_t boot_ns;     /* virtual CLOCK_BOOTTIME */
	int64_t wall_off_ns; /* the node's wall clock minus it: tests step it */
	int64_t true_off_ns; /* the same for the rest of the world */
	int64_t frozen_ns;   /* the node's wall clock stands still at this; 0 = it goes */
	int64_t slept_ns;    /* CLOCK_BOOTTIME minus CLOCK_MONOTONIC */
	int64_t poll_calls;

	/* the process that runs now; fake_sys_boot forgets it */
	struct fake_fd fds[FAKE_FDS_MAX];
	unsigned calls[FAKE_OPS], total;
	uint64_t signals; /* pending, by number */
	bool notified;	  /* an inotify event waits */
	struct {
		int pid, out; /* pid 0: none */
		bool ended, killed;
		struct mono due;
	} child;
	unsigned orphans; /* ended, not yet waited for; PID 1 inherits them */

	/* faults on order */
	struct {
		enum fake_op op;
		unsigned nth;	 /* of this op's calls, from 1; 0 = none */
		unsigned times;	 /* how many in a row fail; 0 counts as 1 */
		int errnum;	 /* or FAKE_SHORT */
		bool hit;
	} fail;
	struct {
		unsigned nth; /* of all calls, from 1; 0 = never */
		bool after;
		bool hit;
	} kill;
	struct {
		unsigned nth; /* of all calls, from 1; 0 = never */
		int64_t s;
		bool hit;
	} sleep; /* the machine is suspended for so long */
	bool lose_ledger;     /* negative control: the ledger is never on disk */
	bool truncate_rename; /* negative control: files are overwritten in place */

	struct fake_world *world;
};

/* A fake in shared memory. WORLD may be NULL: then a child never starts. Pair with fake_sys_free. */
struct fake_sys *fake_sys_new(struct fake_world *world);
void fake_sys_free(struct fake_sys *f);

/* A struct sys onto F. */
struct sys fake_sys_ops(struct fake_sys *f);

/* A new process begins: no descriptors, no signals, no child, counters at zero. */
void fake_sys_boot(struct fake_sys *f);

/* What CLOCK_REALTIME says. */
int64_t fake_sys_wall_ns(const struct fake_sys *f);

/* The node's wall clock stands still, or goes on from where it stood. Nobody is told. */
void fake_sys_freeze(struct fake_sys *f, bool still);

/* Set the node's wall clock forward (or back) by S seconds, as clock_settime would. */
void fake_sys_step_clock(struct fake_sys *f, int64_t s);

/* The machine sleeps for S seconds; of its timers only those of CLOCK_BOOTTIME know. */
void fake_sys_suspend(struct fake_sys *f, int64_t s);

/* Deliver signal SIG to the process; one that the writer blocked. */
void fake_sys_signal(struct fake_sys *f, int sig);

/* N children that the process never started, and has as PID 1, end. */
void fake_sys_orphans(struct fake_sys *f, unsigned n);

/* The watched directory changed. GONE: it was replaced, and the watch with it. */
void fake_sys_notify(struct fake_sys *f, bool gone);

#endif
