/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "tests/sandbox/stand.h"

#define MESSAGE "{\"model\":\"claude-test\",\"max_tokens\":8,\"messages\":[{\"role\":\"user\"," \
		"\"content\":\"ping\"}]}"
#define VERSION "anthropic-version: 2023-06-01\r\n"

/* Exchange an assertion with that jti; the "authorization" line of its token in HEADER. */
static void authorize(const struct stand *s, const char *jti, char header[256])
{
	AUTO(free) char *assertion = stand_assertion(s, jti);
	struct stand_answer a = stand_exchange(s, assertion);
	json_auto_t *body = json_loads(a.body, 0, NULL);
	const char *token = json_string_value(json_object_get(body, "access_token"));

	cr_assert(a.status == 200 && token, "%d %s", a.status, a.body);
	(void)snprintf(header, 256, "Authorization: Bearer %s\r\n", token);
}

static struct stand_answer call(const struct stand *s, const char *auth, const char *more,
				const char *body)
{
	char headers[512];

	(void)snprintf(headers, sizeof(headers), "%s%s", auth, more);
	return stand_ask(s->port, s->tls, "POST", "/v1/messages", headers, body);
}

Test(messages, a_minted_token_calls_and_nothing_else_does, .timeout = 60)
{
	static const struct {
		const char *name, *auth;	/* auth NULL: the minted one */
		const char *more, *body;
		int status;
		const char *says;
	} rows[] = {
		{ "no credential", "", VERSION, MESSAGE, 401, "authentication_error" },
		{ "a made-up token", "Authorization: Bearer sk-ant-oat01-x\r\n", VERSION, MESSAGE, 401,
		  "authentication_error" },
		{ "another scheme", "Authorization: Basic eDp5\r\n", VERSION, MESSAGE, 401,
		  "authentication_error" },
		{ "a static key", "x-api-key: sk-ant-api03-x\r\n", VERSION, MESSAGE, 401, "x-api-key" },
		{ "a static key too", NULL, VERSION "X-Api-Key: k\r\n", MESSAGE, 401, "x-api-key" },
		{ "no version", NULL, "", MESSAGE, 400, "anthropic-version" },
		{ "no json", NULL, VERSION, "ping", 400, "body" },
		{ "no model", NULL, VERSION, "{\"max_tokens\":8,\"messages\":[1]}", 400, "model" },
		{ "no max_tokens", NULL, VERSION, "{\"model\":\"m\",\"messages\":[1]}", 400, "max_tokens" },
		{ "no messages", NULL, VERSION, "{\"model\":\"m\",\"max_tokens\":8,\"messages\":[]}", 400,
		  "messages" },
		{ "a stream", NULL, VERSION,
		  "{\"model\":\"m\",\"max_tokens\":8,\"messages\":[1],\"stream\":true}", 400, "stream" },
	};
	AUTO(stand) struct stand s;
	struct stand_answer a;
	char auth[256];

	stand_init(&s);
	stand_serve(&s, false, NULL);
	authorize(&s, "one", auth);
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		a = call(&s, rows[i].auth ? rows[i].auth : auth, rows[i].more, rows[i].body);
		cr_expect(eq(int, a.status, rows[i].status), "%s: %s", rows[i].name, a.body);
		cr_expect(strstr(a.body, rows[i].says) != NULL, "%s: %s", rows[i].name, a.body);
		cr_expect(strstr(a.head, "\r\nrequest-id: req_") != NULL, "%s", rows[i].name);
	}
	cr_expect(eq(i64, stand_figure(&s, "messages.refused"), COUNTOF(rows)));
	cr_expect(eq(i64, stand_figure(&s, "static_key_calls"), 2));
	cr_expect(eq(int, call(&s, auth, VERSION, MESSAGE).status, 200));
	cr_expect(eq(i64, stand_figure(&s, "messages.ok"), 1));
}

Test(messages, the_answer_is_a_message, .timeout = 60)
{
	AUTO(stand) struct stand s;
	json_auto_t *body = NULL, *want = NULL;
	struct stand_answer a;
	char auth[256];
	const char *id;

	stand_init(&s);
	stand_serve(&s, true, NULL);
	authorize(&s, "one", auth);
	a = call(&s, auth, VERSION, MESSAGE);
	body = json_loads(a.body, 0, NULL);
	id = json_string_value(json_object_get(body, "id"));
	cr_expect(id && strncmp(id, "msg_", 4) == 0, "%s", a.body);
	want = json_pack("{s:s, s:s, s:s, s:s, s:[{s:s, s:s}], s:s, s:n, s:{s:i, s:i}}", "id", id,
			 "type", "message", "role", "assistant", "model", "claude-test", "content",
			 "type", "text", "text", "pong", "stop_reason", "end_turn", "stop_sequence",
			 "usage", "input_tokens", 1, "output_tokens", 1);
	cr_expect(json_equal(body, want) == 1, "%s", a.body);
}

Test(messages, a_token_ends_with_its_lifetime, .timeout = 60)
{
	AUTO(stand) struct stand s;
	char auth[256];
	int calls = 0;

	stand_init(&s);
	stand_serve(&s, false, (const char *const[]){ "--allow-short", "--token-lifetime", "1", NULL });
	authorize(&s, "one", auth);
	while (call(&s, auth, VERSION, MESSAGE).status == 200)
		calls++;
	cr_expect(eq(i64, stand_figure(&s, "messages.ok"), calls));
	cr_expect(eq(i64, stand_figure(&s, "tokens_live"), 0));
}

Test(messages, faults_are_its_own, .timeout = 60)
{
	AUTO(stand) struct stand s;
	char auth[256];

	stand_init(&s);
	stand_serve(&s, false, NULL);
	stand_admin(&s, "/fault", "{\"target\":\"messages\",\"kind\":\"500\",\"count\":1}");
	authorize(&s, "one", auth);
	cr_expect(eq(int, call(&s, auth, VERSION, MESSAGE).status, 500));
	cr_expect(eq(int, call(&s, auth, VERSION, MESSAGE).status, 200));
}

/* The answer to a new assertion, the *Nth of this test; into *ASSERTION. */
static int exchange_new(const struct stand *s, int *n, char **assertion, struct stand_answer *a)
{
	char jti[16];

	free(*assertion);
	(void)snprintf(jti, sizeof(jti), "jti-%d", ++*n);
	*assertion = stand_assertion(s, jti);
	*a = stand_exchange(s, *assertion);
	return a->status;
}

Test(serve, above_the_rate_it_throttles_and_spends_nothing, .timeout = 60)
{
	AUTO(stand) struct stand s;
	AUTO(free) char *assertion = NULL, *other = NULL;
	struct stand_answer a, b;
	int n = 0;

	stand_init(&s);
	stand_serve(&s, false, (const char *const[]){ "--rate", "2", NULL });
	while (exchange_new(&s, &n, &assertion, &a) == 200) /* three in one second come soon */
		continue;
	cr_assert(eq(int, a.status, 429));
	cr_expect(strstr(a.head, "\r\nretry-after: 1\r\n") != NULL, "%s", a.head);
	cr_expect(eq(i64, stand_figure(&s, "exchanges.throttled"), 1));
	while (exchange_new(&s, &n, &other, &b) == 429) /* another second begins, with room for one more */
		continue;
	cr_expect(eq(int, stand_exchange(&s, assertion).status, 200));
	cr_expect(eq(i64, stand_figure(&s, "replays"), 0));
}

Test(serve, new_keys_are_taken_without_a_restart, .timeout = 60)
{
	AUTO(stand) struct stand s;
	struct stand_answer a;
	char keys[64];
	int n = 0;

	stand_init(&s);
	stand_serve(&s, false, NULL);
	(void)snprintf(keys, sizeof(keys), "%s/keys", s.dir);
	cr_assert(eq(int, stand_run((const char *const[]){ "keygen", "--out", keys, NULL }),
		     0));
	do { /* until the file has been looked at */
		AUTO(free) char *assertion = NULL;
		char jti[16];

		(void)snprintf(jti, sizeof(jti), "jti-%d", ++n);
		assertion = stand_assertion(&s, jti);
		a = stand_exchange(&s, assertion);
	} while (a.status == 401);
	cr_expect(eq(int, a.status, 200));
}

Test(serve, publishes_what_an_issuer_does_and_knows_no_other_path, .timeout = 60)
{
	AUTO(stand) struct stand s;
	struct stand_answer a;

	stand_init(&s);
	stand_serve(&s, false, NULL);
	a = stand_ask(s.port, false, "GET", "/openid/v1/jwks", "", "");
	cr_expect(a.status == 200 && strstr(a.body, "\"keys\":[{\"kty\":\"EC\""), "%s", a.body);
	a = stand_ask(s.port, false, "GET", "/.well-known/openid-configuration", "", "");
	cr_expect(a.status == 200 && strstr(a.body, "\"issuer\":\"" STAND_ISSUER "\""), "%s", a.body);
	cr_expect(strstr(a.body, "\"jwks_uri\":\"" STAND_ISSUER "/openid/v1/jwks\"") != NULL);
	a = stand_ask(s.port, false, "GET", "/v1/oauth/token", "", "");
	cr_expect(a.status == 404 && strstr(a.body, "not_found_error"), "%s", a.body);
	a = stand_ask(s.port, false, "POST", "/fault", "", "{}");
	cr_expect(eq(int, a.status, 404), "the admin's paths are not the public's");
}

Test(serve, the_event_log_names_and_keeps_secrets, .timeout = 60)
{
	AUTO(stand) struct stand s;
	AUTO(free) char *assertion = NULL;
	char auth[256], path[64], log[8192];
	size_t n;
	FILE *f;

	stand_init(&s);
	stand_serve(&s, false, NULL);
	authorize(&s, "jti-one", auth);
	assertion = stand_assertion(&s, "jti-two");
	stand_admin(&s, "/fault", "{\"target\":\"token\",\"kind\":\"500\",\"count\":1}");
	(void)stand_exchange(&s, assertion);
	(void)stand_exchange(&s, assertion);
	(void)call(&s, "x-api-key: sk-ant-api03-hidden\r\n", VERSION, MESSAGE);
	(void)snprintf(path, sizeof(path), "%s/events", s.dir);
	f = fopen(path, "re");
	cr_assert(f != NULL);
	n = fread(log, 1, sizeof(log) - 1, f);
	log[n] = '\0';
	(void)fclose(f);
	for (size_t i = 0; i < 3; i++) {
		static const char *const results[] = { "granted", "faulted", "denied" };

		cr_expect(strstr(log, results[i]) != NULL, "%s", log);
	}
	cr_expect(strstr(log, "jti-one") && strstr(log, STAND_SUBJECT), "%s", log);
	cr_expect(strstr(log, "sk-ant") == NULL, "a token or key is logged");
	cr_expect(strstr(log, strrchr(assertion, '.') + 1) == NULL, "a signature is logged");
}
