/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/cluster.h"

#include <stdio.h>
#include <string.h>

#include "controller/kubeconfig.h"

#define WRITE_BYTES_MAX (64u << 10)

/* Requests of this side, one of each at a time. */
enum request { REQUEST_EVENT = 1, REQUEST_VERSION, REQUEST_CERTS, REQUEST_ISSUER };

/* The client knows nothing of injecting: what each kind is called on its side, and on ours. */
static const enum kube_kind followed[INJECT_KINDS] = {
	[INJECT_SERVICE_ACCOUNT] = KUBE_SERVICE_ACCOUNT,
	[INJECT_NAMESPACE] = KUBE_NAMESPACE,
};
static const unsigned stored[KUBE_KINDS] = {
	[KUBE_SERVICE_ACCOUNT] = INJECT_SERVICE_ACCOUNT,
	[KUBE_NAMESPACE] = INJECT_NAMESPACE,
	[KUBE_POD] = STORE_POD,
};

static int ask(void *ctx, uint64_t id, const struct inject_wanted *wanted, struct mono deadline,
	       struct err *e)
{
	struct cluster *c = ctx;
	struct kube_name name = { .kind = followed[wanted->kind] };

	(void)snprintf(name.namespace_, sizeof(name.namespace_), "%s", wanted->namespace_);
	(void)snprintf(name.name, sizeof(name.name), "%s", wanted->name);
	return kube_ask(c->kube, id, &name, deadline, e);
}

static void denied(void *ctx, const struct review *about)
{
	struct cluster *c = ctx;

	events_denied(&c->events, about);
}

/* Have the next Event written; what cannot be sent is as one that was refused. */
static void write_event(struct cluster *c)
{
	AUTO(events_write) struct events_write w = { .method = NULL };
	struct err e = { 0 };

	buf_init(&w.path, WRITE_BYTES_MAX);
	buf_init(&w.body, WRITE_BYTES_MAX);
	if (!events_next(&c->events, &w))
		return;
	if (buf_check(&w.path, "an Event's path", &e) < 0 ||
	    buf_check(&w.body, "an Event", &e) < 0 ||
	    kube_request(c->kube, REQUEST_EVENT, w.method, w.path.data, w.content_type, w.body.data,
			 &e) < 0)
		events_done(&c->events, 0, e.msg);
}

static void ask_version(struct cluster *c)
{
	struct err e = { 0 };

	if (apiversion_due(&c->version) &&
	    kube_request(c->kube, REQUEST_VERSION, NULL, APIVERSION_PATH, NULL, NULL, &e) < 0)
		apiversion_answer(&c->version, 0, NULL, e.msg);
}

/* What the config in force says is registered. */
static const struct strlist *registered(const struct cluster *c)
{
	return &c->admission->settings->registered_keys;
}

static void ask_issuer(struct cluster *c)
{
	struct err e = { 0 };

	if (issuer_due(&c->issuer) &&
	    kube_request(c->kube, REQUEST_ISSUER, NULL, ISSUER_PATH, NULL, NULL, &e) < 0)
		issuer_answer(&c->issuer, registered(c), 0, NULL, e.msg);
}

/* Have what the certificate needs next done. */
static void move_certs(struct cluster *c)
{
	AUTO(certs_request) struct certs_request r = { .method = NULL };
	struct err e = { 0 };

	if (c->certs.log && certs_next(&c->certs, &r) &&
	    kube_request(c->kube, REQUEST_CERTS, r.method, r.path.data, r.content_type, r.body.data,
			 &e) < 0)
		certs_done(&c->certs, 0, NULL, e.msg);
}

static int begin_certs(struct cluster *c, const struct args *a, struct err *e)
{
	const struct certs_names names = { .namespace_ = a->namespace_, .service = a->service,
					   .secret = a->tls_secret, .webhook = a->webhook_config,
					   .life_s = a->tls_life_s };

	if (!a->tls_secret)
		return 0;
	if (certs_init(&c->certs, c->log, &names, e) < 0)
		return -1;
	move_certs(c);
	return 0;
}

static int find_target(const struct args *args, struct log *log, struct kube_target *out,
		       struct err *e)
{
	if (args->kubeconfig)
		return kubeconfig_read(log->sys, args->kubeconfig, out, e);
	return kube_target_in_cluster(getenv("KUBERNETES_SERVICE_HOST"),
				      getenv("KUBERNETES_SERVICE_PORT"), KUBE_TARGET_FILES, out, e);
}

int cluster_init(struct cluster *c, const struct args *args, struct log *log,
		 struct admission *admission, const char *prefix, void (*wake)(void *ctx),
		 void *ctx, struct err *e)
{
	AUTO(kube_target) struct kube_target target = { .server = NULL };
	const char *instance = getenv("HOSTNAME"); /* of a container: the pod's name */

	*c = (struct cluster){ .admission = admission, .log = log };
	store_init(&c->store, log->sys);
	events_init(&c->events, log, instance ? instance : "");
	apiversion_init(&c->version, log);
	issuer_init(&c->issuer, log);
	if (args->no_cluster)
		return 0;
	if (find_target(args, log, &target, e) < 0)
		return -1;
	log_event(log, LOG_LEVEL_INFO, "following the cluster", "server", target.server, NULL);
	if (kube_start(&c->kube, &target, log, prefix, pods_reduce, wake, ctx, e) < 0)
		return -1;
	admission->store = &c->store;
	admission->ask = ask;
	admission->denied = denied;
	admission->ctx = c;
	ask_version(c);
	ask_issuer(c);
	return begin_certs(c, args, e);
}

void cluster_fini(struct cluster *c)
{
	kube_stop(c->kube);
	c->kube = NULL;
	events_fini(&c->events);
	certs_fini(&c->certs);
	issuer_fini(&c->issuer);
	pods_rows_fini(&c->pods);
	store_fini(&c->store);
}

static void tell_end(void *ctx, const struct ends_end *end)
{
	struct cluster *c = ctx;

	c->ends[end->why]++;
	events_note(&c->events, &(struct events_news){ .namespace_ = end->namespace_,
						       .message = end->message,
						       .owner = &end->owner,
						       .reason = ends_reason(end->why),
						       .shared = end->shared });
}

/* What ended before the first list was complete is old: each start would tell it again. */
static void take_ends(struct cluster *c, struct kube_change *pod)
{
	struct inject_object before;

	store_find(&c->store, STORE_POD, pod->namespace_, pod->name, &before);
	pod->text = ends_take(pod->namespace_, before.text, pod->text,
			      c->pods_known ? tell_end : NULL, c);
}

static void change(struct cluster *c, unsigned kind, struct kube_changes *changes)
{
	for (size_t i = 0; i < changes->n; i++) {
		struct kube_change *one = &changes->list[i];

		if (kind == STORE_POD && !one->gone)
			take_ends(c, one);
		if (one->gone)
			store_remove(&c->store, kind, one->namespace_, one->name);
		else
			store_put(&c->store, kind, one->namespace_, one->name, TAKE(one->text));
	}
}

static void got(struct cluster *c, struct kube_message *m)
{
	enum inject_known known = m->text ? INJECT_SAYS : INJECT_BARE;

	admission_on_got(c->admission, m->id, m->found ? known : INJECT_UNKNOWN, TAKE(m->text),
			 m->why);
}

static void answered(struct cluster *c, const struct kube_message *m)
{
	if (m->id == REQUEST_VERSION) {
		apiversion_answer(&c->version, m->status, m->text, m->why);
		c->admission->sidecar = c->version.sidecar;
		return;
	}
	if (m->id == REQUEST_ISSUER) {
		issuer_answer(&c->issuer, registered(c), m->status, m->text, m->why);
		return;
	}
	if (m->id == REQUEST_CERTS) {
		certs_done(&c->certs, m->status, m->text, m->why);
		move_certs(c);
		return;
	}
	events_done(&c->events, m->status, m->why);
	write_event(c);
}

static void end_list(struct cluster *c, unsigned kind)
{
	store_end(&c->store, kind);
	c->pods_known |= kind == STORE_POD;
}

static void take(struct cluster *c, struct kube_message *m)
{
	unsigned kind = stored[m->kind];

	if (m->type != KUBE_GOT && m->type != KUBE_ANSWER)
		c->heard[kind] = c->log->sys->ops->boot_now(c->log->sys);
	if (m->type == KUBE_LIST_BEGIN)
		store_begin(&c->store, kind);
	else if (m->type == KUBE_CHANGES)
		change(c, kind, &m->changes);
	else if (m->type == KUBE_LIST_END)
		end_list(c, kind);
	else if (m->type == KUBE_GOT)
		got(c, m);
	else if (m->type == KUBE_ANSWER)
		answered(c, m);
}

static void say_synced(struct cluster *c)
{
	char namespaces[24], accounts[24];

	if (c->synced || !store_synced(&c->store))
		return;
	c->synced = true;
	(void)snprintf(namespaces, sizeof(namespaces), "%zu",
		       store_count(&c->store, INJECT_NAMESPACE));
	(void)snprintf(accounts, sizeof(accounts), "%zu",
		       store_count(&c->store, INJECT_SERVICE_ACCOUNT));
	log_event(c->log, LOG_LEVEL_INFO, "caches are filled", "namespaces#", namespaces,
		  "service_accounts#", accounts, NULL);
}

void cluster_on_wake(struct cluster *c)
{
	AUTO(kube_message) struct kube_message *all = c->kube ? kube_take(c->kube) : NULL;

	for (struct kube_message *m = all; m; m = m->next)
		take(c, m);
	say_synced(c);
}

void cluster_measure(struct cluster *c, const struct settings *settings, struct metrics *m)
{
	static const char *const resources[STORE_KINDS] = {
		[INJECT_SERVICE_ACCOUNT] = "serviceaccounts",
		[INJECT_NAMESPACE] = "namespaces",
		[STORE_POD] = "pods",
	};
	struct mono now = c->log->sys->ops->boot_now(c->log->sys);

	_Static_assert(METRICS_WATCHES == STORE_KINDS, "each kind has its place");
	m->cluster = c->kube != NULL;
	for (size_t i = 0; i < STORE_KINDS; i++)
		m->watches[i] = (struct metrics_watch){
			resources[i], c->heard[i].ns ? mono_diff_ms(now, c->heard[i]) : -1,
		};
	m->events_written = c->events.written;
	m->events_failed = c->events.failed;
	m->events_dropped = c->events.dropped;
	issuer_measure(&c->issuer, &settings->registered_keys, &m->issuer);
	memcpy(m->ends, c->ends, sizeof(m->ends));
	m->pods = store_listed(&c->store, STORE_POD) ? &c->pods : NULL;
	if (m->pods)
		pods_count(&c->store, settings->prefix, settings->hash, &c->pods);
}

/* All that is known are keys under the prefix before: of another one it says nothing. */
static void follow_prefix(struct cluster *c, const char *prefix)
{
	struct err e = { 0 };
	int rc = kube_set_prefix(c->kube, prefix, &e);

	if (rc == 0)
		return;
	store_clear(&c->store);
	c->pods_known = false;
	parked_forget(&c->admission->parked);
	if (rc < 0)
		log_err(c->log, LOG_LEVEL_ERROR, "unable to follow another prefix", &e);
}

void cluster_poll(struct cluster *c, const char *prefix)
{
	if (!c->kube)
		return;
	follow_prefix(c, prefix); /* first: the next line answers by what is known */
	admission_poll(c->admission);
	write_event(c);
	ask_version(c);
	issuer_compare(&c->issuer, registered(c)); /* the config may be another */
	ask_issuer(c);
	move_certs(c);
}

bool cluster_synced(const struct cluster *c)
{
	return !c->kube || (store_synced(&c->store) && c->version.answered);
}
