/* SPDX-License-Identifier: Apache-2.0 */
#include "writer/writer.h"

#include <stdio.h>
#include <string.h>

#include "common/fnv.h"
#include "writer/backoff.h"

#define IO_CAP_S 60

/* FNV-1a of the pod's uid; chance where there is none. */
static uint64_t make_seed(struct sys *sys, const char *uid)
{
	uint64_t seed = FNV_START;

	if (!*uid && sys->ops->random(sys, &seed, sizeof(seed)) < 0)
		return (uint64_t)sys->ops->boot_now(sys).ns;
	return fnv_adds(seed, uid);
}

void writer_init(struct writer *w, struct sys *sys, const struct options *opt, int log_fd)
{
	memset(w, 0, sizeof(*w));
	w->sys = sys;
	w->opt = opt;
	log_init(&w->log, sys, log_fd, opt->log_level);
	w->dry = SCHED_NEVER;
	w->seed = make_seed(sys, opt->pod_uid);
	w->lock = -1;
	anchor_init(&w->anchor);
	events_init(&w->events);
	child_init(&w->child);
	ledger_init(&w->ledger);
	buf_init(&w->pending.token, ANSWER_TOKEN_MAX);
	w->scan_due = true;
	w->last.retry_after_s = -1;
	w->status.planned_s = opt->lifetime_s;
}

void writer_fini(struct writer *w)
{
	child_fini(w->sys, &w->child);
	buf_fini(&w->pending.token);
	events_fini(&w->events);
	anchor_fini(&w->anchor);
	auto_close(&w->lock);
}

static enum sched_use use_of(const struct writer *w, const struct assertion *jwt)
{
	const struct ledger_record *r = ledger_find(&w->ledger, jwt->id);

	if (r)
		return r->use == LEDGER_ONCE_MORE ? USE_ONCE_MORE : USE_SPENT;
	return USE_FREE;
}

int64_t writer_lifetime_s(const struct writer *w)
{
	return w->ledger.lifetime_s ? w->ledger.lifetime_s : w->opt->lifetime_s;
}

void writer_view(const struct writer *w, struct sched_view *v)
{
	*v = (struct sched_view){
		.now = w->sys->ops->boot_now(w->sys),
		.wall = w->sys->ops->wall_now(w->sys),
		.dry = w->dry,
		.seed = w->seed,
		.lifetime_s = writer_lifetime_s(w),
		.leaving = w->leaving,
		.once = w->opt->verb == VERB_ONCE,
		.have = w->disk.have,
		.ever = w->disk.have || w->ledger.granted,
		.repair = w->disk.repair,
		.requested = w->disk.requested,
		.expires = w->disk.expires,
		.expires_at_s = w->disk.expires_at_s,
		.pending = w->pending.token.len > 0,
		.pending_requested = w->pending.requested,
		.pending_expires = w->pending.expires,
		.io_gate = w->io_gate,
		.last = w->last,
		.n = w->supply.n,
	};
	for (size_t i = 0; i < v->n; i++) {
		const struct supply_item *item = &w->supply.item[i];

		v->a[i] = (struct sched_assertion){ item->jwt.iat_s, item->jwt.exp_s,
						    use_of(w, &item->jwt), item->seen };
	}
}

void writer_io_failed(struct writer *w, const char *msg, const struct err *e)
{
	int64_t ms = 1000;

	log_err(&w->log, LOG_LEVEL_ERROR, msg, e);
	(void)snprintf(w->io_problem, sizeof(w->io_problem), "%.160s", e->msg);
	for (unsigned i = 0; i < w->io_failures && ms < IO_CAP_S * 1000; i++)
		ms *= 2;
	w->io_failures++;
	w->io_gate = mono_add_ms(w->sys->ops->boot_now(w->sys),
				 ms < IO_CAP_S * 1000 ? ms : IO_CAP_S * 1000);
}

void writer_io_done(struct writer *w)
{
	w->io_failures = 0;
	w->io_gate = (struct mono){ 0 };
	w->io_problem[0] = '\0';
}

void writer_tell(struct writer *w, const struct sched_next *next)
{
	struct wall wall = w->sys->ops->wall_now(w->sys);
	struct mono now = w->sys->ops->boot_now(w->sys);
	struct err e = { 0 };

	(void)snprintf(w->status.problem, sizeof(w->status.problem), "%.160s",
		       *w->io_problem ? w->io_problem : w->supply.problem);
	w->status.waiting = next->waiting;
	w->status.next_s = next->at.ns == SCHED_NEVER.ns
				   ? 0 : wall.s + (next->at.ns - now.ns) / NS_PER_S;
	w->status.lifetime_s = w->ledger.lifetime_s;
	w->status.failures = w->last.failures;
	w->status.assertions = (int64_t)w->supply.n;
	w->status.unspent = 0;
	for (size_t i = 0; i < w->supply.n; i++)
		w->status.unspent += use_of(w, &w->supply.item[i].jwt) == USE_FREE;
	if (!memcmp(&w->status, &w->saved, sizeof(w->status)))
		return;
	w->saved = w->status;
	if (status_save(w->sys, w->opt->output, &w->status, &e) < 0)
		log_err(&w->log, LOG_LEVEL_WARN, "unable to write the status file", &e);
}
