/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "controller/parked.h"
#include "controller/store.h"
#include "tests/support/leaks.h"
#include "tests/support/text.h"

static enum inject_known known(const struct store *s, const char *namespace_, const char *name)
{
	struct inject_object o;

	store_find(s, INJECT_SERVICE_ACCOUNT, namespace_, name, &o);
	return o.known;
}

Test(store, finds_what_was_put_and_tells_bare_from_missing)
{
	struct sys sys = sys_real();
	struct inject_object o;
	struct store s;

	store_init(&s, &sys);
	cr_expect(eq(int, known(&s, "a", "x"), INJECT_MISSING));
	store_put(&s, INJECT_SERVICE_ACCOUNT, "a", "x", NULL);
	store_put(&s, INJECT_SERVICE_ACCOUNT, "a", "y", strdup("{}"));
	cr_expect(eq(int, known(&s, "a", "x"), INJECT_BARE));
	cr_expect(eq(int, known(&s, "", "a/x"), INJECT_MISSING));
	cr_expect(eq(int, known(&s, "a/", "x"), INJECT_MISSING));
	store_find(&s, INJECT_SERVICE_ACCOUNT, "a", "y", &o);
	cr_expect(o.known == INJECT_SAYS && o.len == 2 && !strcmp(o.text, "{}"));
	store_find(&s, INJECT_NAMESPACE, "a", "y", &o);
	cr_expect(eq(int, o.known, INJECT_MISSING));
	store_put(&s, INJECT_SERVICE_ACCOUNT, "a", "y", NULL);
	cr_expect(eq(int, known(&s, "a", "y"), INJECT_BARE));
	store_remove(&s, INJECT_SERVICE_ACCOUNT, "a", "y");
	store_remove(&s, INJECT_SERVICE_ACCOUNT, "a", "y");
	cr_expect(eq(int, known(&s, "a", "y"), INJECT_MISSING));
	cr_expect(eq(sz, store_count(&s, INJECT_SERVICE_ACCOUNT), 1));
	store_fini(&s);
	NO_LEAKS();
}

/* The clock that a test's store goes by. */
static struct mono boot_now(struct sys *sys)
{
	const struct mono *now = sys->ctx;

	return *now;
}

static bool is_young(const struct store *s, const char *name)
{
	return store_is_young(s, INJECT_SERVICE_ACCOUNT, "a", name);
}

Test(store, only_what_was_not_in_a_list_is_young_and_for_ten_seconds)
{
	struct mono now = { 5000 * NS_PER_S };
	struct sys_ops ops = *sys_real().ops;
	struct sys sys = { .ops = &ops, .ctx = &now };
	struct store s;

	ops.boot_now = boot_now;
	store_init(&s, &sys);
	store_begin(&s, INJECT_SERVICE_ACCOUNT);
	store_put(&s, INJECT_SERVICE_ACCOUNT, "a", "listed", NULL);
	store_end(&s, INJECT_SERVICE_ACCOUNT);
	store_put(&s, INJECT_SERVICE_ACCOUNT, "a", "new", NULL);
	cr_expect(not(is_young(&s, "listed")));
	cr_expect(is_young(&s, "new"));
	cr_expect(not(is_young(&s, "unheard")));
	now = mono_add_ms(now, STORE_YOUNG_MS - 1);
	store_put(&s, INJECT_SERVICE_ACCOUNT, "a", "new", strdup("{}"));
	cr_expect(is_young(&s, "new"));
	now = mono_add_ms(now, 1);
	cr_expect(not(is_young(&s, "new")), "a change makes no object new");
	store_fini(&s);
	NO_LEAKS();
}

Test(store, a_list_replaces_all_and_only_at_its_end)
{
	struct sys sys = sys_real();
	struct store s;

	store_init(&s, &sys);
	store_put(&s, INJECT_SERVICE_ACCOUNT, "a", "old", strdup("{}"));
	store_begin(&s, INJECT_SERVICE_ACCOUNT);
	store_put(&s, INJECT_SERVICE_ACCOUNT, "a", "new", NULL);
	cr_expect(eq(int, known(&s, "a", "old"), INJECT_SAYS));
	cr_expect(not(store_synced(&s)));
	store_begin(&s, INJECT_SERVICE_ACCOUNT); /* the first was broken off */
	store_put(&s, INJECT_SERVICE_ACCOUNT, "a", "newer", NULL);
	store_end(&s, INJECT_SERVICE_ACCOUNT);
	cr_expect(eq(int, known(&s, "a", "old"), INJECT_MISSING));
	cr_expect(eq(int, known(&s, "a", "new"), INJECT_MISSING));
	cr_expect(eq(int, known(&s, "a", "newer"), INJECT_BARE));
	cr_expect(not(store_synced(&s)));
	store_end(&s, INJECT_NAMESPACE);
	cr_expect(store_synced(&s));
	store_fini(&s);
	NO_LEAKS();
}

Test(store, holds_many)
{
	struct sys sys = sys_real();
	struct store s;
	char name[32];

	store_init(&s, &sys);
	for (int i = 0; i < 50000; i++) {
		(void)snprintf(name, sizeof(name), "sa-%d", i);
		store_put(&s, INJECT_SERVICE_ACCOUNT, "team-a", name, NULL);
	}
	for (int i = 0; i < 50000; i += 7) {
		(void)snprintf(name, sizeof(name), "sa-%d", i);
		cr_assert(eq(int, known(&s, "team-a", name), INJECT_BARE), "%s", name);
	}
	cr_expect(eq(sz, store_count(&s, INJECT_SERVICE_ACCOUNT), 50000));
	store_fini(&s);
	NO_LEAKS();
}

/* Requests are only compared: any address will do. */
static struct httpd_request *request(char *base, size_t i)
{
	return (struct httpd_request *)(void *)(base + i);
}

Test(parked, has_places_for_so_many_and_frees_those_of_the_gone)
{
	static char base[PARKED_MAX + 1] __attribute__((aligned(16)));
	struct parked_list *l = calloc(1, sizeof(*l));
	struct parked found = { .deadline = { 5 * NS_PER_S } }, *p = NULL;

	for (size_t i = 0; i < PARKED_MAX; i++) {
		found.deadline = (struct mono){ 5 * NS_PER_S };
		p = parked_add(l, request(base, i), &found, INJECT_NAMESPACE);
		cr_assert(p != NULL);
	}
	parked_found(p, INJECT_NAMESPACE, INJECT_SAYS, strdup("{}"), "");
	cr_expect(parked_add(l, request(base, PARKED_MAX), &found, INJECT_NAMESPACE) == NULL);
	cr_expect(parked_by_id(l, p->id) == p);
	cr_expect(parked_late(l, (struct mono){ 5 * NS_PER_S }) == NULL);
	cr_expect(parked_late(l, (struct mono){ 7 * NS_PER_S }) == &l->place[0]);
	parked_drop(l, request(base, PARKED_MAX - 1));
	cr_expect(parked_by_id(l, PARKED_MAX) == NULL);
	p = parked_add(l, request(base, PARKED_MAX), &found, INJECT_NAMESPACE);
	cr_assert(p != NULL);
	cr_expect(eq(u64, p->id, PARKED_MAX + 1), "an id is never used twice");
	cr_expect(not(p->object[INJECT_NAMESPACE].found));
	parked_fini(l);
	free(l);
	NO_LEAKS();
}
