/* SPDX-License-Identifier: Apache-2.0 */

/* Reviews that need what only the API server knows: the program, and a fake of it. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "common/attr.h"
#include "tests/controller/process.h"
#include "tests/controller/reviewing.h"
#include "tests/support/fake_api.h"
#include "tests/support/text.h"
#include "tests/support/tls_client.h"

#define KEY "wif.anthropic.com/"
#define ASKS ",\"annotations\":{\"" KEY "inject\":\"true\"}"
#define STATE(value) ",\"labels\":{\"" KEY "injection\":\"" value "\"}"
#define SAYS(key, value) ",\"annotations\":{\"" KEY key "\":\"" value "\"}"

Test(waiting, ready_when_the_caches_are_filled, .timeout = 60)
{
	AUTO(process) struct process p = process_prepare();
	AUTO(fake_api) struct fake_api *api = fake_api_new();
	char text[256];

	fake_api_token(api, "another");
	process_follow(&p, fake_api_port(api));
	cr_expect(not(reviewing_is_ready(&p, text, sizeof(text))));
	cr_expect(strstr(text, "not listed yet") != NULL, "%s", text);
	fake_api_token(api, "t");
	reviewing_await_ready(&p);
	cr_expect(eq(int, process_end(&p, SIGTERM), 0));
}

Test(waiting, what_the_watch_has_not_seen_is_read_at_once, .timeout = 60)
{
	AUTO(process) struct process p = process_prepare();
	AUTO(fake_api) struct fake_api *api = fake_api_new();

	process_follow(&p, fake_api_port(api));
	reviewing_await_ready(&p);
	fake_api_put_unseen(api, FAKE_NAMESPACE, "", "n", "");
	fake_api_put_unseen(api, FAKE_ACCOUNT, "n", "web", SAYS("mode", "init"));
	reviewing_expect(&p, "n", "web", ASKS, "\"mode\":\"init\"");
	fake_api_put_unseen(api, FAKE_ACCOUNT, "n", "web", SAYS("mode", "env"));
	reviewing_expect(&p, "n", "web", ASKS, "\"mode\":\"env\"");
	fake_api_put_unseen(api, FAKE_NAMESPACE, "", "on",
			    ",\"labels\":{\"" KEY "injection\":\"enabled\"}");
	fake_api_put_unseen(api, FAKE_ACCOUNT, "on", "default", "");
	reviewing_expect(&p, "on", "default", "", "\"reason\":\"Injected\"");
	fake_api_put_unseen(api, FAKE_NAMESPACE, "", "off",
			    ",\"labels\":{\"" KEY "injection\":\"disabled\"}");
	reviewing_expect(&p, "off", "default", ASKS, "Namespace off: label");
	cr_expect(eq(int, process_end(&p, SIGTERM), 0));
}

Test(waiting, the_store_answers_without_a_question, .timeout = 60)
{
	AUTO(process) struct process p = process_prepare();
	AUTO(fake_api) struct fake_api *api = fake_api_new();

	fake_api_put(api, FAKE_NAMESPACE, "", "n", SAYS("mode", "init"));
	fake_api_put(api, FAKE_ACCOUNT, "n", "web", "");
	process_follow(&p, fake_api_port(api));
	reviewing_await_ready(&p);
	reviewing_expect(&p, "n", "web", ASKS, "\"mode\":\"init\"");
	cr_expect(eq(int, fake_api_count(api, FAKE_GETS), 0));
	cr_expect(eq(int, process_end(&p, SIGTERM), 0));
}

/* The label was changed a moment ago: the API server knows, and the watch has not said so yet. */
Test(waiting, no_pod_is_left_alone_by_what_a_namespace_said_before, .timeout = 60)
{
	AUTO(process) struct process p = process_prepare();
	AUTO(fake_api) struct fake_api *api = fake_api_new();

	fake_api_put(api, FAKE_NAMESPACE, "", "n", "");
	fake_api_put(api, FAKE_ACCOUNT, "n", "web", "");
	fake_api_put(api, FAKE_NAMESPACE, "", "o", STATE("observe"));
	fake_api_put(api, FAKE_ACCOUNT, "o", "web", "");
	process_follow(&p, fake_api_port(api));
	reviewing_await_ready(&p);
	reviewing_expect(&p, "n", "web", "", "\"allowed\":true}");
	reviewing_expect(&p, "o", "web", ASKS, "\"reason\":\"ObservedInject\"");
	cr_expect(eq(int, fake_api_count(api, FAKE_GETS), 2), "one each");
	fake_api_put_unseen(api, FAKE_NAMESPACE, "", "n", STATE("enabled"));
	reviewing_expect(&p, "n", "web", "", "\"reason\":\"Injected\"");
	fake_api_put_unseen(api, FAKE_NAMESPACE, "", "o", STATE("enabled"));
	reviewing_expect(&p, "o", "web", "", "\"reason\":\"Injected\"");
	/* What the pod itself says needs no second look. */
	reviewing_expect(&p, "n", "web", SAYS("inject", "false"), "\"allowed\":true}");
	cr_expect(eq(int, fake_api_count(api, FAKE_GETS), 4));
	cr_expect(eq(int, process_end(&p, SIGTERM), 0));
}

Test(waiting, never_a_silent_admit, .timeout = 60)
{
	AUTO(process) struct process p = process_prepare();
	AUTO(fake_api) struct fake_api *api = fake_api_new();
	AUTO(client) struct tls_client c = { .fd = -1 };

	process_follow(&p, fake_api_port(api));
	reviewing_await_ready(&p);
	/* Not there: a pod that asks is refused for now. */
	reviewing_expect(&p, "n", "web", ASKS,
		      "\"allowed\":false,\"status\":{\"status\":\"Failure\",\"reason\":"
		      "\"ServiceUnavailable\",\"code\":503");
	reviewing_expect(&p, "n", "web", ASKS, "\"retryAfterSeconds\":1");
	reviewing_expect(&p, "n", "web", SAYS("inject", "false"), "\"allowed\":true");
	/* One that does not may be of a Namespace that does: the failurePolicy decides. */
	c = tls_client_open(p.port, true);
	reviewing_send(&c, "n", "web", "");
	reviewing_answer(&c, 503, "Namespace n");
	/* No answer at all. */
	fake_api_hold(api, true);
	reviewing_expect(&p, "n", "web", ASKS, "\"code\":503");
	cr_expect(eq(int, process_end(&p, SIGTERM), 0));
}

#define FIGURE(decision)                                                                           \
	"claude_wif_admission_reviews_total{decision=\"" decision "\",reason=\"ObjectUnknown\"} 1\n"
#define LOGGED(decision)                                                                           \
	"\"msg\":\"review\",\"uid\":\"u\",\"namespace\":\"n\",\"name\":\"p\",\"decision\":"         \
	"\"" decision "\",\"reason\":\"ObjectUnknown\",\"dry_run\":false"
#define NOT_KNOWN "Namespace n: what it says is not known yet ("

Test(waiting, no_answer_in_time_is_in_the_audit_the_figures_and_the_log, .timeout = 60)
{
	AUTO(process) struct process p = process_prepare();
	AUTO(fake_api) struct fake_api *api = fake_api_new();
	AUTO(client) struct tls_client asks = { .fd = -1 }, silent = { .fd = -1 };
	AUTO(free) char *log = NULL;

	process_follow(&p, fake_api_port(api));
	reviewing_await_ready(&p);
	fake_api_hold(api, true);
	asks = tls_client_open(p.port, true);
	silent = tls_client_open(p.port, true);
	reviewing_send(&asks, "n", "web", ASKS);
	reviewing_send(&silent, "n", "web", "");
	reviewing_answer(&asks, 200, "; try again\",\"details\":{\"retryAfterSeconds\":1}},"
				     "\"auditAnnotations\":{\"reason\":\"ObjectUnknown\"}}}\n");
	reviewing_answer(&silent, 503, NOT_KNOWN);
	reviewing_await_figure(&p, FIGURE("denied"), true);
	reviewing_await_figure(&p, FIGURE("error"), true);
	cr_expect(eq(int, process_end(&p, SIGTERM), 0));
	log = workdir_read(&p.dir, "log");
	cr_expect(strstr(log, LOGGED("denied") "}") != NULL, "%s", log);
	cr_expect(strstr(log, LOGGED("error") ",\"error\":\"" NOT_KNOWN) != NULL, "%s", log);
}

/* Is a pod without a word of its own answered with WANT? */
static bool is_answered(const struct process *p, const char *want, char *body, size_t size)
{
	AUTO(client) struct tls_client c = tls_client_open(p->port, true);
	char head[2048];
	size_t len;

	reviewing_send(&c, "n", "web", "");
	(void)tls_client_answer(&c, head, sizeof(head), body, size, &len);
	return strstr(body, want) != NULL;
}

/* The bare one that a controller makes is annotated before the watch can say so. */
Test(waiting, a_ServiceAccount_made_a_moment_ago_is_read_anew, .timeout = 60)
{
	AUTO(process) struct process p = process_prepare();
	AUTO(fake_api) struct fake_api *api = fake_api_new();
	char body[65536];

	fake_api_put(api, FAKE_NAMESPACE, "", "n", STATE("enabled"));
	fake_api_put(api, FAKE_ACCOUNT, "n", "web", "");
	process_follow(&p, fake_api_port(api));
	reviewing_await_ready(&p);
	fake_api_put(api, FAKE_ACCOUNT, "n", "default", "");
	fake_api_remove(api, FAKE_ACCOUNT, "n", "web");
	while (is_answered(&p, "\"reason\":\"Injected\"", body, sizeof(body)))
		; /* until the watch has said both */
	fake_api_put_unseen(api, FAKE_ACCOUNT, "n", "default", SAYS("mode", "init"));
	reviewing_expect(&p, "n", "default", "", "\"mode\":\"init\"");
	cr_expect(eq(int, process_end(&p, SIGTERM), 0));
}

static int refuse_list(void *ctx, const char *method, const char *target, const char *body,
		       char **text)
{
	(void)ctx, (void)method, (void)target, (void)body, (void)text;
	return 500;
}

#define BOTH(map, key, one, two)                                                                   \
	",\"" map "\":{\"" KEY key "\":\"" one "\",\"other.example/" key "\":\"" two "\"}"

/* No list ends any more: what is known of the prefix before must not count as all there is. */
Test(waiting, another_prefix_counts_from_the_first_review_on, .timeout = 60)
{
	AUTO(process) struct process p = process_prepare();
	AUTO(fake_api) struct fake_api *api = fake_api_new();
	AUTO(free) char *config = workdir_read(&p.dir, "config.yaml");
	AUTO(free) char *other = NULL;
	char body[65536];

	fake_api_put(api, FAKE_NAMESPACE, "", "n", BOTH("labels", "injection", "enabled", "enabled"));
	fake_api_put(api, FAKE_ACCOUNT, "n", "web", BOTH("annotations", "mode", "init", "env"));
	process_follow(&p, fake_api_port(api));
	reviewing_await_ready(&p);
	reviewing_expect(&p, "n", "web", "", "\"mode\":\"init\"");
	fake_api_others(api, "limit=", refuse_list, NULL);
	cr_assert(asprintf(&other, "prefix: other.example\n%s", config) > 0);
	workdir_write(&p.dir, "config.yaml", other);
	while (is_answered(&p, "\"mode\":\"init\"", body, sizeof(body)))
		;
	cr_expect(strstr(body, "\"mode\":\"env\"") != NULL, "%s", body);
	cr_expect(reviewing_is_ready(&p, body, sizeof(body)), "it serves on: %s", body);
	cr_expect(eq(int, process_end(&p, SIGTERM), 0));
}

/* An answer that refuses would be one in a Namespace where nothing is refused. */
Test(waiting, observed_pods_are_never_refused_whatever_the_API_server_does, .timeout = 60)
{
	AUTO(process) struct process p = process_prepare();
	AUTO(fake_api) struct fake_api *api = fake_api_new();
	AUTO(client) struct tls_client c = { .fd = -1 };

	fake_api_put(api, FAKE_NAMESPACE, "", "o", STATE("observe"));
	fake_api_put(api, FAKE_ACCOUNT, "o", "web", "");
	process_follow(&p, fake_api_port(api));
	reviewing_await_ready(&p);
	fake_api_hold(api, true);
	c = tls_client_open(p.port, true);
	reviewing_send(&c, "o", "web", ASKS);
	reviewing_answer(&c, 503, "unable to read Namespace o anew");
	reviewing_send(&c, "o", "web", "");
	reviewing_answer(&c, 503, "the webhook's failurePolicy decides");
	fake_api_hold(api, false);
	reviewing_expect(&p, "o", "web", ASKS, "\"reason\":\"ObservedInject\"");
	cr_expect(eq(int, process_end(&p, SIGTERM), 0));
}

#define WAITING 70 /* more than there are places */

Test(waiting, observed_pods_leave_places_to_the_others, .timeout = 60)
{
	AUTO(process) struct process p = process_prepare();
	AUTO(fake_api) struct fake_api *api = fake_api_new();
	AUTO(client) struct tls_client other = { .fd = -1 };
	struct tls_client c[WAITING];

	fake_api_put(api, FAKE_NAMESPACE, "", "o", STATE("observe"));
	fake_api_put(api, FAKE_ACCOUNT, "o", "web", "");
	fake_api_put(api, FAKE_NAMESPACE, "", "n", STATE("enabled"));
	process_follow(&p, fake_api_port(api));
	reviewing_await_ready(&p);
	fake_api_hold(api, true);
	other = tls_client_open(p.port, true);
	for (size_t i = 0; i < WAITING; i++)
		c[i] = tls_client_open(p.port, true);
	for (size_t i = 0; i < WAITING; i++) /* together: none waits longer than 2 s */
		reviewing_send(&c[i], "o", "web", ASKS);
	reviewing_answer(&c[WAITING - 1], 503, "too many reviews wait");
	fake_api_put_unseen(api, FAKE_ACCOUNT, "n", "new", "");
	reviewing_send(&other, "n", "new", "");
	reviewing_expect(&p, "n", "new", SAYS("inject", "false"), "\"allowed\":true");
	fake_api_hold(api, false);
	reviewing_answer(&other, 200, "\"reason\":\"Injected\"");
	for (size_t i = 0; i < WAITING; i++)
		tls_client_close(&c[i]);
	cr_expect(eq(int, process_end(&p, SIGTERM), 0));
}

Test(waiting, others_go_on_and_too_many_are_refused_for_now, .timeout = 60)
{
	AUTO(process) struct process p = process_prepare();
	AUTO(fake_api) struct fake_api *api = fake_api_new();
	struct tls_client c[WAITING];

	fake_api_put(api, FAKE_NAMESPACE, "", "known", "");
	fake_api_put(api, FAKE_ACCOUNT, "known", "web", "");
	process_follow(&p, fake_api_port(api));
	reviewing_await_ready(&p);
	fake_api_hold(api, true);
	for (size_t i = 0; i < WAITING; i++) {
		c[i] = tls_client_open(p.port, true);
		reviewing_send(&c[i], "n", "web", ASKS);
	}
	reviewing_expect(&p, "known", "web", ASKS, "\"reason\":\"Injected\"");
	tls_client_close(&c[0]); /* its place is free again */
	for (size_t i = 1; i < WAITING; i++) {
		reviewing_answer(&c[i], 200, "\"code\":503");
		tls_client_close(&c[i]);
	}
	cr_expect(eq(int, process_end(&p, SIGTERM), 0));
}
