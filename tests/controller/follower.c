/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/controller/follower.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define WAIT_S 20

static void ring(void *ctx)
{
	struct follower *f = ctx;

	(void)pthread_mutex_lock(&f->lock);
	f->bell = true;
	(void)pthread_cond_signal(&f->rung);
	(void)pthread_mutex_unlock(&f->lock);
}

void follower_open(struct follower *f)
{
	*f = (struct follower){ .dir = workdir_open(), .sys = sys_real(), .api = fake_api_new() };
	log_init(&f->log, &f->sys, open(workdir_path(&f->dir, "log"),
					O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600),
		 LOG_LEVEL_DEBUG);
	store_init(&f->store, &f->sys);
	(void)pthread_mutex_init(&f->lock, NULL);
	(void)pthread_cond_init(&f->rung, NULL);
}

void follower_start(struct follower *f, const char *token_file)
{
	struct kube_target target = { .server = NULL };
	struct err e = { 0 };

	cr_assert(asprintf(&target.server, "http://127.0.0.1:%d", fake_api_port(f->api)) > 0);
	target.token.path = token_file ? strdup(token_file) : NULL;
	cr_assert(kube_start(&f->kube, &target, &f->log, FOLLOWER_PREFIX, NULL, ring, f, &e) == 0, "%s",
		  e.msg);
}

void follower_close(struct follower *f)
{
	kube_stop(f->kube);
	fake_api_free(f->api);
	store_fini(&f->store);
	free(f->got.text);
	(void)close(f->log.fd);
	workdir_close(&f->dir);
}

static void take(struct follower *f, struct kube_message *m)
{
	enum inject_kind kind = m->kind == KUBE_NAMESPACE ? INJECT_NAMESPACE :
							     INJECT_SERVICE_ACCOUNT;

	if (m->type == KUBE_ALIVE)
		f->alive[m->kind]++;
	if (m->type == KUBE_LIST_BEGIN)
		store_begin(&f->store, kind);
	if (m->type == KUBE_LIST_END) {
		store_end(&f->store, kind);
		f->lists++;
	}
	for (size_t i = 0; i < m->changes.n; i++) {
		struct kube_change *c = &m->changes.list[i];

		if (c->gone)
			store_remove(&f->store, kind, c->namespace_, c->name);
		else
			store_put(&f->store, kind, c->namespace_, c->name, TAKE(c->text));
	}
	if (m->type == KUBE_GOT) {
		free(f->got.text);
		f->got = *m;
		m->text = NULL;
	}
}

void follower_ring(struct follower *f)
{
	struct timespec end;

	(void)clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += WAIT_S;
	(void)pthread_mutex_lock(&f->lock);
	while (!f->bell)
		cr_assert(pthread_cond_timedwait(&f->rung, &f->lock, &end) == 0, "nothing came");
	f->bell = false;
	(void)pthread_mutex_unlock(&f->lock);
}

void follower_turn(struct follower *f)
{
	struct kube_message *all = kube_take(f->kube);

	for (struct kube_message *m = all; m; m = m->next)
		take(f, m);
	if (all) {
		kube_message_free(all);
		return;
	}
	follower_ring(f);
}

void follower_await_synced(struct follower *f)
{
	while (!store_synced(&f->store))
		follower_turn(f);
}

void follower_await(struct follower *f, enum inject_kind kind, const char *namespace_,
			 const char *name, const char *text)
{
	for (;;) {
		struct inject_object o;

		store_find(&f->store, kind, namespace_, name, &o);
		if (text ? (*text ? o.known == INJECT_SAYS && strstr(o.text, text) :
				    o.known == INJECT_BARE) :
			   o.known == INJECT_MISSING)
			return;
		follower_turn(f);
	}
}

int follower_lines(const struct follower *f, const char *what)
{
	AUTO(free) char *log = workdir_read(&f->dir, "log");
	int n = 0;

	for (const char *s = log; (s = strstr(s, what)); s++)
		n++;
	return n;
}

void follower_ask(struct follower *f, enum kube_kind kind, const char *namespace_,
		  const char *name, int64_t ms)
{
	struct kube_name wanted = { .kind = kind };
	struct err e = { 0 };

	(void)snprintf(wanted.namespace_, sizeof(wanted.namespace_), "%s", namespace_);
	(void)snprintf(wanted.name, sizeof(wanted.name), "%s", name);
	f->got.id = 0;
	cr_assert(kube_ask(f->kube, 7, &wanted, mono_add_ms(f->sys.ops->boot_now(&f->sys), ms),
			   &e) == 0, "%s", e.msg);
	while (f->got.id != 7)
		follower_turn(f);
}
