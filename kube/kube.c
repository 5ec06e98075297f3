/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/kube.h"

#include <signal.h>
#include <string.h>

#include "kube/kube_errand.h"
#include "kube/kube_watch.h"

#define TURN_MS 60000
#define REQUEST_MS 10000
#define PAUSE_MS 1000

struct kube {
	struct kube_queue in, out;
	struct kube_message *last;	/* KUBE_STOP: there when there is no memory any more */
	void (*wake)(void *ctx);
	void *ctx;
	char *prefix;	/* the last one set; the server's thread alone, as the next */
	unsigned generation;	/* counts the prefixes that were set */
	pthread_t thread;
	bool running;
	/* the kube thread's alone while it runs */
	struct kube_target target;
	struct log log;
	struct kube_http *http;
	struct kube_watch watch[KUBE_KINDS];	/* of KINDS, the last of which are pods */
	size_t kinds;
	struct kube_errand *errands;
	char *own_prefix;
	unsigned own_generation;
	bool stop;
};

static void post(void *ctx, struct kube_message *m)
{
	struct kube *k = ctx;

	m->generation = k->own_generation;
	kube_queue_put(&k->out, m);
	k->wake(k->ctx);
}

/* --- the kube thread --- */

static void on_done(void *ctx, struct kube_errand *d, struct kube_message *m)
{
	struct kube *k = ctx;
	struct kube_errand **at = &k->errands;

	while (*at != d)
		at = &(*at)->next;
	*at = d->next;
	kube_errand_free(d);
	post(k, m);
}

static void run_errand(struct kube *k, struct kube_message *m)
{
	struct kube_errand *d =
		kube_errand_new(k->http, k->log.sys, k->own_prefix, m, on_done, k);

	if (!d) {
		kube_errand_refuse(m, "no memory");
		post(k, m);
		return;
	}
	d->next = k->errands;
	k->errands = d;
	kube_errand_start(d);
}

/* Lists and watches begin again; a GET under way is read by the new prefix when it is here. */
static void set_prefix(struct kube *k, char *prefix, unsigned generation)
{
	char *old = k->own_prefix;

	k->own_prefix = prefix;
	k->own_generation = generation;
	for (struct kube_errand *d = k->errands; d; d = d->next)
		d->prefix = prefix;
	for (size_t i = 0; i < k->kinds; i++)
		kube_watch_restart(&k->watch[i], prefix);
	free(old);
}

/* Serve one message, which is taken. */
static void serve(struct kube *k, struct kube_message *m)
{
	if (m->type == KUBE_ASK || m->type == KUBE_REQUEST) {
		run_errand(k, m);
		return;
	}
	if (m->type == KUBE_STOP)
		k->stop = true;
	else if (m->type == KUBE_PREFIX)
		set_prefix(k, TAKE(m->text), m->generation);
	kube_message_free(m);
}

static void serve_all(struct kube *k)
{
	struct kube_message *m = kube_queue_take(&k->in);

	for (struct kube_message *next; m; m = next) {
		next = m->next;
		m->next = NULL;
		serve(k, m);
	}
}

/* Begin what is due; the milliseconds until more is. */
static int step(struct kube *k)
{
	int least = TURN_MS;

	for (size_t i = 0; i < k->kinds; i++) {
		int ms = kube_watch_step(&k->watch[i]);

		if (ms >= 0 && ms < least)
			least = ms;
	}
	return least;
}

/* libcurl's loop fails for want of memory: without a pause the thread would do nothing else. */
static void *run(void *ctx)
{
	struct kube *k = ctx;
	struct err e = { 0 };

	serve_all(k);
	while (!k->stop) {
		if (kube_http_turn(k->http, step(k), &e) < 0) {
			log_err(&k->log, LOG_LEVEL_ERROR, "unable to follow the cluster now",
				&e);
			(void)k->log.sys->ops->poll(k->log.sys, NULL, 0, PAUSE_MS);
		}
		serve_all(k);
	}
	return NULL;
}

/* --- the server's thread --- */

static void free_kube(struct kube *k)
{
	for (size_t i = 0; i < k->kinds; i++)
		kube_watch_fini(&k->watch[i]);
	for (struct kube_errand *d = k->errands, *next; d; d = next) {
		next = d->next;
		kube_errand_free(d);
	}
	kube_http_free(k->http);
	kube_target_fini(&k->target);
	kube_queue_fini(&k->in);
	kube_queue_fini(&k->out);
	kube_message_free(k->last);
	free(k->own_prefix);
	free(k->prefix);
	free(k);
}

static int tell(struct kube *k, struct kube_message *m, struct err *e)
{
	if (!m)
		return err_set(e, ERR_NOMEM, 0, "no memory for a question to the API server");
	kube_queue_put(&k->in, m);
	kube_http_wake(k->http);
	return 0;
}

/* Signals are the server's: none interrupts the thread. */
static int start_thread(struct kube *k, struct err *e)
{
	sigset_t all, before;
	int rc;

	sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&k->thread, NULL, run, k);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc)
		return err_set(e, ERR_IO, rc, "unable to start a thread");
	k->running = true;
	return 0;
}

int kube_start(struct kube **out, struct kube_target *target, const struct log *log,
	       const char *prefix, int (*pods)(const struct json_t *, const char *, char **),
	       void (*wake)(void *ctx), void *ctx, struct err *e)
{
	struct kube *k = calloc(1, sizeof(*k));

	*out = NULL;
	if (!k)
		return err_set(e, ERR_NOMEM, 0, "no memory to follow the cluster");
	kube_queue_init(&k->in);
	kube_queue_init(&k->out);
	k->wake = wake;
	k->ctx = ctx;
	k->target = *target;
	*target = (struct kube_target){ .server = NULL };
	log_init(&k->log, log->sys, log->fd, log->level);
	k->prefix = strdup(prefix);
	k->own_prefix = strdup(prefix);
	k->last = kube_message_new(KUBE_STOP, 0);
	if (!k->prefix || !k->own_prefix || !k->last) {
		free_kube(k);
		return err_set(e, ERR_NOMEM, 0, "no memory to follow the cluster");
	}
	if (kube_http_new(&k->http, &k->target, log->sys, e) < 0) {
		free_kube(k);
		return -1;
	}
	_Static_assert(KUBE_POD == KUBE_KINDS - 1, "without them the others are followed");
	k->kinds = pods ? KUBE_KINDS : KUBE_POD;
	for (enum kube_kind kind = 0; kind < k->kinds; kind++)
		kube_watch_init(&k->watch[kind], k->http, &k->log, kind, k->own_prefix,
				kind == KUBE_POD ? pods : NULL, post, k);
	if (start_thread(k, e) < 0) {
		free_kube(k);
		return -1;
	}
	*out = k;
	return 0;
}

void kube_stop(struct kube *k)
{
	if (!k)
		return;
	kube_queue_put(&k->in, TAKE(k->last));
	kube_http_wake(k->http);
	if (k->running)
		(void)pthread_join(k->thread, NULL);
	free_kube(k);
}

/* By another prefix the keys that count would be missing: it is as if nothing had been read. */
static bool is_outdated(const struct kube *k, const struct kube_message *m)
{
	return m->generation != k->generation && m->type != KUBE_ANSWER;
}

struct kube_message *kube_take(struct kube *k)
{
	struct kube_message *all = kube_queue_take(&k->out);

	for (struct kube_message **at = &all; *at;) {
		struct kube_message *m = *at;

		if (is_outdated(k, m) && m->type != KUBE_GOT) {
			*at = m->next;
			m->next = NULL;
			kube_message_free(m);
			continue;
		}
		if (is_outdated(k, m))
			kube_errand_refuse(m, "the prefix was changed meanwhile");
		at = &m->next;
	}
	return all;
}

int kube_ask(struct kube *k, uint64_t id, const struct kube_name *wanted,
	     struct mono deadline, struct err *e)
{
	struct kube_message *m = kube_message_new(KUBE_ASK, wanted->kind);

	if (m) {
		m->id = id;
		m->wanted = *wanted;
		m->deadline = deadline;
	}
	return tell(k, m, e);
}

int kube_request(struct kube *k, uint64_t id, const char *method, const char *path,
		 const char *content_type, const char *body, struct err *e)
{
	AUTO(kube_message) struct kube_message *m = kube_message_new(KUBE_REQUEST, 0);

	if (m) {
		m->id = id;
		m->method = method;
		m->content_type = content_type;
		m->path = strdup(path);
		m->text = body ? strdup(body) : NULL;
		m->deadline = mono_add_ms(k->log.sys->ops->boot_now(k->log.sys), REQUEST_MS);
	}
	if (!m || !m->path || (body && !m->text))
		return err_set(e, ERR_NOMEM, 0, "no memory for a request to the API server");
	return tell(k, TAKE(m), e);
}

int kube_set_prefix(struct kube *k, const char *prefix, struct err *e)
{
	struct kube_message *m;
	char *copy;

	if (!strcmp(k->prefix, prefix))
		return 0;
	k->generation++;
	m = kube_message_new(KUBE_PREFIX, 0);
	copy = strdup(prefix);
	if (m) {
		m->generation = k->generation;
		m->text = strdup(prefix);
	}
	if (!m || !m->text || !copy) {
		kube_message_free(m);
		free(copy);
		return err_set(e, ERR_NOMEM, 0, "no memory for another prefix");
	}
	free(k->prefix);
	k->prefix = copy;
	return tell(k, m, e) < 0 ? -1 : 1;
}
