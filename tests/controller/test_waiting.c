/* SPDX-License-Identifier: Apache-2.0 */

/* Reviews that need what only the API server knows: the program, and a fake of it. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "tests/controller/process.h"
#include "tests/support/fake_api.h"
#include "tests/support/text.h"
#include "tests/support/tls_client.h"

#define KEY "wif.anthropic.com/"
#define ASKS ",\"annotations\":{\"" KEY "inject\":\"true\"}"
#define SAYS(key, value) ",\"annotations\":{\"" KEY key "\":\"" value "\"}"

/* Send the review of a pod of ServiceAccount NAMESPACE_/ACCOUNT; METADATA adds members. */
static void send_review(struct tls_client *c, const char *namespace_, const char *account,
			const char *metadata)
{
	AUTO(buf) struct buf body, post;

	buf_init(&body, 1 << 16);
	buf_init(&post, 1 << 16);
	buf_addf(&body,
		 "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\",\"request\":{"
		 "\"uid\":\"u\",\"kind\":{\"kind\":\"Pod\"},\"operation\":\"CREATE\",\"namespace\":"
		 "\"%s\",\"object\":{\"metadata\":{\"name\":\"p\"%s},\"spec\":{\"serviceAccountName\":"
		 "\"%s\",\"containers\":[{\"name\":\"a\",\"image\":\"i\"}]}}}}",
		 namespace_, metadata, account);
	buf_addf(&post, "POST /mutate HTTP/1.1\r\nhost: x\r\ncontent-length: %zu\r\n\r\n%s", body.len,
		 body.data);
	cr_assert(tls_client_send(c, post.data, post.len));
}

/* The answer on C has WANT in it, and STATUS. */
static void expect(struct tls_client *c, int status, const char *want)
{
	char head[2048], body[65536];
	size_t len;

	cr_expect(eq(int, tls_client_answer(c, head, sizeof(head), body, sizeof(body), &len),
		     status));
	cr_expect(strstr(body, want) != NULL, "%s not in %s", want, body);
}

static void expect_review(const struct process *p, const char *namespace_, const char *account,
			  const char *metadata, const char *want)
{
	AUTO(client) struct tls_client c = tls_client_open(p->port, true);

	send_review(&c, namespace_, account, metadata);
	expect(&c, 200, want);
}

static bool is_ready(const struct process *p, char *out, size_t size)
{
	AUTO(client) struct tls_client c = tls_client_open(p->metrics_port, false);
	char head[2048];
	size_t len;

	cr_assert(tls_client_sends(&c, "GET /readyz HTTP/1.1\r\nhost: x\r\n\r\n"));
	return tls_client_answer(&c, head, sizeof(head), out, size, &len) == 200;
}

static void await_ready(const struct process *p)
{
	AUTO(client) struct tls_client pace = tls_client_open(p->port, true);
	char text[256];

	while (!is_ready(p, text, sizeof(text)))
		(void)tls_client_ready(&pace, 20); /* nothing comes: it paces the questions */
}

Test(waiting, ready_when_the_caches_are_filled, .timeout = 60)
{
	AUTO(process) struct process p = process_prepare();
	AUTO(fake_api) struct fake_api *api = fake_api_new();
	char text[256];

	fake_api_token(api, "another");
	process_follow(&p, fake_api_port(api));
	cr_expect(not(is_ready(&p, text, sizeof(text))));
	cr_expect(strstr(text, "not listed yet") != NULL, "%s", text);
	fake_api_token(api, "t");
	await_ready(&p);
	cr_expect(eq(int, process_end(&p, SIGTERM), 0));
}

Test(waiting, what_the_watch_has_not_seen_is_read_at_once, .timeout = 60)
{
	AUTO(process) struct process p = process_prepare();
	AUTO(fake_api) struct fake_api *api = fake_api_new();

	process_follow(&p, fake_api_port(api));
	await_ready(&p);
	fake_api_put_unseen(api, FAKE_NAMESPACE, "", "n", "");
	fake_api_put_unseen(api, FAKE_ACCOUNT, "n", "web", SAYS("mode", "init"));
	expect_review(&p, "n", "web", ASKS, "\"mode\":\"init\"");
	fake_api_put_unseen(api, FAKE_ACCOUNT, "n", "web", SAYS("mode", "env"));
	expect_review(&p, "n", "web", ASKS, "\"mode\":\"env\"");
	fake_api_put_unseen(api, FAKE_NAMESPACE, "", "on",
			    ",\"labels\":{\"" KEY "injection\":\"enabled\"}");
	fake_api_put_unseen(api, FAKE_ACCOUNT, "on", "default", "");
	expect_review(&p, "on", "default", "", "\"reason\":\"Injected\"");
	fake_api_put_unseen(api, FAKE_NAMESPACE, "", "off",
			    ",\"labels\":{\"" KEY "injection\":\"disabled\"}");
	expect_review(&p, "off", "default", ASKS, "Namespace off: label");
	cr_expect(eq(int, process_end(&p, SIGTERM), 0));
}

Test(waiting, the_store_answers_without_a_question, .timeout = 60)
{
	AUTO(process) struct process p = process_prepare();
	AUTO(fake_api) struct fake_api *api = fake_api_new();

	fake_api_put(api, FAKE_NAMESPACE, "", "n", SAYS("mode", "init"));
	fake_api_put(api, FAKE_ACCOUNT, "n", "web", "");
	process_follow(&p, fake_api_port(api));
	await_ready(&p);
	expect_review(&p, "n", "web", ASKS, "\"mode\":\"init\"");
	cr_expect(eq(int, fake_api_count(api, FAKE_GETS), 0));
	cr_expect(eq(int, process_end(&p, SIGTERM), 0));
}

Test(waiting, never_a_silent_admit, .timeout = 60)
{
	AUTO(process) struct process p = process_prepare();
	AUTO(fake_api) struct fake_api *api = fake_api_new();
	AUTO(client) struct tls_client c = { .fd = -1 };

	process_follow(&p, fake_api_port(api));
	await_ready(&p);
	/* Not there: a pod that asks is refused for now. */
	expect_review(&p, "n", "web", ASKS,
		      "\"allowed\":false,\"status\":{\"status\":\"Failure\",\"reason\":"
		      "\"ServiceUnavailable\",\"code\":503");
	expect_review(&p, "n", "web", ASKS, "\"retryAfterSeconds\":1");
	expect_review(&p, "n", "web", SAYS("inject", "false"), "\"allowed\":true");
	/* One that does not may be of a Namespace that does: the failurePolicy decides. */
	c = tls_client_open(p.port, true);
	send_review(&c, "n", "web", "");
	expect(&c, 503, "Namespace n");
	/* No answer at all. */
	fake_api_hold(api, true);
	expect_review(&p, "n", "web", ASKS, "\"code\":503");
	cr_expect(eq(int, process_end(&p, SIGTERM), 0));
}

#define WAITING 70 /* more than there are places */

Test(waiting, others_go_on_and_too_many_are_refused_for_now, .timeout = 60)
{
	AUTO(process) struct process p = process_prepare();
	AUTO(fake_api) struct fake_api *api = fake_api_new();
	struct tls_client c[WAITING];

	fake_api_put(api, FAKE_NAMESPACE, "", "known", "");
	fake_api_put(api, FAKE_ACCOUNT, "known", "web", "");
	process_follow(&p, fake_api_port(api));
	await_ready(&p);
	fake_api_hold(api, true);
	for (size_t i = 0; i < WAITING; i++) {
		c[i] = tls_client_open(p.port, true);
		send_review(&c[i], "n", "web", ASKS);
	}
	expect_review(&p, "known", "web", ASKS, "\"reason\":\"Injected\"");
	tls_client_close(&c[0]); /* its place is free again */
	for (size_t i = 1; i < WAITING; i++) {
		expect(&c[i], 200, "\"code\":503");
		tls_client_close(&c[i]);
	}
	cr_expect(eq(int, process_end(&p, SIGTERM), 0));
}
