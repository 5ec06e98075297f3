/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <jansson.h>
#include <malloc.h>
#include <string.h>

#include "common/buf.h"
#include "kube/kube_event.h"
#include "kube/kube_scan.h"
#include "kube/kube_target.h"
#include "tests/support/leaks.h"
#include "tests/support/text.h"

#define PREFIX "wif.anthropic.com"
#define META "\"metadata\":{\"name\":\"x\",\"namespace\":\"n\",\"resourceVersion\":\"7\""

static int line(const char *text, struct kube_event *ev)
{
	struct err e = { 0 };

	return kube_event_line(text, strlen(text), PREFIX, NULL, ev, &e);
}

Test(kube_event, reads_each_type_of_event)
{
	struct kube_event ev;

	cr_assert(line("{\"type\":\"ADDED\",\"object\":{" META ",\"labels\":{\"" PREFIX
		       "/a\":\"b\",\"" PREFIX "x/a\":\"c\",\"" PREFIX "\":\"d\"},\"annotations\":{\""
		       PREFIX "/m\":\"\\u0000\\\"\"}}}}", &ev) == 0);
	cr_expect(ev.type == KUBE_EVENT_CHANGE && !ev.change.gone);
	cr_expect(eq(str, ev.change.namespace_, TEXT("n")));
	cr_expect(eq(str, ev.change.name, TEXT("x")));
	cr_expect(eq(str, ev.change.text,
		     TEXT("{\"metadata\":{\"labels\":{\"" PREFIX "/a\":\"b\"},\"annotations\":{\""
			  PREFIX "/m\":\"\\u0000\\\"\"}}}")));
	cr_expect(eq(str, ev.version, TEXT("7")));
	kube_event_fini(&ev);
	cr_assert(line("{\"type\":\"DELETED\",\"object\":{" META "}}}", &ev) == 0);
	cr_expect(ev.change.gone && !ev.change.text);
	kube_event_fini(&ev);
	cr_assert(line("{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"9\"}}}",
		       &ev) == 0);
	cr_expect(ev.type == KUBE_EVENT_BOOKMARK && !strcmp(ev.version, "9"));
	kube_event_fini(&ev);
	cr_assert(line("{\"type\":\"ERROR\",\"object\":{\"code\":410}}", &ev) == 0);
	cr_expect(ev.type == KUBE_EVENT_ERROR && ev.code == 410);
	kube_event_fini(&ev);
	NO_LEAKS();
}

Test(kube_event, refuses_what_is_no_event)
{
	static const char *const rows[] = {
		"", "null", "{", "[]", "{}", "{\"type\":\"ADDED\"}",
		"{\"type\":\"ADDED\",\"object\":{" META "}}",
		"{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"x\"}}}",
		"{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"resourceVersion\":\"7\"}}}",
		"{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":7,\"resourceVersion\":\"7\"}}}",
		"{\"type\":\"ODD\",\"object\":{" META "}}}",
		"{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"\"}}}",
		"{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"1&x=y\"}}}",
	};

	for (size_t i = 0; i < COUNTOF(rows); i++) {
		struct kube_event ev;

		cr_expect(line(rows[i], &ev) == -1, "%s", rows[i]);
	}
	NO_LEAKS();
}

Test(kube_event, reads_pages)
{
	static const char first[] =
		"{\"metadata\":{\"resourceVersion\":\"5\",\"continue\":\"abc\"},\"items\":["
		"{" META "}},{\"metadata\":{\"name\":\"ns\"}}]}";
	static const char none[] = "{\"metadata\":{\"resourceVersion\":\"5\"},\"items\":null}";
	static const char broken[] =
		"{\"metadata\":{\"resourceVersion\":\"5\"},\"items\":[{" META "}},{}]}";
	struct kube_page page;
	struct err e = { 0 };

	cr_assert(kube_event_page(first, strlen(first), PREFIX, NULL, &page, &e) == 0, "%s", e.msg);
	cr_expect(eq(sz, page.changes.n, 2));
	cr_expect(eq(str, page.more, TEXT("abc")));
	cr_expect(eq(str, page.changes.list[1].namespace_, TEXT("")));
	kube_page_fini(&page);
	cr_assert(kube_event_page(none, strlen(none), PREFIX, NULL, &page, &e) == 0, "%s", e.msg);
	cr_expect(page.changes.n == 0 && page.more == NULL);
	kube_page_fini(&page);
	cr_expect(kube_event_page(broken, strlen(broken), PREFIX, NULL, &page, &e) == -1);
	cr_expect(kube_event_page("{}", 2, PREFIX, NULL, &page, &e) == -1);
	NO_LEAKS();
}

/* What jansson has now, and had at most. */
static size_t trees, trees_most;

static void *count_malloc(size_t n)
{
	void *p = malloc(n);

	trees += malloc_usable_size(p) + 8;
	trees_most = trees > trees_most ? trees : trees_most;
	return p;
}

static void count_free(void *p)
{
	trees -= p ? malloc_usable_size(p) + 8 : 0;
	free(p);
}

/*
 * An object NAME with a field of N times TEXT in BRACKETS: as values, in braces as members, and
 * in quotes as one string.
 */
static void add_large(struct buf *out, const char *name, const char *brackets, const char *text,
		      size_t n)
{
	buf_addf(out, "{\"metadata\":{\"labels\":{\"" PREFIX "/a\":\"b\"},\"name\":\"%s\","
		      "\"namespace\":\"n\",\"resourceVersion\":\"7\"},\"spec\":{\"x\":%c", name,
		 brackets[0]);
	for (size_t i = 0; i < n; i++) {
		buf_adds(out, i && brackets[0] != '"' ? "," : "");
		if (brackets[0] == '{')
			buf_addf(out, "\"%zu\":", i);
		buf_adds(out, text);
	}
	buf_addf(out, "%c}}", brackets[1]);
}

/* As an API server may store them: 1.5 MiB in its own encoding. */
static const struct large {
	const char *brackets, *text;
	size_t n;
} larges[] = {
	{ "[]", "\"\"", 750000 },	  { "[]", "{}", 750000 },
	{ "[]", "[]", 750000 },	  { "{}", "\"\"", 200000 },
	{ "[]", "{\"a\":1}", 300000 }, { "[]", "1", 750000 },
	{ "\"\"", "\\u003c", 1500000 },
};

Test(kube_event, a_tree_takes_no_more_than_was_expected)
{
	json_set_alloc_funcs(count_malloc, count_free);
	for (size_t i = 0; i < COUNTOF(larges); i++) {
		AUTO(buf) struct buf text;
		size_t cost;
		json_t *doc;

		buf_init(&text, 32u << 20);
		add_large(&text, "x", larges[i].brackets, larges[i].text, 10000);
		cost = kube_scan_cost((struct kube_span){ text.data, text.len });
		trees_most = trees;
		doc = json_loadb(text.data, text.len, 0, NULL);
		cr_expect(doc && trees_most <= cost, "%s: %zu, not %zu", larges[i].text,
			  trees_most, cost);
		cr_expect(cost <= 4 * trees_most, "%s: %zu, not %zu", larges[i].text, trees_most,
			  cost);
		json_decref(doc);
	}
}

/* A page with L's object between two that are small. */
static void expect_page_without(const struct large *l)
{
	AUTO(buf) struct buf text;
	struct kube_page page;
	struct err e = { 0 };

	buf_init(&text, 32u << 20);
	buf_adds(&text, "{\"metadata\":{\"resourceVersion\":\"5\"},\"items\":[");
	add_large(&text, "small", "[]", "7", 9);
	buf_addc(&text, ',');
	add_large(&text, "large", l->brackets, l->text, l->n);
	buf_addc(&text, ',');
	add_large(&text, "last", "[]", "7", 9);
	buf_adds(&text, "]}");
	cr_assert(kube_event_page(text.data, text.len, PREFIX, NULL, &page, &e) == 0, "%s", e.msg);
	cr_assert(eq(sz, page.changes.n, 3));
	for (size_t i = 0; i < 3; i++) {
		const struct kube_change *c = &page.changes.list[i];

		cr_expect(c->gone == (i == 1) && c->too_large == c->gone, "%zu", i);
		cr_expect(c->gone == (c->text == NULL), "%zu", i);
	}
	cr_expect(eq(str, page.changes.list[1].name, TEXT("large")));
	cr_expect(eq(str, page.changes.list[1].namespace_, TEXT("n")));
	kube_page_fini(&page);
}

static void expect_alone_refused(const struct large *l)
{
	AUTO(buf) struct buf text, event;
	struct kube_change change;
	struct kube_event ev;
	struct err e = { 0 };

	buf_init(&text, 32u << 20);
	buf_init(&event, 32u << 20);
	add_large(&text, "large", l->brackets, l->text, l->n);
	cr_expect(kube_event_object(text.data, text.len, PREFIX, &change, &e) == -1);
	cr_expect(e.kind == ERR_TOO_BIG && strstr(e.msg, "too large"), "%s", e.msg);
	buf_addf(&event, "{\"type\":\"MODIFIED\",\"object\":%s}", text.data);
	cr_assert(line(event.data, &ev) == 0, "%s", l->text);
	cr_expect(ev.type == KUBE_EVENT_CHANGE && ev.change.gone && ev.change.too_large);
	cr_expect(eq(str, ev.version, TEXT("7")));
	kube_event_fini(&ev);
}

Test(kube_event, what_is_too_large_counts_as_gone_and_takes_no_memory)
{
	json_set_alloc_funcs(count_malloc, count_free);
	for (size_t i = 0; i < COUNTOF(larges); i++) {
		trees_most = trees;
		expect_page_without(&larges[i]);
		expect_alone_refused(&larges[i]);
		cr_expect(trees_most <= KUBE_TREE_MAX, "%s: %zu", larges[i].text, trees_most);
	}
	NO_LEAKS();
}

Test(kube_event, a_page_is_checked_where_it_is_split)
{
	static const char *const rows[] = {
		"[{\"metadata\":{\"name\":\"x\"}},]", "[{\"metadata\":{\"name\":\"x\"}} 7]",
		"[,{\"metadata\":{\"name\":\"x\"}}]", "[{\"metadata\":{\"name\":\"x\"}}",
		"[{\"metadata\":{\"name\":\"x\"}]",	"[{\"metadata\":{\"name\":\"x\"}}}]",
		"[7]", "7", "{}", "\"\"", "[\"\\\"", "", "[",
	};

	for (size_t i = 0; i < COUNTOF(rows); i++) {
		AUTO(buf) struct buf text;
		struct kube_page page;
		struct err e = { 0 };

		buf_init(&text, 1024);
		buf_addf(&text, "{\"metadata\":{\"resourceVersion\":\"5\"},\"items\":%s}", rows[i]);
		for (size_t cut = 0; cut <= text.len; cut++) {
			AUTO(free) char *exact = strndup(text.data, cut); /* ASan sees each step beyond */

			cr_expect(kube_event_page(exact, cut, PREFIX, NULL, &page, &e) == -1,
				  "%.*s", (int)cut, text.data);
		}
	}
	NO_LEAKS();
}

Test(kube_target, knows_the_cluster_of_a_pod)
{
	struct kube_target t;
	struct err e = { 0 };

	cr_assert(kube_target_in_cluster("fd00::1", "443", "/files", &t, &e) == 0);
	cr_expect(eq(str, t.server, TEXT("https://[fd00::1]:443")));
	cr_expect(eq(str, t.ca.path, TEXT("/files/ca.crt")));
	cr_expect(eq(str, t.token.path, TEXT("/files/token")));
	kube_target_fini(&t);
	cr_expect(kube_target_in_cluster(NULL, NULL, "/files", &t, &e) == -1);
	cr_expect(strstr(e.msg, "use --kubeconfig FILE or --no-cluster") != NULL);
	NO_LEAKS();
}
