/* SPDX-License-Identifier: Apache-2.0 */
#include "writer/refresh.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "writer/ledger_store.h"
#include "writer/request.h"

#define GRACE_MS 2000	/* the child has its own deadline; this much later it is killed */
#define SKEW_WARN_S 30	/* what the endpoint tolerates in iat and exp */
#define LEARN_SLACK_S 10
#define GRANT_MIN_S 60	/* contract.md §1: no grant is shorter, whatever the assertion had left */

/*
 * Our clock may be behind: the endpoint's last Date says that it is at least so late.
 * The `iat` of an assertion says nothing: nobody has checked its signature.
 */
static struct wall at_least_now(const struct writer *w)
{
	struct wall now = w->sys->ops->wall_now(w->sys);
	int64_t since_ns = w->sys->ops->boot_now(w->sys).ns - w->heard.at.ns;

	if (w->heard.date_s && w->heard.date_s + since_ns / NS_PER_S > now.s)
		now.s = w->heard.date_s + since_ns / NS_PER_S;
	return now;
}

static void prune(struct writer *w)
{
	char ids[SUPPLY_MAX][ASSERTION_ID_LEN + 1];

	for (size_t i = 0; i < w->supply.n; i++)
		memcpy(ids[i], w->supply.item[i].jwt.id, sizeof(ids[i]));
	ledger_prune(&w->ledger, at_least_now(w),
		     (const char(*)[ASSERTION_ID_LEN + 1])ids, w->supply.n);
}

/* The write-ahead: from here on the assertion counts as sent, whatever happens to us. */
static int spend(struct writer *w, const struct assertion *jwt, struct err *e)
{
	const struct ledger_record *r;

	prune(w);
	r = ledger_find(&w->ledger, jwt->id);
	w->flight.jwt = *jwt;
	w->flight.use = r && r->use == LEDGER_ONCE_MORE ? USE_ONCE_MORE : USE_FREE;
	if (r && r->use == LEDGER_SPENT) {
		w->flight.use = USE_SPENT;
		return err_set(e, ERR_BUG, 0, "a spent assertion was chosen");
	}
	if (!ledger_put(&w->ledger, jwt->id, jwt->exp_s, LEDGER_SPENT))
		return err_set(e, ERR_TOO_BIG, 0,
			       "the ledger is full: too many assertions in one lifetime");
	return ledger_save(w->sys, w->opt->output, &w->ledger, e);
}

/* It never left this pod: as it was before spend(). On disk as soon as that works. */
static void unspend(struct writer *w)
{
	struct err e = { 0 };

	if (w->flight.use == USE_SPENT)
		return;
	if (w->flight.use == USE_ONCE_MORE)
		(void)ledger_put(&w->ledger, w->flight.jwt.id, w->flight.jwt.exp_s,
				 LEDGER_ONCE_MORE);
	else
		ledger_drop(&w->ledger, w->flight.jwt.id);
	if (ledger_save(w->sys, w->opt->output, &w->ledger, &e) < 0)
		log_err(&w->log, LOG_LEVEL_WARN, "unable to release an unsent assertion on disk", &e);
}

static int start(struct writer *w, const struct buf *assertion, struct err *e)
{
	AUTO(buf) struct buf request;

	buf_init(&request, REQUEST_MAX_BYTES);
	if (request_build(w->opt, (struct span){ assertion->data, assertion->len }, &request, e) <
	    0)
		return -1;
	w->flight.requested = w->sys->ops->boot_now(w->sys);
	w->flight.wall = w->sys->ops->wall_now(w->sys);
	return child_start(w->sys, &w->child, w->opt->exchange, &request,
			   mono_add_ms(w->flight.requested, w->opt->timeout_ms + GRACE_MS), e);
}

void refresh_begin(struct writer *w, size_t index)
{
	const struct supply_item *item = &w->supply.item[index];
	AUTO(buf) struct buf text;
	struct err e = { 0 };

	buf_init(&text, ASSERTION_MAX_BYTES + 64);
	if (source_read(w->sys, w->opt->source, w->opt->assertions, item, &text, &e) < 0) {
		w->scan_due = true;
		writer_io_failed(w, "unable to read the assertion to spend", &e);
		return;
	}
	if (spend(w, &item->jwt, &e) < 0) {
		unspend(w);
		writer_io_failed(w, "unable to write the ledger: nothing is spent", &e);
		return;
	}
	if (start(w, &text, &e) < 0) {
		unspend(w);
		writer_io_failed(w, "unable to start the exchange: nothing is spent", &e);
		return;
	}
	writer_io_done(w);
}

/* What the rule's lifetime is, as far as this grant, cut by its assertion's end or not, shows. */
static void learn(struct writer *w, const struct answer *a)
{
	/* The endpoint cut it by its own clock; ours may be behind. */
	int64_t then_s = a->date_s ? a->date_s : w->flight.wall.s, granted_s = a->expires_in_s;
	bool cut = granted_s >= 2 * (w->flight.jwt.exp_s - then_s) - LEARN_SLACK_S;
	int64_t known = w->ledger.lifetime_s, plan = w->opt->lifetime_s;
	char have[24], want[24];

	if (!cut || (granted_s > known && granted_s != GRANT_MIN_S))
		w->ledger.lifetime_s = known = granted_s;
	if (cut || w->told_lifetime || (known * 10 <= plan * 11 && known * 10 >= plan * 9))
		return;
	w->told_lifetime = true;
	(void)snprintf(have, sizeof(have), "%" PRId64, known);
	(void)snprintf(want, sizeof(want), "%" PRId64, plan);
	log_event(&w->log, LOG_LEVEL_WARN,
		  "the rule grants another lifetime than planned: set tokenLifetimeSeconds to it",
		  "lifetime_s#", have, "planned_s#", want, NULL);
}

/* Whether a credential, stored or pending, lasts as long as a new one until EXPIRES. */
static bool outlasted(const struct writer *w, struct mono expires)
{
	return (w->disk.have && expires.ns <= w->disk.expires.ns) ||
	       (w->pending.token.len && expires.ns <= w->pending.expires.ns);
}

/* Take the token of a grant. A useless one is a failure for the backoff: it cost an assertion. */
static void granted(struct writer *w, const struct answer *a)
{
	struct mono expires = mono_add_ms(w->flight.requested, a->expires_in_s * 1000);

	w->status.grants++;
	learn(w, a);
	if (outlasted(w, expires)) {
		w->last.result = RESULT_TRANSIENT;
		log_event(&w->log, LOG_LEVEL_WARN,
			  "the new credential ends before the one at hand: not used", NULL);
		return;
	}
	buf_reset(&w->pending.token);
	buf_add(&w->pending.token, a->token.s, a->token.len);
	if (w->pending.token.failed) {
		buf_reset(&w->pending.token);
		w->last.result = RESULT_TRANSIENT;
		log_event(&w->log, LOG_LEVEL_ERROR, "no memory for the new credential", NULL);
		return;
	}
	w->last.failures = w->last.spent = 0;
	w->pending.requested = w->flight.requested;
	w->pending.expires = expires;
}

static void note_skew(struct writer *w, const struct answer *a)
{
	char skew[24];

	if (!a->date_s)
		return;
	w->heard.date_s = a->date_s;
	w->heard.at = w->sys->ops->boot_now(w->sys);
	w->status.skew_known = true;
	w->status.skew_s = a->date_s - w->sys->ops->wall_now(w->sys).s;
	(void)snprintf(skew, sizeof(skew), "%" PRId64, w->status.skew_s);
	if (w->status.skew_s <= SKEW_WARN_S && w->status.skew_s >= -SKEW_WARN_S) {
		w->told_skew = false;
		return;
	}
	if (!w->told_skew)
		log_event(&w->log, LOG_LEVEL_WARN, "this node's clock is off by the endpoint's",
			  "skew_s#", skew, NULL);
	w->told_skew = true;
}

static void note(struct writer *w, const struct answer *a)
{
	char status[16], expires_in[24];
	bool ok = a->result == RESULT_GRANTED;

	w->status.result = a->result;
	w->status.http_status = a->http_status;
	w->status.at_s = w->sys->ops->wall_now(w->sys).s;
	(void)snprintf(w->status.request_id, sizeof(w->status.request_id), "%s", a->request_id);
	(void)snprintf(w->status.detail, sizeof(w->status.detail), "%s", a->detail);
	(void)snprintf(status, sizeof(status), "%d", a->http_status);
	(void)snprintf(expires_in, sizeof(expires_in), "%" PRId64, a->expires_in_s);
	log_event(&w->log, ok ? LOG_LEVEL_INFO : LOG_LEVEL_WARN, ok ? "exchange" : "exchange failed",
		  "result", result_name(a->result), "status#", a->http_status ? status : NULL,
		  "request_id", *a->request_id ? a->request_id : NULL, "expires_in_s#",
		  ok ? expires_in : NULL, "detail", *a->detail ? a->detail : NULL, NULL);
	note_skew(w, a);
	if (*a->unconfined && !w->told_unconfined)
		log_event(&w->log, LOG_LEVEL_WARN, "confinement incomplete on this kernel",
			  "exchange_lacks", a->unconfined, NULL);
	w->told_unconfined |= !!*a->unconfined;
}

/*
 * A refused second presentation after a 429 says that the first one was counted
 * after all; it says nothing about the identity.
 */
static void settle(struct writer *w, struct answer *a)
{
	struct err e = { 0 };

	if (a->result == RESULT_DENIED && w->flight.use == USE_ONCE_MORE)
		a->result = RESULT_TRANSIENT;
	if (a->result == RESULT_NOT_SENT)
		unspend(w);
	if (a->result != RESULT_THROTTLED || w->flight.use == USE_ONCE_MORE)
		return;
	(void)ledger_put(&w->ledger, w->flight.jwt.id, w->flight.jwt.exp_s, LEDGER_ONCE_MORE);
	if (ledger_save(w->sys, w->opt->output, &w->ledger, &e) < 0)
		log_err(&w->log, LOG_LEVEL_WARN, "unable to note a throttled assertion", &e);
}

void refresh_finish(struct writer *w, int status)
{
	struct answer a = { .result = RESULT_TRANSIENT, .retry_after_s = -1 };
	struct err e = { 0 };
	AUTO(buf) struct buf text;

	buf_init(&text, ANSWER_MAX_BYTES);
	if (child_finish(w->sys, &w->child, status, &text, &e) < 0 ||
	    answer_parse(text.data ? text.data : "", text.len, &a, &e) < 0)
		(void)snprintf(a.detail, sizeof(a.detail), "%.160s", e.msg);
	settle(w, &a);
	w->last.result = a.result;
	w->last.at = w->sys->ops->boot_now(w->sys);
	w->last.retry_after_s = a.retry_after_s;
	w->last.failures++;
	w->last.spent += a.result != RESULT_NOT_SENT;
	if (a.result == RESULT_GRANTED)
		granted(w, &a);
	note(w, &a);
}
