/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_WRITER_POD_H
#define TESTS_WRITER_POD_H

/* The real writer in a played pod: serve() in a forked process, restarted as the kubelet does. */

#include "tests/support/fake_world.h"
#include "writer/options.h"

#define POD_CRASHED (-1) /* in place of an exit status: a signal, or a status that is not ours */
#define POD_LEAKED 78	 /* exit status of a process that left memory or descriptors behind */

/* Options as the webhook sets them, onto W's directories. */
struct options pod_options(const struct fake_world *w);

/* The world of most tests: 6 assertions of 1200 s, tokens of 600 s; O as pod_options has it. */
struct fake_world *pod_new(struct options *o);

/* Keep W's processes' log from now on; then, how many of its lines have PART in them. */
void pod_log(const struct fake_world *w);
unsigned pod_log_lines(const struct fake_world *w, const char *part);

/* The writer's file NAME gets another content, or with NULL is removed. */
void pod_spoil(const struct fake_world *w, const char *name, const char *text);

/* One process until it exits. Returns its exit status, FAKE_KILLED or POD_CRASHED. */
int pod_run(struct fake_world *w, const struct options *o);

struct pod_life {
	unsigned starts, crashes, leaks;
	unsigned kills; /* by a fault on order */
	int last; /* exit status of the last process */
};

/*
 * A pod's life of S seconds of virtual time, ended by SIGTERM. A process that
 * exits is started again after 10 s, 20 s, … 300 s. Faults on order hit the first only.
 */
struct pod_life pod_live(struct fake_world *w, const struct options *o, int64_t s);

/* No replay, no torn, vanished or lying file, no crash, no leak: else the test fails. */
void pod_expect_clean(const struct fake_world *w, const struct pod_life *life);

/* Temporaries of replaced files that lie about in the output directory. */
unsigned pod_leftovers(const struct fake_world *w);

#endif
