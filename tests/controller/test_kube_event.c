/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "kube/kube_event.h"
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
