/* SPDX-License-Identifier: Apache-2.0 */

/* Writers' ends from a watch to an Event: two controllers, and a fake API server for both. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "common/attr.h"
#include "tests/controller/reviewing.h"
#include "tests/support/fake_api.h"

#define OWNER                                                                                      \
	",\"ownerReferences\":[{\"apiVersion\":\"batch/v1\",\"kind\":\"Job\",\"name\":\"web\","     \
	"\"uid\":\"j-1\",\"controller\":true}]"
#define OURS "},\"spec\":{\"volumes\":[{\"name\":\"claude-wif-assertions\"}]}"
#define ENDED(id, said)                                                                            \
	OWNER OURS ",\"status\":{\"initContainerStatuses\":[{\"name\":\"claude-wif-writer\","       \
	"\"state\":{\"terminated\":{\"exitCode\":111,\"reason\":\"Error\",\"containerID\":\"" id   \
	"\",\"finishedAt\":\"2026-11-28T03:41:57Z\",\"message\":\"" said ": x\\n\"}}}]"
#define ENDS(why, n) "claude_wif_writer_terminations_total{reason=\"" why "\"} " n "\n"
#define MISSING(n) "claude_wif_pods{namespace=\"n\",state=\"missing\"} " n "\n"
#define EVENTS(result, n) "claude_wif_events_total{result=\"" result "\"} " n "\n"

/* Events as an API server keeps them: a name is given once. */
struct kept {
	char name[64], body[2048];	/* of the one that is kept */
	atomic_int made, conflicts;
};

static int keep(void *ctx, const char *method, const char *target, const char *body, char **text)
{
	struct kept *kept = ctx;
	const char *name = strstr(body, "\"name\":\"");

	(void)target, (void)text;
	if (strcmp(method, "POST") != 0)
		return 200;
	if (!name || !strncmp(name, kept->name, sizeof(kept->name) - 1)) {
		kept->conflicts++;
		return 409;
	}
	(void)snprintf(kept->name, sizeof(kept->name), "%s", name);
	(void)snprintf(kept->body, sizeof(kept->body), "%s", body);
	kept->made++;
	return 201;
}

/* Wait until N Events were sent; a health check's answer paces the questions. */
static void await_sent(const struct process *p, struct kept *kept, int n)
{
	char text[256];

	while (kept->made + kept->conflicts < n)
		(void)reviewing_get(p, "/healthz", text, sizeof(text));
}

static void await_both(const struct process p[2], const char *figure)
{
	for (size_t i = 0; i < 2; i++)
		reviewing_await_figure(&p[i], figure, true);
}

Test(told, by_two_replicas_as_one_event_and_what_was_there_before_as_none, .timeout = 60)
{
	struct process p[2] = { process_prepare(), process_prepare() };
	AUTO(fake_api) struct fake_api *api = fake_api_new();
	struct kept kept = { .name = "" };

	fake_api_others(api, "/events", keep, &kept);
	fake_api_put(api, FAKE_NAMESPACE, "", "n", "");
	fake_api_put(api, FAKE_POD, "n", "web-0", ENDED("old", "WriterDenied"));
	process_follow(&p[0], fake_api_port(api));
	process_follow(&p[1], fake_api_port(api));
	await_both(p, "claude_wif_pods{namespace=\"n\",state=\"failing\"} 1\n");
	fake_api_say(api, "{\"type\":\"ERROR\",\"object\":{\"code\":410}}\n"); /* list again */

	fake_api_put(api, FAKE_POD, "n", "web-1", ENDED("a", "WriterDenied"));
	await_both(p, ENDS("WriterDenied", "1"));
	await_sent(&p[0], &kept, 2);
	cr_expect(eq(int, kept.made, 1));
	cr_expect(strstr(kept.body, "\"involvedObject\":{\"apiVersion\":\"batch/v1\",\"kind\":\"Job\","
				    "\"namespace\":\"n\",\"name\":\"web\",\"uid\":\"j-1\"}") != NULL,
		  "%s", kept.body);
	cr_expect(strstr(kept.body, "\"reason\":\"WriterDenied\"") != NULL, "%s", kept.body);
	cr_expect(strstr(kept.body, "\"message\":\"pod web-1: container claude-wif-writer ended with "
				    "exit code 111: WriterDenied: x\"") != NULL,
		  "%s", kept.body);

	fake_api_put(api, FAKE_POD, "n", "web-2", ENDED("b", "WriterUnreached"));
	await_sent(&p[0], &kept, 4); /* one at a time: the first is over */
	cr_expect(eq(int, kept.made, 2));
	await_both(p, EVENTS("failed", "0"));
	await_both(p, ENDS("WriterUnreached", "1"));
	await_both(p, ENDS("WriterDenied", "1"));
	for (size_t i = 0; i < 2; i++) {
		cr_expect(eq(int, process_end(&p[i], SIGTERM), 0));
		auto_process(&p[i]);
	}
}

/* Without an owner, with words of the pod's own; not again when another prefix lists all anew. */
Test(told, on_the_pod_itself_and_once, .timeout = 60)
{
	AUTO(process) struct process p = process_prepare();
	AUTO(fake_api) struct fake_api *api = fake_api_new();
	AUTO(free) char *config = workdir_read(&p.dir, "config.yaml");
	AUTO(free) char *other = NULL;

	fake_api_put(api, FAKE_NAMESPACE, "", "n", "");
	fake_api_put(api, FAKE_POD, "n", "asks",
		     ",\"annotations\":{\"wif.anthropic.com/inject\":\"true\"}");
	fake_api_put(api, FAKE_POD, "n", "too", ",\"annotations\":{\"other.example/inject\":\"true\"}");
	fake_api_put(api, FAKE_POD, "n", "two", ",\"annotations\":{\"other.example/inject\":\"true\"}");
	process_follow(&p, fake_api_port(api));
	reviewing_await_figure(&p, MISSING("1"), true);
	fake_api_put(api, FAKE_POD, "n", "bare",
		     ",\"uid\":\"p-1\"" OURS ",\"status\":{\"containerStatuses\":[{\"name\":"
		     "\"claude-wif-writer\",\"lastState\":{\"terminated\":{\"exitCode\":2,\"message\":"
		     "\"\\\"},\\n{\\u001b\"}}}]");
	fake_api_await(api, FAKE_WRITES, 1);
	cr_expect(strstr(fake_api_write(api, 0), "\"involvedObject\":{\"apiVersion\":\"v1\",\"kind\":"
						 "\"Pod\",\"namespace\":\"n\",\"name\":\"bare\"") != NULL,
		  "%s", fake_api_write(api, 0));
	cr_expect(strstr(fake_api_write(api, 0), "exit code 2: \\\"},?{?\"}") != NULL, "%s",
		  fake_api_write(api, 0));
	reviewing_await_figure(&p, ENDS("Unknown", "1"), true);

	cr_assert(asprintf(&other, "prefix: other.example\n%s", config) > 0);
	workdir_write(&p.dir, "config.yaml", other);
	reviewing_await_figure(&p, MISSING("2"), true);
	reviewing_await_figure(&p, ENDS("Unknown", "1"), true);
	cr_expect(eq(int, process_end(&p, SIGTERM), 0));
}
