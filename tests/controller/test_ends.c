/* SPDX-License-Identifier: Apache-2.0 */

/* Writers that ended badly: what is seen of a pod, and what is told of it, once. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "controller/ends.h"
#include "controller/pods.h"
#include "controller/review.h"
#include "tests/controller/pod_text.h"
#include "tests/support/leaks.h"
#include "tests/support/text.h"

#define OURS "'spec':{'volumes':[{'name':'claude-wif-assertions'}]}"
#define META "'name':'web-1','namespace':'n','uid':'p-1'"
#define OWNED                                                                                      \
	META ",'ownerReferences':[{'kind':'Other','name':'o','apiVersion':'v1','uid':'o-1'},"     \
	     "{'kind':'ReplicaSet','name':'web','apiVersion':'apps/v1','uid':'r-1',"               \
	     "'controller':true}]"
#define END(code, reason, message, at, id)                                                         \
	"{'terminated':{'exitCode':" code ",'reason':'" reason "','message':'" message             \
	"','startedAt':'2026-11-28T03:00:00Z','finishedAt':'" at "','containerID':'" id "'}}"
#define DENIED "WriterDenied: no credential yet; last exchange 3 s ago: denied (HTTP 401)\\n"
#define BAD(id) END("111", "Error", DENIED, "2026-11-28T03:41:57Z", id)
#define WRITER(name, state) "{'name':'" name "'," state "}"
#define POD(meta, statuses) "{'metadata':{" meta "}," OURS ",'status':{" statuses "}}"
#define INIT(state) "'initContainerStatuses':[" WRITER("claude-wif-writer", state) "]"

/* What was told, in order, and what is kept. */
struct heard {
	struct ends_end end[8];
	char message[8][REVIEW_MESSAGE_SIZE];
	size_t n;
	char *kept;
};

static void hear(void *ctx, const struct ends_end *end)
{
	struct heard *h = ctx;

	cr_assert(h->n < COUNTOF(h->end) && strlen(end->message) < REVIEW_MESSAGE_SIZE);
	h->end[h->n] = *end;
	(void)strcpy(h->message[h->n++], end->message);
}

/* The pod in TEXT is as it says, now. */
static void see(struct heard *h, const char *text)
{
	json_t *pod = pod_text(text);
	char *now = NULL;

	cr_assert(pods_reduce(pod, "wif.anthropic.com", &now) == 0);
	now = ends_take("n", h->kept, now, hear, h);
	free(h->kept);
	h->kept = now;
	json_decref(pod);
}

static void forget(struct heard *h)
{
	free(h->kept);
	*h = (struct heard){ .n = 0 };
}

Test(ends, tells_the_owner_why_and_what_the_writer_said)
{
	struct heard h = { .n = 0 };

	see(&h, POD(OWNED, INIT("'state':" BAD("a"))));
	cr_assert(eq(sz, h.n, 1));
	cr_expect(eq(str, TEXT(ends_reason(h.end[0].why)), TEXT("WriterDenied")));
	cr_expect(eq(str, TEXT(h.end[0].namespace_), TEXT("n")));
	cr_expect(eq(str, h.end[0].owner.kind, TEXT("ReplicaSet")));
	cr_expect(eq(str, h.end[0].owner.api_version, TEXT("apps/v1")));
	cr_expect(eq(str, h.end[0].owner.name, TEXT("web")));
	cr_expect(eq(str, h.end[0].owner.uid, TEXT("r-1")));
	cr_expect(eq(str, h.message[0], TEXT("pod web-1: container claude-wif-writer ended with "
					     "exit code 111: WriterDenied: no credential yet; last "
					     "exchange 3 s ago: denied (HTTP 401)")));
	cr_expect(strchr(h.kept, '\n') == NULL && strlen(h.kept) == 1 + 17 + 1, "%s", h.kept);
	forget(&h);
	NO_LEAKS();
}

/* As the kubelet shows it: ended, waiting for a restart, running again. */
Test(ends, one_is_told_once_and_the_next_one_too)
{
	struct heard h = { .n = 0 };

	see(&h, POD(META, INIT("'state':{'running':{}},'restartCount':0")));
	see(&h, POD(META, INIT("'state':" BAD("a") ",'restartCount':0")));
	cr_expect(eq(sz, h.n, 1));
	see(&h, POD(META, INIT("'state':{'waiting':{'reason':'CrashLoopBackOff'}},'restartCount':0,"
			       "'lastState':" BAD("a"))));
	see(&h, POD(META, INIT("'state':{'running':{}},'restartCount':1,'lastState':" BAD("a"))));
	see(&h, POD(META, INIT("'state':" END("0", "Completed", "", "x", "b") ",'restartCount':1,"
			       "'lastState':" BAD("a"))));
	cr_expect(eq(sz, h.n, 1));
	see(&h, POD(META, INIT("'state':" BAD("c") ",'restartCount':2,'lastState':"
			       END("0", "Completed", "", "x", "b"))));
	cr_expect(eq(sz, h.n, 2));
	see(&h, POD("'name':'web-1','uid':'p-2'", INIT("'state':" BAD("c"))));
	cr_expect(eq(sz, h.n, 3), "another pod of that name");
	forget(&h);
	NO_LEAKS();
}

Test(ends, every_writer_of_a_pod_and_nothing_else)
{
	static const char *const none[] = {
		POD(META, "'containerStatuses':[" WRITER("app", "'state':" BAD("a")) "]"),
		POD(META, INIT("'state':" END("0", "Completed", "", "x", "a"))),
		POD(META, INIT("'state':{'running':{}}")),
		POD(META ",'deletionTimestamp':'2026-11-28T03:41:57Z'", INIT("'state':" BAD("a"))),
		POD(META, "'phase':'Succeeded'," INIT("'state':" BAD("a"))),
		POD(META, "'phase':'Failed','reason':'Evicted'," INIT("'state':" BAD("a"))),
		"{'metadata':{" META "},'status':{" INIT("'state':" BAD("a")) "}}", /* not injected */
		POD(META, "'initContainerStatuses':{'name':'claude-wif-writer'}"),
		POD(META, INIT("'state':{'terminated':{'exitCode':'111'}}")),
	};
	struct heard h = { .n = 0 };

	for (size_t i = 0; i < COUNTOF(none); i++) {
		see(&h, none[i]);
		cr_expect(eq(sz, h.n, 0), "%s", none[i]);
	}
	see(&h, POD(META, "'phase':'Failed','initContainerStatuses':["
		    WRITER("claude-wif-once", "'state':" BAD("a")) ","
		    WRITER("claude-wif-writer-2", "'lastState':" BAD("b")) "],"
		    "'containerStatuses':[" WRITER("claude-wif-writer", "'state':" BAD("c")) "]"));
	cr_expect(eq(sz, h.n, 3));
	cr_expect(strstr(h.message[0], "container claude-wif-once ") != NULL);
	cr_expect(strstr(h.message[2], "container claude-wif-writer ") != NULL);
	forget(&h);
	NO_LEAKS();
}

/* One that reaches for more than it may have. */
Test(ends, more_than_a_pod_has_are_left_out)
{
	struct heard h = { .n = 0 };
	struct buf text;

	buf_init(&text, 1 << 16);
	buf_adds(&text, "{'metadata':{" META "}," OURS ",'status':{'containerStatuses':[{}");
	for (int i = 0; i < 2 * ENDS_MAX; i++)
		buf_addf(&text, ",{'name':'claude-wif-writer-%d','state':{'terminated':{'exitCode':1}}}",
			 i);
	buf_adds(&text, "]}}");
	see(&h, text.data);
	cr_expect(eq(sz, h.n, ENDS_MAX));
	cr_expect(eq(sz, strlen(h.kept), 1 + (size_t)ENDS_MARKS_SIZE));
	buf_fini(&text);
	forget(&h);
	NO_LEAKS();
}

static const struct {
	const char *code, *reason, *said;
	const char *why, *tail;
} whys[] = {
	{ "111", "Error", "WriterUnreached: x", "WriterUnreached", "WriterUnreached: x" },
	{ "111", "Error", "WriterFilesRefused: x", "WriterFilesRefused", "WriterFilesRefused: x" },
	{ "137", "OOMKilled", "", "OOMKilled", "OOMKilled" },
	{ "137", "OOMKilled", "WriterDenied: x", "OOMKilled", "WriterDenied: x" },
	{ "100", "Error", "", "Error", "exit code 100: Error" },
	{ "1", "Error", "WriterDenie: x", "Error", ": WriterDenie: x" },
	{ "1", "Error", "WriterDenied2: x", "Error", ": WriterDenied2: x" },
	{ "1", "Error", "WriterDenied", "Error", ": WriterDenied" },
	{ "1", "Error", ": x", "Error", ": : x" },
	{ "128", "StartError", "exec failed", "Unknown", ": exec failed" },
	{ "255", "", "", "Unknown", "exit code 255" },
	{ "-1", "\\u001b[2J", "", "Unknown", "exit code -1: ?[2J" },
	{ "1", "Error", "a\\u001b]0;x\\u0007\\nb\\u202ec\\u0000d\\n", "Error", ": a?]0;x??b?c" },
	{ "1", "Error", "\\\\\\\"}],\\\"kind\\\":\\\"", "Error", ": \\\"}],\"kind\":\"" },
};

Test(ends, the_reason_is_one_of_a_few_and_the_message_plain)
{
	for (size_t i = 0; i < COUNTOF(whys); i++) {
		struct heard h = { .n = 0 };
		char text[1024];
		size_t tail = strlen(whys[i].tail);

		(void)snprintf(text, sizeof(text),
			       POD(OWNED, INIT("'state':" END("%s", "%s", "%s", "x", "a"))),
			       whys[i].code, whys[i].reason, whys[i].said);
		see(&h, text);
		cr_assert(eq(sz, h.n, 1), "%s", text);
		cr_expect(eq(str, TEXT(ends_reason(h.end[0].why)), TEXT(whys[i].why)), "%s", text);
		cr_expect(strlen(h.message[0]) >= tail &&
			  !strcmp(h.message[0] + strlen(h.message[0]) - tail, whys[i].tail),
			  "%s", h.message[0]);
		forget(&h);
	}
	NO_LEAKS();
}

Test(ends, a_long_message_is_cut_between_characters)
{
	struct heard h = { .n = 0 };
	struct buf text;

	for (int shift = 0; shift < 3; shift++) {
		buf_init(&text, 1 << 16);
		buf_adds(&text, "{'metadata':{" OWNED "}," OURS ",'status':{'containerStatuses':["
				"{'name':'claude-wif-writer','state':{'terminated':{'exitCode':1,"
				"'message':'WriterDenied: ");
		buf_addf(&text, "%.*s", shift, "xx");
		for (int i = 0; i < 4000; i++)
			buf_adds(&text, "\xe2\x82\xac");
		buf_adds(&text, "'}}}]}}");
		see(&h, text.data);
		cr_assert(eq(sz, h.n, 1));
		cr_expect(strlen(h.message[0]) >= REVIEW_MESSAGE_SIZE - 3);
		cr_expect(strcmp(h.message[0] + strlen(h.message[0]) - 3, "\xe2\x82\xac") == 0);
		buf_fini(&text);
		forget(&h);
	}
	NO_LEAKS();
}

/* Nobody made it: it is there itself to be told. */
Test(ends, of_a_pod_without_a_whole_owner_are_told_on_the_pod)
{
	static const char *const metas[] = {
		META,
		META ",'ownerReferences':[{'kind':'Node','name':'o','apiVersion':'v1','uid':'o'}]",
		META ",'ownerReferences':[{'kind':'Job','name':'','apiVersion':'v1','uid':'o',"
		     "'controller':true}]",
		META ",'ownerReferences':{'controller':true}",
	};

	for (size_t i = 0; i < COUNTOF(metas); i++) {
		struct heard h = { .n = 0 };
		char text[2048];

		(void)snprintf(text, sizeof(text), POD("%s", INIT("'state':" BAD("a"))), metas[i]);
		see(&h, text);
		cr_assert(eq(sz, h.n, 1));
		cr_expect(eq(str, h.end[0].owner.api_version, TEXT("v1")));
		cr_expect(eq(str, h.end[0].owner.kind, TEXT("Pod")));
		cr_expect(eq(str, h.end[0].owner.name, TEXT("web-1")));
		cr_expect(eq(str, h.end[0].owner.uid, TEXT("p-1")));
		forget(&h);
	}
	NO_LEAKS();
}

/* Which end is shared with which: owner, reason and the ten minutes decide, whatever the pod. */
Test(ends, of_one_owner_and_reason_in_ten_minutes_share_a_name)
{
	static const struct {
		const char *owner, *said, *at;
		bool same;
	} rows[] = {
		{ "r-1", "WriterDenied: y", "2026-11-28T03:49:59Z", true },
		{ "r-1", "WriterDenied: x", "2026-11-28T03:50:00Z", false },
		{ "r-1", "WriterUnreached: x", "2026-11-28T03:41:57Z", false },
		{ "r-2", "WriterDenied: x", "2026-11-28T03:41:57Z", false },
	};
	struct heard h = { .n = 0 };
	char text[2048];

	see(&h, POD(OWNED, INIT("'state':" BAD("a"))));
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		(void)snprintf(text, sizeof(text),
			       POD("'name':'web-2','uid':'p-2','ownerReferences':[{'kind':"
				   "'ReplicaSet','name':'web','apiVersion':'apps/v1','uid':'%s',"
				   "'controller':true}]",
				   INIT("'state':" END("111", "Error", "%s", "%s", "b"))),
			       rows[i].owner, rows[i].said, rows[i].at);
		see(&h, text);
		cr_assert(eq(sz, h.n, 2));
		cr_expect(rows[i].same == (h.end[1].shared == h.end[0].shared), "%s", text);
		h.n = 1;
		(void)strcpy(h.kept, "#");
	}
	forget(&h);
	NO_LEAKS();
}
