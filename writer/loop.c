/* SPDX-License-Identifier: Apache-2.0 */
#include "writer/loop.h"

#include <stdio.h>
#include <string.h>

#include "writer/farewell.h"
#include "writer/refresh.h"
#include "writer/store.h"

#define LOOK_MAX_MS 60000  /* how often to look where nothing can be watched: look_ms */
#define LOOK_MIN_MS 1000
#define POLL_FAILURES_MAX 10
#define REAP_MS 1000	   /* a killed child's end is due by then */
#define USABLE_S 30	   /* contract.md §3: SDKs refuse a token with less left */
#define CONTINUE (-1)
#define FAILED (-2)

/* Whether the kubelet's assertions are as many as the rule's lifetime asks for: log and status. */
static void check_supply(struct writer *w)
{
	int64_t e = 0, demand;
	char have[24], want[24];

	for (size_t i = 0; i < w->supply.n; i++)
		if (w->supply.item[i].jwt.exp_s - w->supply.item[i].jwt.iat_s > e)
			e = w->supply.item[i].jwt.exp_s - w->supply.item[i].jwt.iat_s;
	demand = w->ledger.lifetime_s ? schedule_demand(e, w->ledger.lifetime_s) : 0;
	if (w->opt->source != SOURCE_PROJECTED || demand <= (int64_t)w->supply.n)
		demand = 0;
	w->status.needed = demand;
	if (w->told_supply || !demand)
		return;
	w->told_supply = true;
	(void)snprintf(have, sizeof(have), "%zu", w->supply.n);
	(void)snprintf(want, sizeof(want), "%lld", (long long)demand);
	log_event(&w->log, LOG_LEVEL_WARN,
		  "too few assertions for the rule's lifetime: the credential will run out",
		  "assertions#", have, "needed#", want, NULL);
}

static void scan(struct writer *w)
{
	struct err e = { 0 };

	w->scan_due = false;
	if (source_scan(w->sys, w->opt->source, w->opt->assertions, &w->supply, &e) < 0) {
		log_err(&w->log, LOG_LEVEL_WARN, "unable to look for assertions", &e);
		(void)snprintf(w->supply.problem, sizeof(w->supply.problem), "%s", e.msg);
		return;
	}
	if (w->supply.bad)
		log_event(&w->log, LOG_LEVEL_WARN, "not a usable assertion", "file",
			  w->supply.problem, NULL);
	check_supply(w);
}

/* A tenth of a token's life: half of it is left when the next is wanted. */
static int64_t look_ms(const struct writer *w)
{
	int64_t ms = writer_lifetime_s(w) * 1000 / 10;

	return ms < LOOK_MIN_MS ? LOOK_MIN_MS : ms > LOOK_MAX_MS ? LOOK_MAX_MS : ms;
}

/* Keep a watch on the source; without one, look again by the clock. */
static struct mono watch(struct writer *w, struct mono until)
{
	struct mono look = mono_add_ms(w->sys->ops->boot_now(w->sys), look_ms(w));
	struct err e = { 0 };

	if (w->events.watching)
		return until;
	if (events_watch(&w->events, w->sys, w->opt->source, w->opt->assertions, &e) == 0) {
		w->scan_due = true; /* what came before the watch made no event */
		return w->sys->ops->boot_now(w->sys);
	}
	log_err(&w->log, LOG_LEVEL_WARN, "unable to watch the assertions; looking by the clock",
		&e);
	w->scan_due = true;
	return look.ns < until.ns ? look : until;
}

/* Note since when nothing has been valid; what this process did not live through does not count. */
static void note_dry(struct writer *w, struct sched_view *v)
{
	if (schedule_valid(v))
		w->dry = SCHED_NEVER;
	else if (w->dry.ns == SCHED_NEVER.ns)
		w->dry = v->now;
	v->dry = w->dry;
}

/* A credential that `check` and the SDKs would take; of a very short life, half of it. */
static bool usable(const struct sched_view *v)
{
	int64_t need = v->lifetime_s / 2 < USABLE_S ? v->lifetime_s / 2 : USABLE_S;

	return v->have && (v->expires.ns - v->now.ns) / NS_PER_S > need;
}

/* Nothing to do now: are we done for good? */
static bool done(const struct writer *w, const struct sched_view *v)
{
	return w->leaving || (w->opt->verb == VERB_ONCE && usable(v));
}

/* One step that needs no waiting. CONTINUE, or the exit status. *until: when to look again. */
static int act(struct writer *w, struct mono *until, struct err *e)
{
	struct sched_next next;
	struct sched_view v;

	if (anchor_check(&w->anchor, w->sys, w->opt, e) < 0)
		return 111;
	store_look(w);
	writer_view(w, &v);
	note_dry(w, &v);
	next = schedule_next(&v);
	*until = v.now;
	switch (next.act) {
	case ACT_STORE:
		(void)store_pending(w);
		break;
	case ACT_REWRITE:
		store_rewrite(w);
		break;
	case ACT_EXCHANGE:
		if (w->left_over)
			return 0;
		w->left_over = w->leaving;
		refresh_begin(w, next.index);
		break;
	case ACT_GIVE_UP:
		if (w->leaving)
			return 0;
		writer_tell(w, &next);
		return farewell(w, e);
	case ACT_WAIT:
		writer_tell(w, &next);
		*until = next.at;
		return done(w, &v) ? 0 : CONTINUE;
	}
	return CONTINUE;
}

/* A stop signal. A classic sidecar's clients live on through the grace period. */
static bool stop_now(struct writer *w)
{
	int64_t left = (w->disk.expires.ns - w->sys->ops->boot_now(w->sys).ns) / NS_PER_S;

	log_event(&w->log, LOG_LEVEL_INFO, "stop signal", NULL);
	if (!w->opt->classic || w->leaving || (w->disk.have && left >= w->opt->grace_s))
		return true;
	w->leaving = true;
	w->left_over = w->child.pid > 0; /* the one under way is the last */
	return false;
}

/* The exit status of a stop: `once` was asked for a credential, and owes one. */
static int stopped(const struct writer *w, struct err *e)
{
	struct sched_view v;

	writer_view(w, &v);
	if (w->opt->verb != VERB_ONCE || usable(&v))
		return 0;
	err_set(e, ERR_TRANSIENT, 0, "stopped before there was a credential");
	return 111;
}

/* Sleep and sort out what woke us. CONTINUE, FAILED with E, or the exit status. */
static int wait(struct writer *w, struct mono until, struct err *e)
{
	unsigned what = 0;
	int status = 0;

	if (events_wait(&w->events, w->sys, until, w->opt->source, w->opt->assertions, &what, e) < 0)
		return FAILED;
	if (what & EVENT_CLOCK)
		log_event(&w->log, LOG_LEVEL_INFO, "the wall clock was set", NULL);
	if (what & EVENT_SOURCE)
		w->scan_due = true;
	if (what & EVENT_STOP && stop_now(w))
		return stopped(w, e);
	if (w->child.pid && w->sys->ops->boot_now(w->sys).ns >= w->child.deadline.ns) {
		child_kill(w->sys, &w->child);
		w->child.deadline = mono_add_ms(w->sys->ops->boot_now(w->sys), REAP_MS);
		what |= EVENT_CHILD; /* look even if the signal was lost */
	}
	if (what & EVENT_CHILD && child_reap(w->sys, &w->child, &status)) {
		refresh_finish(w, status);
		check_supply(w); /* now that the rule's lifetime is known */
	}
	return CONTINUE;
}

int loop_run(struct writer *w, struct err *e)
{
	unsigned poll_failures = 0;

	for (;;) {
		struct mono until = w->child.deadline;
		int ret = CONTINUE;

		if (w->scan_due)
			scan(w);
		if (!w->child.pid)
			ret = act(w, &until, e);
		if (ret != CONTINUE)
			return ret;
		if (w->child.pid)
			until = w->child.deadline;
		until = watch(w, until);
		ret = wait(w, until, e);
		if (ret >= 0)
			return ret;
		poll_failures = ret == CONTINUE ? 0 : poll_failures + 1;
		if (poll_failures == POLL_FAILURES_MAX)
			return 111;
	}
}
