/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "tests/controller/follower.h"
#include "tests/support/leaks.h"
#include "tests/support/text.h"

#define PREFIX FOLLOWER_PREFIX
#define MODE(value) ",\"annotations\":{\"" PREFIX "/mode\":\"" value "\",\"other.example/x\":\"y\"}"

Test(kube, lists_in_pages_and_keeps_only_our_keys, .timeout = 60)
{
	struct follower f;
	struct inject_object o;
	char name[32];

	follower_open(&f);
	for (int i = 0; i < 1203; i++) {
		(void)snprintf(name, sizeof(name), "sa-%d", i);
		fake_api_put(f.api, FAKE_ACCOUNT, "team-a", name, i % 100 ? "" : MODE("init"));
	}
	fake_api_put(f.api, FAKE_NAMESPACE, "", "team-a",
		     ",\"labels\":{\"" PREFIX "/injection\":\"enabled\",\"x\":\"y\"}");
	follower_start(&f, NULL);
	follower_await_synced(&f);
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
	follower_close(&f);
	NO_LEAKS();
}

/* ServiceAccount a/NAME with a list of N times TEXT, and a mode. */
static void put_long(struct follower *f, const char *name, const char *text, size_t n)
{
	AUTO(buf) struct buf metadata;

	buf_init(&metadata, 16u << 20);
	buf_adds(&metadata, MODE("init") ",\"finalizers\":[");
	for (size_t i = 0; i < n; i++)
		buf_addf(&metadata, "%s\"%s\"", i ? "," : "", text);
	buf_addc(&metadata, ']');
	fake_api_put(f->api, FAKE_ACCOUNT, "a", name, metadata.data);
}

/* Whoever may create objects in one namespace must not end what all others need. */
Test(kube, long_objects_keep_nobody_else_from_being_followed, .timeout = 60)
{
	char kilobyte[1024] = "", name[32];
	AUTO(buf) struct buf controls; /* 1.5 MiB in etcd, and six times that as JSON */
	struct follower f;

	follower_open(&f);
	buf_init(&controls, 10u << 20);
	for (size_t i = 0; i < 1500000; i++)
		buf_adds(&controls, "\\u0001");
	put_long(&f, "controls", controls.data, 1);
	memset(kilobyte, 'x', sizeof(kilobyte) - 1);
	put_long(&f, "first", "x", 1);
	for (int i = 0; i < 10; i++) {
		(void)snprintf(name, sizeof(name), "text-%d", i);
		put_long(&f, name, kilobyte, 1000);
		(void)snprintf(name, sizeof(name), "tree-%d", i);
		if (i) /* with the one above as many lines as the log lets through */
			put_long(&f, name, "x", 250000);
	}
	put_long(&f, "last", "x", 1);
	follower_start(&f, NULL);
	follower_await_synced(&f);
	cr_expect(eq(sz, store_count(&f.store, INJECT_SERVICE_ACCOUNT), 12));
	follower_await(&f, INJECT_SERVICE_ACCOUNT, "a", "text-9", "\"init\"");
	follower_await(&f, INJECT_SERVICE_ACCOUNT, "a", "tree-9", NULL);
	cr_expect(eq(int, follower_lines(&f, "too large to be followed"), 10));
	cr_expect(fake_api_count(f.api, FAKE_LISTS) < 20, "no page is read twice: %d",
		  fake_api_count(f.api, FAKE_LISTS));
	follower_ask(&f, KUBE_SERVICE_ACCOUNT, "a", "tree-9", 10000);
	cr_expect(not(f.got.found));
	cr_expect(eq(str, f.got.why, TEXT("it is too large to be read")));
	put_long(&f, "last", "x", 250000);
	follower_await(&f, INJECT_SERVICE_ACCOUNT, "a", "last", NULL);
	put_long(&f, "last", "x", 1);
	follower_await(&f, INJECT_SERVICE_ACCOUNT, "a", "last", "\"init\"");
	put_long(&f, "last", controls.data, 1);
	follower_await(&f, INJECT_SERVICE_ACCOUNT, "a", "last", NULL);
	put_long(&f, "last", "x", 1);
	follower_await(&f, INJECT_SERVICE_ACCOUNT, "a", "last", "\"init\"");
	follower_close(&f);
	NO_LEAKS();
}

Test(kube, follows_additions_changes_and_removals_that_come_in_pieces, .timeout = 60)
{
	struct follower f;

	follower_open(&f);
	follower_start(&f, NULL);
	follower_await_synced(&f);
	fake_api_put(f.api, FAKE_ACCOUNT, "a", "x", "");
	follower_await(&f, INJECT_SERVICE_ACCOUNT, "a", "x", "");
	fake_api_put(f.api, FAKE_ACCOUNT, "a", "x", MODE("env"));
	follower_await(&f, INJECT_SERVICE_ACCOUNT, "a", "x", "\"env\"");
	fake_api_remove(f.api, FAKE_ACCOUNT, "a", "x");
	follower_await(&f, INJECT_SERVICE_ACCOUNT, "a", "x", NULL);
	fake_api_put(f.api, FAKE_NAMESPACE, "", "a", MODE("init"));
	follower_await(&f, INJECT_NAMESPACE, "", "a", "\"init\"");
	cr_expect(eq(sz, store_count(&f.store, INJECT_SERVICE_ACCOUNT), 0));
	cr_expect(eq(sz, store_count(&f.store, INJECT_NAMESPACE), 1));
	cr_expect(eq(int, fake_api_count(f.api, FAKE_LISTS), 2), "the watches alone said it");
	follower_close(&f);
	NO_LEAKS();
}

Test(kube, takes_a_broken_watch_up_where_it_was_without_a_list, .timeout = 60)
{
	struct follower f;
	int lists;

	follower_open(&f);
	follower_start(&f, NULL);
	follower_await_synced(&f);
	fake_api_await(f.api, FAKE_WATCHES, 2);
	lists = fake_api_count(f.api, FAKE_LISTS);
	fake_api_bookmark(f.api);
	fake_api_put(f.api, FAKE_NAMESPACE, "", "before", "");
	follower_await(&f, INJECT_NAMESPACE, "", "before", "");
	fake_api_drop(f.api);
	fake_api_put(f.api, FAKE_NAMESPACE, "", "meanwhile", MODE("init"));
	follower_await(&f, INJECT_NAMESPACE, "", "meanwhile", "\"init\"");
	cr_expect(eq(int, fake_api_count(f.api, FAKE_LISTS), lists));
	follower_close(&f);
	NO_LEAKS();
}

Test(kube, says_that_a_quiet_watch_lives, .timeout = 60)
{
	struct follower f;

	follower_open(&f);
	follower_start(&f, NULL);
	follower_await_synced(&f);
	fake_api_await(f.api, FAKE_WATCHES, 2);
	for (unsigned i = 1; i <= 3; i++) {
		fake_api_bookmark(f.api);
		while (f.alive[KUBE_NAMESPACE] < i || f.alive[KUBE_SERVICE_ACCOUNT] < i)
			follower_turn(&f);
	}
	cr_expect(eq(uint, f.alive[KUBE_NAMESPACE], 3));
	follower_close(&f);
	NO_LEAKS();
}

/* What went while nobody looked is not among the events any more: only a list shows it. */
static void expect_list_after_410(bool by_event)
{
	struct follower f;

	follower_open(&f);
	fake_api_put(f.api, FAKE_ACCOUNT, "a", "old", MODE("init"));
	follower_start(&f, NULL);
	follower_await_synced(&f);
	fake_api_await(f.api, FAKE_WATCHES, 2);
	fake_api_compact(f.api, by_event);
	fake_api_drop(f.api);
	fake_api_remove(f.api, FAKE_ACCOUNT, "a", "old");
	fake_api_put(f.api, FAKE_ACCOUNT, "a", "new", "");
	fake_api_await(f.api, FAKE_GONE, 2);
	follower_await(&f, INJECT_SERVICE_ACCOUNT, "a", "new", "");
	follower_await(&f, INJECT_SERVICE_ACCOUNT, "a", "old", NULL);
	fake_api_put(f.api, FAKE_ACCOUNT, "a", "newer", "");
	follower_await(&f, INJECT_SERVICE_ACCOUNT, "a", "newer", "");
	cr_expect(eq(sz, store_count(&f.store, INJECT_SERVICE_ACCOUNT), 2));
	cr_expect(fake_api_count(f.api, FAKE_LISTS) > 2, "only a list shows what went");
	follower_close(&f);
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

	follower_open(&f);
	follower_start(&f, NULL);
	follower_await_synced(&f);
	fake_api_await(f.api, FAKE_WATCHES, 2);
	lists = fake_api_count(f.api, FAKE_LISTS);
	fake_api_say(f.api, "{\"type\":\"ADDED\",\"object\":{\"metadata\":7}}\n");
	fake_api_await(f.api, FAKE_LISTS, lists + 2);
	fake_api_put(f.api, FAKE_ACCOUNT, "a", "x", MODE("init"));
	follower_await(&f, INJECT_SERVICE_ACCOUNT, "a", "x", "\"init\"");
	cr_expect(eq(int, fake_api_count(f.api, FAKE_LISTS), lists + 2), "one for each kind");
	follower_close(&f);
	NO_LEAKS();
}

Test(kube, reads_a_new_token_from_its_file_after_a_401, .timeout = 60)
{
	struct follower f;
	char path[128];

	follower_open(&f);
	workdir_write(&f.dir, "token", "first\n");
	(void)snprintf(path, sizeof(path), "%s", workdir_path(&f.dir, "token"));
	fake_api_token(f.api, "first");
	follower_start(&f, path);
	follower_await_synced(&f);
	fake_api_await(f.api, FAKE_WATCHES, 2);
	fake_api_token(f.api, "second");
	fake_api_drop(f.api);
	fake_api_await(f.api, FAKE_REFUSED, 1);
	workdir_write(&f.dir, "token", "second\n");
	fake_api_put(f.api, FAKE_NAMESPACE, "", "n", MODE("env"));
	follower_await(&f, INJECT_NAMESPACE, "", "n", "\"env\"");
	cr_expect(eq(sz, store_count(&f.store, INJECT_NAMESPACE), 1));
	follower_close(&f);
	NO_LEAKS();
}

/* The second list has an object more than the first: by it one is told from the other. */
Test(kube, nothing_that_was_read_by_the_prefix_before_is_heard, .timeout = 60)
{
	struct follower f;
	struct err e = { 0 };
	struct inject_object o;

	follower_open(&f);
	follower_start(&f, NULL);
	follower_await_synced(&f);
	fake_api_await(f.api, FAKE_WATCHES, 2);
	fake_api_put(f.api, FAKE_ACCOUNT, "a", "x", MODE("init"));
	follower_ring(&f); /* it is in the queue, and nobody has taken it yet */
	cr_assert(eq(int, kube_set_prefix(f.kube, "other.example", &e), 1), "%s", e.msg);
	store_clear(&f.store);
	while (f.lists < 4) {
		follower_turn(&f);
		store_find(&f.store, INJECT_SERVICE_ACCOUNT, "a", "x", &o);
		cr_expect(o.known == INJECT_MISSING || strstr(o.text, "other.example/x"), "%s",
			  o.text ? o.text : "bare");
	}
	cr_expect(eq(int, o.known, INJECT_SAYS));
	follower_close(&f);
	NO_LEAKS();
}

Test(kube, lists_by_a_new_prefix, .timeout = 60)
{
	struct follower f;
	struct err e = { 0 };

	follower_open(&f);
	fake_api_put(f.api, FAKE_ACCOUNT, "a", "x", MODE("init"));
	follower_start(&f, NULL);
	follower_await(&f, INJECT_SERVICE_ACCOUNT, "a", "x", "\"init\"");
	cr_expect(eq(int, kube_set_prefix(f.kube, PREFIX, &e), 0));
	cr_assert(eq(int, kube_set_prefix(f.kube, "other.example", &e), 1), "%s", e.msg);
	follower_await(&f, INJECT_SERVICE_ACCOUNT, "a", "x", "\"other.example/x\":\"y\"");
	cr_expect(eq(sz, store_count(&f.store, INJECT_SERVICE_ACCOUNT), 1));
	follower_close(&f);
	NO_LEAKS();
}
