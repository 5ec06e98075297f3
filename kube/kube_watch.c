/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/kube_watch.h"

#include <stdio.h>
#include <string.h>

#define PAGE_OBJECTS 500	/* of metadata alone, 1 to 2 KB each */
#define PAGE_WHOLE 25		/* of whole objects, 10 KB each */
/*
 * Bytes of a page or a line. Above it, pages of fewer objects are asked for; one object
 * always fits: etcd keeps 1.5 MiB of one at most, and of a byte of that JSON makes six at
 * most, for '<' (9 MiB). Source: etcd --max-request-bytes; Go encoding/json, HTMLEscape.
 */
#define TEXT_MAX (10u << 20)
#define PATH_SIZE 1024
#define LIST_MS 30000
#define STREAM_S 290		/* and up to JITTER_S more or less; the server ends it then */
#define JITTER_S 15
#define GRACE_S 30		/* for its end to arrive */
#define BACKOFF_MS 250		/* doubled with each failure */
#define BACKOFF_MAX_MS 30000

static const char *const resources[KUBE_KINDS] = {
	[KUBE_SERVICE_ACCOUNT] = "serviceaccounts",
	[KUBE_NAMESPACE] = "namespaces",
	[KUBE_POD] = "pods",
};

static struct mono now(const struct kube_watch *w)
{
	return w->sys->ops->boot_now(w->sys);
}

static unsigned chance(const struct kube_watch *w, unsigned below)
{
	unsigned r = 0;

	(void)w->sys->ops->random(w->sys, &r, sizeof(r)); /* without it there is no jitter */
	return r % below;
}

static void wait_ms(struct kube_watch *w, int64_t ms)
{
	buf_fini(&w->body);
	w->phase = KUBE_WATCH_WAITING;
	w->next = mono_add_ms(now(w), ms);
}

static void back_off(struct kube_watch *w)
{
	unsigned doublings = w->failures < 8 ? w->failures : 8;
	unsigned most = BACKOFF_MS << doublings;

	if (most > BACKOFF_MAX_MS)
		most = BACKOFF_MAX_MS;
	w->failures++;
	wait_ms(w, most / 2 + chance(w, most / 2));
}

static void fail(struct kube_watch *w, const char *what, int status, const struct err *e)
{
	char code[16];

	(void)snprintf(code, sizeof(code), "%d", status);
	log_event(w->log, LOG_LEVEL_WARN, "unable to follow the cluster; trying again", "resource",
		  resources[w->kind], "step", what, "status#", status ? code : NULL, "error",
		  e->kind ? e->msg : NULL, NULL);
	back_off(w);
}

/* A token may just have been replaced: the first 401 in a row is tried again at once. */
static bool renews(struct kube_watch *w, int status)
{
	bool first = status == 401 && !w->renewed;

	w->renewed = status == 401;
	if (first)
		wait_ms(w, 0);
	return first;
}

static void forget(struct kube_watch *w)
{
	free(TAKE(w->more));
	w->version[0] = '\0';
}

/* Tell the server; without memory its store would miss something: then all again. */
static bool post(struct kube_watch *w, enum kube_message_type type, struct kube_changes *changes)
{
	struct kube_message *m = kube_message_new(type, w->kind);

	if (!m)
		return false;
	if (changes) {
		m->changes = *changes;
		*changes = (struct kube_changes){ .n = 0 };
	}
	w->post(w->ctx, m);
	return true;
}

static void start(struct kube_watch *w, enum kube_watch_phase phase, size_t body_max)
{
	struct err e = { 0 };

	buf_init(&w->body, body_max);
	w->fault = (struct err){ 0 };
	w->phase = phase;
	if (kube_http_start(w->http, &w->call, &e) < 0)
		fail(w, "start", 0, &e);
}

/* An object that is too large is gone for us: say which. */
static void say_too_large(struct kube_watch *w, const struct kube_change *c)
{
	if (c->too_large)
		log_event(w->log, LOG_LEVEL_WARN, "an object is too large to be followed",
			  "resource", resources[w->kind], "namespace",
			  *c->namespace_ ? c->namespace_ : NULL, "name", c->name, NULL);
}

/* --- the list --- */

static unsigned most_objects(const struct kube_watch *w)
{
	return w->reduce ? PAGE_WHOLE : PAGE_OBJECTS;
}

static bool on_page_data(void *ctx, const char *data, size_t len)
{
	struct kube_watch *w = ctx;

	buf_add(&w->body, data, len);
	return !w->body.failed;
}

static void take_page(struct kube_watch *w)
{
	AUTO(kube_page) struct kube_page page = { .more = NULL };
	struct err e = { 0 };
	bool first = !w->more, told;

	if (kube_event_page(w->body.data ? w->body.data : "", w->body.len, w->prefix, w->reduce,
			    &page, &e) < 0) {
		forget(w);
		fail(w, "list", 0, &e);
		return;
	}
	for (size_t i = 0; i < page.changes.n; i++)
		say_too_large(w, &page.changes.list[i]);
	w->limit = 2 * w->limit < most_objects(w) ? 2 * w->limit : most_objects(w);
	told = !first || post(w, KUBE_LIST_BEGIN, NULL);
	told = told && post(w, KUBE_CHANGES, &page.changes);
	free(w->more);
	w->more = TAKE(page.more);
	if (told && !w->more) {
		told = post(w, KUBE_LIST_END, NULL);
		(void)snprintf(w->version, sizeof(w->version), "%s", page.version);
		w->failures = 0;
	}
	if (!told)
		forget(w);
	wait_ms(w, told ? 0 : BACKOFF_MAX_MS);
}

static void on_page_done(void *ctx, int status, const struct err *e)
{
	struct kube_watch *w = ctx;

	if (renews(w, status))
		return;
	if (status == 200) {
		take_page(w);
		return;
	}
	if (e->kind == ERR_TOO_BIG && w->limit > 1) { /* the same page, of fewer objects */
		w->limit = w->limit > 4 ? w->limit / 4 : 1;
		wait_ms(w, 0);
		return;
	}
	forget(w); /* 410: the token of the next page is too old; else a list is begun anew too */
	fail(w, "list", status, e);
}

/* Append the token: it is base64 today, but nobody promises. Source: RFC 3986 §2.3. */
static void add_escaped(struct buf *out, const char *s)
{
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

	for (; *s; s++)
		if (strchr(plain, *s))
			buf_addc(out, *s);
		else
			buf_addf(out, "%%%02X", (unsigned)(unsigned char)*s);
}

static void list(struct kube_watch *w)
{
	AUTO(buf) struct buf path;

	buf_init(&path, 64u << 10);
	buf_addf(&path, "/api/v1/%s?limit=%u", resources[w->kind], w->limit);
	if (w->more) {
		buf_adds(&path, "&continue=");
		add_escaped(&path, w->more);
	}
	if (path.failed) {
		forget(w);
		back_off(w);
		return;
	}
	w->call = (struct kube_call){ .path = path.data,
				      .accept = w->reduce ? KUBE_ACCEPT_JSON : KUBE_ACCEPT_LIST,
				      .timeout_ms = LIST_MS, .on_data = on_page_data,
				      .on_done = on_page_done, .ctx = w };
	start(w, KUBE_WATCH_LISTING, TEXT_MAX);
}

/* --- the stream --- */

/* One line; false ends the stream. */
static bool take_line(struct kube_watch *w, const char *line, size_t len)
{
	AUTO(kube_event) struct kube_event ev = { .code = 0 };
	struct kube_changes one = { .n = 1 };

	if (kube_event_line(line, len, w->prefix, w->reduce, &ev, &w->fault) < 0)
		return false;
	if (ev.type == KUBE_EVENT_ERROR) {
		(void)err_set(&w->fault, ERR_TRANSIENT, 0, "the watch was ended with code %d",
			      ev.code);
		return false;
	}
	if (ev.type == KUBE_EVENT_CHANGE) {
		say_too_large(w, &ev.change);
		one.list = malloc(sizeof(*one.list));
		if (!one.list)
			return !err_set(&w->fault, ERR_NOMEM, 0, "no memory for an event");
		one.list[0] = ev.change;
		ev.change = (struct kube_change){ .gone = false };
		if (!post(w, KUBE_CHANGES, &one)) {
			kube_changes_fini(&one);
			return !err_set(&w->fault, ERR_NOMEM, 0, "no memory for an event");
		}
	}
	if (ev.type == KUBE_EVENT_BOOKMARK)
		(void)post(w, KUBE_ALIVE, NULL); /* without memory it is late by one */
	(void)snprintf(w->version, sizeof(w->version), "%s", ev.version);
	w->fed = true;
	w->failures = 0;
	return true;
}

/* Events come in pieces of any size, and end with a newline. */
static bool on_stream_data(void *ctx, const char *data, size_t len)
{
	struct kube_watch *w = ctx;
	const char *newline;

	while ((newline = memchr(data, '\n', len))) {
		size_t n = (size_t)(newline - data);

		buf_add(&w->body, data, n);
		if (w->body.failed || (w->body.len && !take_line(w, w->body.data, w->body.len)))
			return false;
		buf_reset(&w->body);
		data += n + 1;
		len -= n + 1;
	}
	buf_add(&w->body, data, len);
	return !w->body.failed;
}

static void on_stream_done(void *ctx, int status, const struct err *e)
{
	struct kube_watch *w = ctx;
	bool lasted = mono_diff_ms(now(w), w->since) >= 1000;

	if (renews(w, status))
		return;
	if (status == 410 || w->body.failed || w->fault.kind)
		w->version[0] = '\0'; /* what was said since is not known: list again */
	if (status == 200 && (w->fed || lasted))
		wait_ms(w, 0);
	else
		fail(w, "watch", status, w->fault.kind ? &w->fault : e);
}

static void stream(struct kube_watch *w)
{
	int seconds = STREAM_S - JITTER_S + (int)chance(w, 2 * JITTER_S + 1);
	char path[PATH_SIZE];

	(void)snprintf(path, sizeof(path),
		       "/api/v1/%s?watch=1&resourceVersion=%s&allowWatchBookmarks=true"
		       "&timeoutSeconds=%d",
		       resources[w->kind], w->version, seconds);
	w->call = (struct kube_call){ .path = path,
				      .accept = w->reduce ? KUBE_ACCEPT_JSON : KUBE_ACCEPT_ONE,
				      .timeout_ms = (seconds + GRACE_S) * INT64_C(1000),
				      .on_data = on_stream_data, .on_done = on_stream_done,
				      .ctx = w };
	w->fed = false;
	w->since = now(w);
	start(w, KUBE_WATCH_STREAMING, TEXT_MAX);
}

/* --- */

void kube_watch_init(struct kube_watch *w, struct kube_http *http, struct log *log,
		     enum kube_kind kind, const char *prefix,
		     int (*reduce)(const struct json_t *, const char *, char **),
		     void (*post_)(void *ctx, struct kube_message *m), void *ctx)
{
	*w = (struct kube_watch){ .http = http, .sys = log->sys, .log = log, .post = post_,
				  .ctx = ctx, .kind = kind, .prefix = prefix,
				  .reduce = reduce };
	w->limit = most_objects(w);
	w->next = now(w);
}

void kube_watch_fini(struct kube_watch *w)
{
	if (!w->http)
		return;
	kube_http_cancel(w->http, &w->call);
	buf_fini(&w->body);
	forget(w);
}

int kube_watch_step(struct kube_watch *w)
{
	int64_t left_ms;

	if (w->phase != KUBE_WATCH_WAITING)
		return -1;
	left_ms = (w->next.ns - now(w).ns + NS_PER_MS - 1) / NS_PER_MS;
	if (left_ms > 0)
		return (int)left_ms;
	if (w->version[0])
		stream(w);
	else
		list(w);
	return w->phase == KUBE_WATCH_WAITING ? 0 : -1;
}

void kube_watch_restart(struct kube_watch *w, const char *prefix)
{
	kube_http_cancel(w->http, &w->call);
	forget(w);
	w->prefix = prefix;
	wait_ms(w, 0);
}
