/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/events.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/syntax.h"
#include "common/utf8.h"

#define COMPONENT "claude-wif"
#define NAME_MAX_BYTES 230	/* of an owner's name in an Event's, which has 253 */

struct events_series {
	struct owner owner;
	char namespace_[64], message[REVIEW_MESSAGE_SIZE];
	const char *reason;	/* static */
	uint64_t shared;
	char name[256];		/* of the Event, which may be there; "": none is */
	uint64_t count, told;	/* news, and of these the API server knows */
	uint64_t told_before;	/* what is being written */
	struct wall first, last;
	struct mono noted, next;	/* last one noted; when to write again */
	bool changing;			/* what is being written is a change of it */
	bool theirs;			/* another replica tells it */
};

static struct mono now(const struct events *ev)
{
	return ev->log->sys->ops->boot_now(ev->log->sys);
}

void events_init(struct events *ev, struct log *log, const char *instance)
{
	*ev = (struct events){ .log = log, .instance = instance, .tokens = EVENTS_BURST };
	ev->refilled = now(ev);
}

void events_fini(struct events *ev)
{
	for (size_t i = 0; i < EVENTS_MAX; i++)
		free(TAKE(ev->series[i]));
	ev->busy = NULL;
}

static bool same(const struct events_series *s, const struct events_news *news)
{
	return s->shared == news->shared && !strcmp(s->reason, news->reason) &&
	       !strcmp(s->namespace_, news->namespace_) &&
	       !strcmp(s->owner.uid, news->owner->uid) &&
	       !strcmp(s->owner.name, news->owner->name) &&
	       !strcmp(s->owner.kind, news->owner->kind);
}

/* May the place be used for another? What was never tried to be told is not given up. */
static bool is_over(const struct events *ev, const struct events_series *s, struct mono at)
{
	return s != ev->busy && (s->told == s->count || *s->name) &&
	       mono_diff_ms(at, s->noted) >= EVENTS_REST_MS;
}

static bool is_full(const struct events *ev, const struct events_news *news)
{
	size_t n = 0, n_shared = 0;

	for (size_t i = 0; i < EVENTS_MAX; i++) {
		const struct events_series *s = ev->series[i];

		n += s && !strcmp(s->namespace_, news->namespace_);
		n_shared += s && s->shared;
	}
	return n >= EVENTS_NAMESPACE_MAX || (news->shared && n_shared >= EVENTS_SHARED_MAX);
}

static struct events_series **find(struct events *ev, const struct events_news *news,
				   struct mono at)
{
	struct events_series **place = NULL;

	for (size_t i = 0; i < EVENTS_MAX; i++) {
		struct events_series **s = &ev->series[i];

		if (*s && is_over(ev, *s, at))
			free(TAKE(*s));
		if (*s && same(*s, news))
			return s;
		if (!*s && !place)
			place = s;
	}
	return place;
}

static struct events_series *begin(const struct events_news *news, struct mono at)
{
	struct events_series *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->owner = *news->owner;
	s->reason = news->reason;
	s->shared = news->shared;
	(void)snprintf(s->namespace_, sizeof(s->namespace_), "%s", news->namespace_);
	s->next = at;
	return s;
}

/* The owner is what the pod's author wrote: a path is made of it only when it is a name. */
static bool has_owner(const struct events_news *news)
{
	return *news->owner->kind && syntax_label(news->namespace_) &&
	       syntax_subdomain(news->owner->name);
}

void events_note(struct events *ev, const struct events_news *news)
{
	int len = (int)utf8_cut(news->message, REVIEW_MESSAGE_SIZE - 1);
	struct mono at = now(ev);
	struct events_series **place;

	if (!has_owner(news))
		return;
	place = find(ev, news, at);
	if (place && !*place && !is_full(ev, news))
		*place = begin(news, at);
	if (!place || !*place) {
		ev->dropped++;
		return;
	}
	(*place)->last = ev->log->sys->ops->wall_now(ev->log->sys);
	if (!(*place)->count++)
		(*place)->first = (*place)->last;
	(*place)->noted = at;
	(void)snprintf((*place)->message, sizeof((*place)->message), "%.*s", len, news->message);
}

void events_denied(struct events *ev, const struct review *about)
{
	if (!about->dry_run)
		events_note(ev, &(struct events_news){ .namespace_ = about->namespace_,
						       .message = about->message,
						       .owner = &about->owner,
						       .reason = reason_row(about->reason)->code });
}

/* --- what is sent --- */

static void add_string(struct buf *out, const char *key, const char *value)
{
	buf_addf(out, "\"%s\":", key);
	buf_add_json(out, value, strlen(value));
}

/* Source: RFC 3339 §5.6; metav1.Time has whole seconds. */
static void add_time(struct buf *out, const char *key, struct wall at)
{
	time_t s = (time_t)at.s;
	char text[32] = "";
	struct tm tm;

	if (gmtime_r(&s, &tm))
		(void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
	add_string(out, key, text);
}

/* What changes from one time to the next. */
static void add_news(struct buf *out, const struct events_series *s)
{
	buf_addf(out, "\"count\":%" PRIu64 ",", s->count);
	add_time(out, "lastTimestamp", s->last);
	buf_addc(out, ',');
	add_string(out, "message", s->message);
}

static void write_change(const struct events_series *s, struct events_write *out)
{
	out->method = "PATCH";
	out->content_type = "application/merge-patch+json";
	buf_addf(&out->path, "/api/v1/namespaces/%s/events/%s", s->namespace_, s->name);
	buf_addc(&out->body, '{');
	add_news(&out->body, s);
	buf_addc(&out->body, '}');
}

static void write_owner(const struct events_series *s, struct buf *out)
{
	const struct {
		const char *key, *value;
	} rows[] = {
		{ "apiVersion", s->owner.api_version }, { "kind", s->owner.kind },
		{ "namespace", s->namespace_ }, { "name", s->owner.name }, { "uid", s->owner.uid },
	};

	buf_adds(out, ",\"involvedObject\":{");
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		if (i)
			buf_addc(out, ',');
		add_string(out, rows[i].key, rows[i].value);
	}
	buf_adds(out, "},");
}

/*
 * The owner's name, and what is shared: every replica gives it. Else chance: no other replica,
 * and no later series, does.
 */
static void make_name(const struct events *ev, struct events_series *s)
{
	struct sys *sys = ev->log->sys;
	uint64_t tail = s->shared;
	int len = (int)strnlen(s->owner.name, NAME_MAX_BYTES);

	/* Without chance the time must do; a clash is answered 409, and the Event is lost. */
	if (!tail && sys->ops->random(sys, &tail, sizeof(tail)) < 0)
		tail = (uint64_t)now(ev).ns;
	while (len && strchr("-.", s->owner.name[len - 1]))
		len--;
	(void)snprintf(s->name, sizeof(s->name), "%.*s.%016" PRIx64, len, s->owner.name, tail);
}

static void write_new(const struct events *ev, struct events_series *s, struct events_write *out)
{
	struct buf *body = &out->body;

	make_name(ev, s);
	out->method = "POST";
	out->content_type = "application/json";
	buf_addf(&out->path, "/api/v1/namespaces/%s/events", s->namespace_);
	buf_adds(body, "{\"apiVersion\":\"v1\",\"kind\":\"Event\",\"metadata\":{");
	add_string(body, "name", s->name);
	buf_addc(body, ',');
	add_string(body, "namespace", s->namespace_);
	buf_addc(body, '}');
	write_owner(s, body);
	add_string(body, "reason", s->reason);
	buf_adds(body, ",\"type\":\"Warning\",\"source\":{\"component\":\"" COMPONENT "\"},"
		       "\"reportingComponent\":\"" COMPONENT "\",");
	add_string(body, "reportingInstance", ev->instance);
	buf_addc(body, ',');
	add_time(body, "firstTimestamp", s->first);
	buf_addc(body, ',');
	add_news(body, s);
	buf_addc(body, '}');
}

/* --- when --- */

static void refill(struct events *ev, struct mono at)
{
	int64_t gained = mono_diff_ms(at, ev->refilled) / 1000;

	if (gained <= 0)
		return;
	ev->refilled = mono_add_ms(ev->refilled, gained * 1000);
	ev->tokens = gained < EVENTS_BURST - ev->tokens ? ev->tokens + (unsigned)gained :
							  EVENTS_BURST;
}

/* The series that has waited longest of those that may be written, or NULL. */
static struct events_series *due(const struct events *ev, struct mono at)
{
	struct events_series *best = NULL;

	for (size_t i = 0; i < EVENTS_MAX; i++) {
		struct events_series *s = ev->series[i];

		if (s && !s->theirs && s->told < s->count && s->next.ns <= at.ns &&
		    (!best || s->next.ns < best->next.ns))
			best = s;
	}
	return best;
}

bool events_next(struct events *ev, struct events_write *out)
{
	struct mono at = now(ev);
	struct events_series *s = ev->busy ? NULL : due(ev, at);

	refill(ev, at);
	if (!s || !ev->tokens)
		return false;
	s->changing = *s->name != '\0';
	if (s->changing)
		write_change(s, out);
	else
		write_new(ev, s, out);
	ev->tokens--;
	s->told_before = s->told;
	s->told = s->count;
	s->next = mono_add_ms(at, EVENTS_AGAIN_MS);
	ev->busy = s;
	return true;
}

/*
 * S was not written. After a failure that may pass it is tried again, as a change: it may be
 * there all the same, and when it is not, 404 has it made anew.
 */
static void put_off(const struct events *ev, struct events_series *s, int status)
{
	if (!status || status == 429 || status >= 500) {
		s->told = s->told_before;
		return;
	}
	s->name[0] = '\0'; /* it is not there, or no more: the next time begins a new one */
	if (status == 404 && s->changing) { /* Events are kept for an hour */
		s->told = 0;
		s->next = now(ev);
	}
}

void events_done(struct events *ev, int status, const char *why)
{
	struct events_series *s = TAKE(ev->busy);
	char code[16];

	if (!s)
		return;
	if (status == 200 || status == 201) {
		ev->written++;
		return;
	}
	if (status == 409 && s->shared && !s->changing) {
		s->theirs = true;
		return;
	}
	put_off(ev, s, status);
	ev->failed++;
	(void)snprintf(code, sizeof(code), "%d", status);
	log_event(ev->log, LOG_LEVEL_WARN, "unable to write an Event", "namespace", s->namespace_,
		  "kind", s->owner.kind, "name", s->owner.name, "reason",
		  s->reason, "status#", status ? code : NULL, "error",
		  status ? NULL : why, NULL);
}
