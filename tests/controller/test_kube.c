/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "controller/store.h"
#include "kube/kube.h"
#include "tests/controller/workdir.h"
#include "tests/support/fake_api.h"
#include "tests/support/leaks.h"
#include "tests/support/text.h"

#define PREFIX "wif.anthropic.com"
#define MODE(value) ",\"annotations\":{\"" PREFIX "/mode\":\"" value "\",\"other.example/x\":\"y\"}"
#define WAIT_S 20

/* What the server's thread would be: a store, and a bell that the kube thread rings. */
struct follower {
	struct workdir dir;
	struct sys sys;
	struct log log;
	struct fake_api *api;
	struct kube *kube;
	struct store store;
	pthread_mutex_t lock;
	pthread_cond_t rung;
	bool bell;			/* under lock */
	unsigned alive[KUBE_KINDS];	/* how often nothing new was said */
	struct kube_message got;	/* the last KUBE_GOT; its text is owned */
};

static void ring(void *ctx)
{
	struct follower *f = ctx;

	(void)pthread_mutex_lock(&f->lock);
	f->bell = true;
	(void)pthread_cond_signal(&f->rung);
	(void)pthread_mutex_unlock(&f->lock);
}

static void open_follower(struct follower *f)
{
	*f = (struct follower){ .dir = workdir_open(), .sys = sys_real(), .api = fake_api_new() };
	log_init(&f->log, &f->sys,
		 open(workdir_path(&f->dir, "log"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600),
		 LOG_LEVEL_DEBUG);
	store_init(&f->store, &f->sys);
	(void)pthread_mutex_init(&f->lock, NULL);
	(void)pthread_cond_init(&f->rung, NULL);
}

static void follow(struct follower *f, const char *token_file)
{
	struct kube_target target = { .server = NULL };
	struct err e = { 0 };

	cr_assert(asprintf(&target.server, "http://127.0.0.1:%d", fake_api_port(f->api)) > 0);
	target.token.path = token_file ? strdup(token_file) : NULL;
	cr_assert(eq(int, kube_start(&f->kube, &target, &f->log, PREFIX, ring, f, &e), 0), "%s",
		  e.msg);
}

static void close_follower(struct follower *f)
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
	if (m->type == KUBE_LIST_END)
		store_end(&f->store, kind);
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

/* Take messages; when there are none wait for the bell. */
static void turn(struct follower *f)
{
	struct kube_message *all = kube_take(f->kube);
	struct timespec end;

	for (struct kube_message *m = all; m; m = m->next)
		take(f, m);
	if (all) {
		kube_message_free(all);
		return;
	}
	(void)clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += WAIT_S;
	(void)pthread_mutex_lock(&f->lock);
	while (!f->bell)
		cr_assert(pthread_cond_timedwait(&f->rung, &f->lock, &end) == 0, "nothing came");
	f->bell = false;
	(void)pthread_mutex_unlock(&f->lock);
}

static void await_synced(struct follower *f)
{
	while (!store_synced(&f->store))
		turn(f);
}

/* Wait until the object is known with TEXT in it; "" for bare, NULL for not known. */
static void await_object(struct follower *f, enum inject_kind kind, const char *namespace_,
			 const char *name, const char *text)
{
	for (;;) {
		struct inject_object o;

		store_find(&f->store, kind, namespace_, name, &o);
		if (text ? (*text ? o.known == INJECT_SAYS && strstr(o.text, text) :
				    o.known == INJECT_BARE) :
			   o.known == INJECT_MISSING)
			return;
		turn(f);
	}
}

Test(kube, lists_in_pages_and_keeps_only_our_keys, .timeout = 60)
{
	struct follower f;
	struct inject_object o;
	char name[32];

	open_follower(&f);
	for (int i = 0; i < 1203; i++) {
		(void)snprintf(name, sizeof(name), "sa-%d", i);
		fake_api_put(f.api, FAKE_ACCOUNT, "team-a", name, i % 100 ? "" : MODE("init"));
	}
	fake_api_put(f.api, FAKE_NAMESPACE, "", "team-a",
		     ",\"labels\":{\"" PREFIX "/injection\":\"enabled\",\"x\":\"y\"}");
	follow(&f, NULL);
	await_synced(&f);
	cr_expect(eq(sz, store_count(&f.store, INJECT_SERVICE_ACCOUNT), 1203));
	cr_expect(eq(sz, store_count(&f.store, INJECT_NAMESPACE), 1));
	cr_expect(fake_api_count(f.api, FAKE_LISTS) >= 4, "three pages and one");
	store_find(&f.store, INJECT_SERVICE_ACCOUNT, "team-a", "sa-1200", &o);
	cr_assert(o.known == INJECT_SAYS);
	cr_expect(eq(str, TEXT(o.text),
		     TEXT("{\"metadata\":{\"annotations\":{\"" PREFIX "/mode\":\"init\"}}}")));
	store_find(&f.store, INJECT_NAMESPACE, "", "team-a", &o);
	cr_expect(eq(str, TEXT(o.text),
		     TEXT("{\"metadata\":{\"labels\":{\"" PREFIX "/injection\":\"enabled\"}}}")));
	close_follower(&f);
	NO_LEAKS();
}

Test(kube, follows_additions_changes_and_removals_that_come_in_pieces, .timeout = 60)
{
	struct follower f;

	open_follower(&f);
	follow(&f, NULL);
	await_synced(&f);
	fake_api_put(f.api, FAKE_ACCOUNT, "a", "x", "");
	await_object(&f, INJECT_SERVICE_ACCOUNT, "a", "x", "");
	fake_api_put(f.api, FAKE_ACCOUNT, "a", "x", MODE("env"));
	await_object(&f, INJECT_SERVICE_ACCOUNT, "a", "x", "\"env\"");
	fake_api_remove(f.api, FAKE_ACCOUNT, "a", "x");
	await_object(&f, INJECT_SERVICE_ACCOUNT, "a", "x", NULL);
	fake_api_put(f.api, FAKE_NAMESPACE, "", "a", MODE("init"));
	await_object(&f, INJECT_NAMESPACE, "", "a", "\"init\"");
	cr_expect(eq(sz, store_count(&f.store, INJECT_SERVICE_ACCOUNT), 0));
	cr_expect(eq(sz, store_count(&f.store, INJECT_NAMESPACE), 1));
	cr_expect(eq(int, fake_api_count(f.api, FAKE_LISTS), 2), "the watches alone said it");
	close_follower(&f);
	NO_LEAKS();
}

Test(kube, takes_a_broken_watch_up_where_it_was_without_a_list, .timeout = 60)
{
	struct follower f;
	int lists;

	open_follower(&f);
	follow(&f, NULL);
	await_synced(&f);
	fake_api_await(f.api, FAKE_WATCHES, 2);
	lists = fake_api_count(f.api, FAKE_LISTS);
	fake_api_bookmark(f.api);
	fake_api_put(f.api, FAKE_NAMESPACE, "", "before", "");
	await_object(&f, INJECT_NAMESPACE, "", "before", "");
	fake_api_drop(f.api);
	fake_api_put(f.api, FAKE_NAMESPACE, "", "meanwhile", MODE("init"));
	await_object(&f, INJECT_NAMESPACE, "", "meanwhile", "\"init\"");
	cr_expect(eq(int, fake_api_count(f.api, FAKE_LISTS), lists));
	close_follower(&f);
	NO_LEAKS();
}

Test(kube, says_that_a_quiet_watch_lives, .timeout = 60)
{
	struct follower f;

	open_follower(&f);
	follow(&f, NULL);
	await_synced(&f);
	fake_api_await(f.api, FAKE_WATCHES, 2);
	for (unsigned i = 1; i <= 3; i++) {
		fake_api_bookmark(f.api);
		while (f.alive[KUBE_NAMESPACE] < i || f.alive[KUBE_SERVICE_ACCOUNT] < i)
			turn(&f);
	}
	cr_expect(eq(uint, f.alive[KUBE_NAMESPACE], 3));
	close_follower(&f);
	NO_LEAKS();
}

/* What went while nobody looked is not among the events any more: only a list shows it. */
static void expect_list_after_410(bool by_event)
{
	struct follower f;

	open_follower(&f);
	fake_api_put(f.api, FAKE_ACCOUNT, "a", "old", MODE("init"));
	follow(&f, NULL);
	await_synced(&f);
	fake_api_await(f.api, FAKE_WATCHES, 2);
	fake_api_compact(f.api, by_event);
	fake_api_drop(f.api);
	fake_api_remove(f.api, FAKE_ACCOUNT, "a", "old");
	fake_api_put(f.api, FAKE_ACCOUNT, "a", "new", "");
	fake_api_await(f.api, FAKE_GONE, 2);
	await_object(&f, INJECT_SERVICE_ACCOUNT, "a", "new", "");
	await_object(&f, INJECT_SERVICE_ACCOUNT, "a", "old", NULL);
	fake_api_put(f.api, FAKE_ACCOUNT, "a", "newer", "");
	await_object(&f, INJECT_SERVICE_ACCOUNT, "a", "newer", "");
	cr_expect(eq(sz, store_count(&f.store, INJECT_SERVICE_ACCOUNT), 2));
	cr_expect(fake_api_count(f.api, FAKE_LISTS) > 2, "only a list shows what went");
	close_follower(&f);
}

Test(kube, lists_again_when_the_past_is_gone_by_status, .timeout = 60)
{
	expect_list_after_410(false);
	NO_LEAKS();
}

Test(kube, lists_again_when_the_past_is_gone_by_event, .timeout = 60)
{
	expect_list_after_410(true);
	NO_LEAKS();
}

Test(kube, lists_again_after_an_event_that_it_cannot_read, .timeout = 60)
{
	struct follower f;
	int lists;

	open_follower(&f);
	follow(&f, NULL);
	await_synced(&f);
	fake_api_await(f.api, FAKE_WATCHES, 2);
	lists = fake_api_count(f.api, FAKE_LISTS);
	fake_api_say(f.api, "{\"type\":\"ADDED\",\"object\":{\"metadata\":7}}\n");
	fake_api_await(f.api, FAKE_LISTS, lists + 2);
	fake_api_put(f.api, FAKE_ACCOUNT, "a", "x", MODE("init"));
	await_object(&f, INJECT_SERVICE_ACCOUNT, "a", "x", "\"init\"");
	cr_expect(eq(int, fake_api_count(f.api, FAKE_LISTS), lists + 2), "one for each kind");
	close_follower(&f);
	NO_LEAKS();
}

Test(kube, reads_a_new_token_from_its_file_after_a_401, .timeout = 60)
{
	struct follower f;
	char path[128];

	open_follower(&f);
	workdir_write(&f.dir, "token", "first\n");
	(void)snprintf(path, sizeof(path), "%s", workdir_path(&f.dir, "token"));
	fake_api_token(f.api, "first");
	follow(&f, path);
	await_synced(&f);
	fake_api_await(f.api, FAKE_WATCHES, 2);
	fake_api_token(f.api, "second");
	fake_api_drop(f.api);
	fake_api_await(f.api, FAKE_REFUSED, 1);
	workdir_write(&f.dir, "token", "second\n");
	fake_api_put(f.api, FAKE_NAMESPACE, "", "n", MODE("env"));
	await_object(&f, INJECT_NAMESPACE, "", "n", "\"env\"");
	cr_expect(eq(sz, store_count(&f.store, INJECT_NAMESPACE), 1));
	close_follower(&f);
	NO_LEAKS();
}

/* Ask for an object and wait for the answer. */
static void ask(struct follower *f, enum kube_kind kind, const char *namespace_, const char *name,
		int64_t ms)
{
	struct kube_name wanted = { .kind = kind };
	struct err e = { 0 };

	(void)snprintf(wanted.namespace_, sizeof(wanted.namespace_), "%s", namespace_);
	(void)snprintf(wanted.name, sizeof(wanted.name), "%s", name);
	f->got.id = 0;
	cr_assert(kube_ask(f->kube, 7, &wanted, mono_add_ms(f->sys.ops->boot_now(&f->sys), ms),
			   &e) == 0, "%s", e.msg);
	while (f->got.id != 7)
		turn(f);
}

Test(kube, reads_one_object_now_whatever_the_watch_has_seen, .timeout = 60)
{
	struct follower f;

	open_follower(&f);
	fake_api_put_unseen(f.api, FAKE_ACCOUNT, "a", "late", MODE("init"));
	fake_api_put_unseen(f.api, FAKE_NAMESPACE, "", "bare", "");
	follow(&f, NULL);
	await_synced(&f);
	ask(&f, KUBE_SERVICE_ACCOUNT, "a", "late", 20000);
	cr_assert(eq(int, f.got.found, true), "%s", f.got.why);
	cr_expect(strstr(f.got.text, "\"init\"") != NULL);
	ask(&f, KUBE_NAMESPACE, "", "bare", 20000);
	cr_expect(f.got.found && !f.got.text, "%s", f.got.why);
	ask(&f, KUBE_NAMESPACE, "", "nowhere", 20000);
	cr_expect(eq(int, f.got.found, false));
	cr_expect(eq(str, f.got.why, TEXT("it does not exist")));
	ask(&f, KUBE_SERVICE_ACCOUNT, "a", "../../secrets/x", 20000);
	cr_expect(eq(str, f.got.why, TEXT("it is not a name")));
	cr_expect(eq(sz, store_count(&f.store, INJECT_SERVICE_ACCOUNT), 0),
		  "an object that was read is not kept: nothing would take it away again");
	close_follower(&f);
	NO_LEAKS();
}

Test(kube, gives_up_on_one_object_at_its_deadline_and_on_none_besides, .timeout = 60)
{
	struct follower f;

	open_follower(&f);
	follow(&f, NULL);
	await_synced(&f);
	fake_api_hold(f.api, true);
	ask(&f, KUBE_NAMESPACE, "", "slow", 100);
	cr_expect(eq(int, f.got.found, false));
	cr_expect(f.got.why[0] != '\0');
	ask(&f, KUBE_NAMESPACE, "", "slow", -1);
	cr_expect(eq(str, f.got.why, TEXT("no answer in time")));
	fake_api_put(f.api, FAKE_NAMESPACE, "", "n", "");
	await_object(&f, INJECT_NAMESPACE, "", "n", "");
	close_follower(&f);
	NO_LEAKS();
}

Test(kube, lists_by_a_new_prefix, .timeout = 60)
{
	struct follower f;
	struct err e = { 0 };

	open_follower(&f);
	fake_api_put(f.api, FAKE_ACCOUNT, "a", "x", MODE("init"));
	follow(&f, NULL);
	await_object(&f, INJECT_SERVICE_ACCOUNT, "a", "x", "\"init\"");
	cr_assert(kube_set_prefix(f.kube, "other.example", &e) == 0);
	await_object(&f, INJECT_SERVICE_ACCOUNT, "a", "x", "\"other.example/x\":\"y\"");
	cr_expect(eq(sz, store_count(&f.store, INJECT_SERVICE_ACCOUNT), 1));
	close_follower(&f);
	NO_LEAKS();
}

Test(kube, ends_while_questions_are_open, .timeout = 60)
{
	struct kube_name wanted = { .kind = KUBE_NAMESPACE, .name = "n" };
	struct follower f;
	struct err e = { 0 };

	open_follower(&f);
	follow(&f, NULL);
	fake_api_hold(f.api, true);
	for (uint64_t id = 1; id <= 30; id++)
		cr_assert(kube_ask(f.kube, id, &wanted,
				   mono_add_ms(f.sys.ops->boot_now(&f.sys), 20000), &e) == 0);
	fake_api_await(f.api, FAKE_GETS, 5);
	cr_expect(eq(u64, f.got.id, 0), "none was answered");
	close_follower(&f);
	NO_LEAKS();
}
