/* SPDX-License-Identifier: Apache-2.0 */

/* The figures of pods: the program, and a fake of the API server whose pods come and go. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "common/attr.h"
#include "tests/controller/reviewing.h"
#include "tests/support/fake_api.h"

#define KEY "wif.anthropic.com/"
#define ASKS ",\"annotations\":{\"" KEY "inject\":\"true\"}"
#define STATIC "},\"spec\":{\"containers\":[{\"name\":\"a\",\"env\":[{\"name\":\"ANTHROPIC_API_KEY\"}]}]"
#define OURS "},\"spec\":{\"volumes\":[{\"name\":\"claude-wif-assertions\"}]"
#define PODS(namespace_, state) "claude_wif_pods{namespace=\"" namespace_ "\",state=\"" state "\"} "

Test(figures, follow_pods_and_the_labels_of_their_namespaces, .timeout = 60)
{
	AUTO(process) struct process p = process_prepare();
	AUTO(fake_api) struct fake_api *api = fake_api_new();
	char name[16];

	fake_api_put(api, FAKE_NAMESPACE, "", "n", "");
	for (int i = 0; i < 60; i++) { /* three pages */
		(void)snprintf(name, sizeof(name), "old-%d", i);
		fake_api_put(api, FAKE_POD, "n", name, ASKS);
	}
	process_follow(&p, fake_api_port(api));
	reviewing_await_figure(&p, PODS("n", "missing") "60\n", true);
	fake_api_put(api, FAKE_POD, "n", "key", STATIC);
	reviewing_await_figure(&p, PODS("n", "static-key") "1\n", true);
	fake_api_put(api, FAKE_NAMESPACE, "", "n",
		     ",\"labels\":{\"" KEY "injection\":\"enabled\"}");
	reviewing_await_figure(&p, PODS("n", "missing") "61\n", true);
	fake_api_put(api, FAKE_POD, "n", "key", OURS);
	reviewing_await_figure(&p, PODS("n", "outdated") "1\n", true);
	fake_api_remove(api, FAKE_POD, "n", "key");
	reviewing_await_figure(&p, PODS("n", "outdated"), false);
	reviewing_await_figure(&p, "claude_wif_watch_age_seconds{resource=\"pods\"} 0.", true);
	cr_expect(eq(int, process_end(&p, SIGTERM), 0));
}

static int forbid(void *ctx, const char *method, const char *target, const char *body, char **text)
{
	(void)ctx, (void)method, (void)target, (void)body, (void)text;
	return 403;
}

/* The ClusterRole of an older install: it injects all the same. */
Test(figures, without_the_right_to_list_pods_there_are_none, .timeout = 60)
{
	AUTO(process) struct process p = process_prepare();
	AUTO(fake_api) struct fake_api *api = fake_api_new();

	fake_api_others(api, "/api/v1/pods?", forbid, NULL);
	fake_api_put(api, FAKE_NAMESPACE, "", "n", "");
	fake_api_put(api, FAKE_ACCOUNT, "n", "web", "");
	process_follow(&p, fake_api_port(api));
	reviewing_await_ready(&p);
	reviewing_expect(&p, "n", "web", ASKS, "\"reason\":\"Injected\"");
	reviewing_await_figure(&p, "claude_wif_watch_age_seconds{resource=\"pods\"} +Inf", true);
	reviewing_await_figure(&p, "claude_wif_pods", false);
	cr_expect(eq(int, process_end(&p, SIGTERM), 0));
}
