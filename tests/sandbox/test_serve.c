/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "tests/sandbox/stand.h"
#include "tests/support/tls_client.h"

#define OPAQUE "\"type\":\"authentication_error\",\"message\":\"Authentication failed\""

/* The access token in the body of A, a heap string. */
static char *token_of(const struct stand_answer *a)
{
	json_auto_t *body = json_loads(a->body, 0, NULL);
	const char *token = json_string_value(json_object_get(body, "access_token"));

	cr_assert(a->status == 200 && token, "%d %s", a->status, a->body);
	return strdup(token);
}

Test(serve, an_assertion_is_granted_once, .timeout = 60)
{
	for (int tls = 0; tls < 2; tls++) {
		AUTO(stand) struct stand s;
		AUTO(free) char *assertion = NULL, *token = NULL;
		struct stand_answer a;

		stand_init(&s);
		stand_serve(&s, tls, NULL);
		assertion = stand_assertion(&s, "one");
		a = stand_exchange(&s, assertion);
		token = token_of(&a);
		cr_expect(strncmp(token, "sk-ant-oat01-", 13) == 0);
		cr_expect(strstr(a.body, "\"token_type\":\"Bearer\"") != NULL, "%s", a.body);
		cr_expect(strstr(a.body, "\"expires_in\":600,") != NULL, "%s", a.body);
		cr_expect(strstr(a.head, "\r\nrequest-id: req_") != NULL, "%s", a.head);
		a = stand_exchange(&s, assertion);
		cr_expect(eq(int, a.status, 401));
		cr_expect(strstr(a.body, OPAQUE) != NULL, "%s", a.body);
		cr_expect(eq(i64, stand_figure(&s, "exchanges.granted"), 1));
		cr_expect(eq(i64, stand_figure(&s, "exchanges.denied"), 1));
		cr_expect(eq(i64, stand_figure(&s, "exchanges.requests"), 2));
		cr_expect(eq(i64, stand_figure(&s, "replays"), 1));
		cr_expect(eq(i64, stand_figure(&s, "assertions"), 1));
		cr_expect(eq(i64, stand_figure(&s, "tokens_live"), 1));
		stand_admin(&s, "/reset", "");
		cr_expect(eq(i64, stand_figure(&s, "exchanges.requests"), 0));
		cr_expect(eq(int, stand_exchange(&s, assertion).status, 401), "its memory stays");
		cr_expect(eq(i64, stand_figure(&s, "replays"), 1));
	}
}

Test(serve, what_is_malformed_says_why_and_spends_nothing, .timeout = 60)
{
	AUTO(stand) struct stand s;
	AUTO(free) char *assertion = NULL;
	AUTO(buf) struct buf body;
	struct stand_answer a;

	stand_init(&s);
	stand_serve(&s, false, NULL);
	assertion = stand_assertion(&s, "one");
	buf_init(&body, 32 * 1024);
	stand_exchange_body(&body, assertion);
	a = stand_ask(s.port, false, "POST", "/v1/oauth/token", "User-Agent: x\r\n", body.data);
	cr_expect(eq(int, a.status, 400));
	cr_expect(strstr(a.body, "\"type\":\"invalid_request_error\"") != NULL, "%s", a.body);
	cr_expect(strstr(a.body, "content-type") != NULL, "%s", a.body);
	cr_expect(eq(i64, stand_figure(&s, "exchanges.malformed"), 1));
	cr_expect(eq(int, stand_exchange(&s, assertion).status, 200));
	cr_expect(eq(i64, stand_figure(&s, "replays"), 0));
}

/* After each fault the same assertion again, with the fault gone. */
static const struct {
	const char *kind;
	int status;
	const char *body;	/* what the client gets of one */
	size_t cut;		/* bytes that come of a longer one, or 0 */
	int again;		/* status of the second presentation */
	int replays;
} faults[] = {
	{ "500", 500, "api_error", 0, 401, 1 },
	{ "429", 429, "rate_limit_error", 0, 200, 0 },
	{ "reset", 0, "", 0, 401, 1 },
	{ "cut", 200, "{\"access_token\":\"sk-ant-oat01-cut-off\"", 51, 401, 1 },
	{ "badjson", 200, "{\"access_token\":", 0, 401, 1 },
	{ "wrongtype", 200, "\"access_token\":12", 0, 401, 1 },
};

Test(serve, every_fault_but_429_spends_the_assertion, .timeout = 60)
{
	AUTO(stand) struct stand s;

	stand_init(&s);
	stand_serve(&s, false, NULL);
	for (size_t i = 0; i < COUNTOF(faults); i++) {
		AUTO(free) char *assertion = stand_assertion(&s, faults[i].kind);
		struct stand_answer a;
		char fault[128];

		stand_admin(&s, "/reset", "");
		(void)snprintf(fault, sizeof(fault), "{\"target\":\"token\",\"kind\":\"%s\",\"count\":1,"
			       "\"retry_after\":7}", faults[i].kind);
		stand_admin(&s, "/fault", fault);
		a = stand_exchange(&s, assertion);
		cr_expect(eq(int, a.status, faults[i].status), "%s", faults[i].kind);
		cr_expect(strstr(a.body, faults[i].body) != NULL, "%s: %s", faults[i].kind, a.body);
		if (faults[i].cut) {
			cr_expect(eq(sz, a.len, faults[i].cut));
			cr_expect(strstr(a.head, "content-length: 115\r\n") != NULL, "%s", a.head);
		}
		cr_expect(eq(int, strstr(a.head, "\r\nretry-after: 7\r\n") != NULL,
			     faults[i].status == 429), "%s: %s", faults[i].kind, a.head);
		cr_expect(eq(int, stand_exchange(&s, assertion).status, faults[i].again), "%s",
			  faults[i].kind);
		cr_expect(eq(i64, stand_figure(&s, "replays"), faults[i].replays), "%s",
			  faults[i].kind);
		cr_expect(eq(i64, stand_figure(&s, "exchanges.faulted"), faults[i].status != 429));
	}
}

Test(serve, a_hang_spends_the_assertion_and_ends_with_the_client, .timeout = 60)
{
	AUTO(stand) struct stand s;
	AUTO(free) char *assertion = NULL;
	struct tls_client c;
	AUTO(buf) struct buf body, req;

	buf_init(&body, 32 * 1024);
	buf_init(&req, 32 * 1024);
	stand_init(&s);
	stand_serve(&s, false, NULL);
	assertion = stand_assertion(&s, "one");
	stand_exchange_body(&body, assertion);
	buf_addf(&req, "POST /v1/oauth/token HTTP/1.1\r\n%scontent-length: %zu\r\n\r\n%s",
		 stand_exchange_headers, body.len, body.data);
	stand_admin(&s, "/fault", "{\"target\":\"token\",\"kind\":\"hang\",\"count\":1}");
	c = tls_client_open(s.port, false);
	cr_assert(tls_client_send(&c, req.data, req.len));
	while (!stand_figure(&s, "exchanges.faulted"))
		continue;
	cr_expect(not(tls_client_ready(&c, 0)), "it answers");
	tls_client_close(&c);
	cr_expect(eq(int, stand_exchange(&s, assertion).status, 401));
	cr_expect(eq(i64, stand_figure(&s, "replays"), 1));
}

Test(serve, a_fault_lasts_as_many_answers_as_asked_or_until_changed, .timeout = 60)
{
	AUTO(stand) struct stand s;
	AUTO(free) char *assertion = NULL, *other = NULL;

	stand_init(&s);
	stand_serve(&s, false, NULL);
	assertion = stand_assertion(&s, "one");
	other = stand_assertion(&s, "two");
	stand_admin(&s, "/fault", "{\"target\":\"token\",\"kind\":\"429\",\"count\":2}");
	cr_expect(eq(int, stand_exchange(&s, assertion).status, 429));
	cr_expect(eq(int, stand_exchange(&s, other).status, 429));
	cr_expect(eq(int, stand_exchange(&s, assertion).status, 200));
	stand_admin(&s, "/fault", "{\"target\":\"token\",\"kind\":\"500\"}");
	for (int i = 0; i < 5; i++)
		cr_expect(eq(int, stand_exchange(&s, assertion).status, 500));
	stand_admin(&s, "/fault", "{\"target\":\"token\",\"kind\":\"none\"}");
	cr_expect(eq(int, stand_exchange(&s, assertion).status, 401));
}

Test(serve, bad_admin_requests_are_refused_and_change_nothing, .timeout = 60)
{
	static const struct {
		const char *path, *body;
		int status;
	} bad[] = {
		{ "/fault", "", 400 }, { "/fault", "{\"target\":\"token\"}", 400 },
		{ "/fault", "{\"target\":\"x\",\"kind\":\"500\"}", 400 },
		{ "/fault", "{\"target\":\"token\",\"kind\":\"501\"}", 400 },
		{ "/rule", "{\"archived\":\"yes\"}", 400 }, { "/rule", "{\"token_lifetime\":59}", 400 },
		{ "/rule", "{\"token_lifetime\":86401}", 400 },
		{ "/rule", "{\"token_lifetime\":\"600\"}", 400 }, { "/nowhere", "{}", 404 },
	};
	AUTO(stand) struct stand s;
	AUTO(free) char *assertion = NULL;

	stand_init(&s);
	stand_serve(&s, false, NULL);
	for (size_t i = 0; i < COUNTOF(bad); i++) {
		struct stand_answer a = stand_ask(s.admin, false, "POST", bad[i].path, "", bad[i].body);

		cr_expect(eq(int, a.status, bad[i].status), "%s %s", bad[i].path, bad[i].body);
	}
	assertion = stand_assertion(&s, "one");
	cr_expect(eq(int, stand_exchange(&s, assertion).status, 200));
}

Test(serve, the_rule_changes_at_run_time, .timeout = 60)
{
	AUTO(stand) struct stand s;
	AUTO(free) char *one = NULL, *two = NULL;
	struct stand_answer a;

	stand_init(&s);
	stand_serve(&s, false, NULL);
	one = stand_assertion(&s, "one");
	two = stand_assertion(&s, "two");
	stand_admin(&s, "/rule", "{\"archived\":true}");
	cr_expect(eq(int, stand_exchange(&s, one).status, 401));
	stand_admin(&s, "/rule", "{\"archived\":false,\"token_lifetime\":180}");
	a = stand_exchange(&s, two);
	cr_expect(strstr(a.body, "\"expires_in\":180,") != NULL, "%s", a.body);
}
