/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/api.h"

#include <stdio.h>
#include <string.h>

#define TOKEN_PREFIX "sk-ant-oat01-"

void api_new_id(struct api *api, const char *prefix, char out[API_ID_BYTES])
{
	unsigned char r[12] = { 0 };
	int n = snprintf(out, API_ID_BYTES, "%s", prefix);

	(void)api->sys.ops->random(&api->sys, r, sizeof(r));
	for (size_t i = 0; i < sizeof(r) && (size_t)n + 3 <= API_ID_BYTES; i++)
		n += snprintf(out + n, API_ID_BYTES - (size_t)n, "%02x", r[i]);
}

void api_answer(struct httpd_request *req, int status, json_t *value, const char *request_id,
		const char *headers)
{
	AUTO(free) char *text = value ? json_dumps(value, JSON_COMPACT) : NULL;
	char head[160];

	json_decref(value);
	(void)snprintf(head, sizeof(head), "request-id: %s\r\n%s", request_id,
		       headers ? headers : "");
	if (text)
		httpd_answer(req, status, "application/json", text, strlen(text), head);
	else
		httpd_reset(req);
}

void api_refuse(struct httpd_request *req, int status, const char *type, const char *message,
		const char *request_id)
{
	api_answer(req, status,
		   json_pack("{s:s, s:{s:s, s:s}, s:s}", "type", "error", "error", "type", type,
			     "message", message, "request_id", request_id),
		   request_id, NULL);
}

void api_event(struct api *api, json_t *event)
{
	AUTO(free) char *text = NULL;

	(void)json_object_set_new(event, "t",
				  json_integer(api->sys.ops->wall_now(&api->sys).s));
	text = json_dumps(event, JSON_COMPACT);
	json_decref(event);
	if (api->events_fd >= 0 && text)
		(void)dprintf(api->events_fd, "%s\n", text);
}

/* Whether this second's allowance is used up. */
static bool over_rate(struct api *api)
{
	int64_t second = api->sys.ops->boot_now(&api->sys).ns / NS_PER_S;

	if (!api->rate)
		return false;
	if (second != api->rate_second) {
		api->rate_second = second;
		api->rate_used = 0;
	}
	return ++api->rate_used > api->rate;
}

/*
 * Remember a presentation, which is about to be answered by 429 or not; true when it is one
 * too many. What a 429 answers may be presented once more, and that is the last time whatever
 * the answer. Source: docs/schedule.md, its table of results.
 */
static bool spend(struct api *api, const struct token_judgement *j, bool throttled, int64_t now_s)
{
	bool again;

	if (!*j->jti)
		return false;
	if (seen_has(&api->spent, j->jti, now_s)) {
		api->stats.replays++;
		return true;
	}
	again = seen_has(&api->once_more, j->jti, now_s);
	api->stats.assertions += !again;
	(void)seen_add(throttled && !again ? &api->once_more : &api->spent, j->jti, j->exp_s + 60,
		       now_s);
	return false;
}

/* Mint a token that lives as judged; its answer as a new reference. */
static json_t *mint(struct api *api, const struct token_judgement *j, int64_t now_s)
{
	unsigned char r[48] = { 0 };
	AUTO(buf) struct buf token;

	buf_init(&token, 256);
	buf_adds(&token, TOKEN_PREFIX);
	if (api->sys.ops->random(&api->sys, r, sizeof(r)) < 0)
		return NULL;
	jose_base64url(&token, r, sizeof(r));
	if (token.failed || !seen_add(&api->tokens, token.data, now_s + j->lifetime_s - 1, now_s))
		return NULL;
	return json_pack("{s:s, s:s, s:I, s:s}", "access_token", token.data, "token_type", "Bearer",
			 "expires_in", (json_int_t)j->lifetime_s, "scope",
			 "workspace:developer workspace:inference");
}

static void note_exchange(struct api *api, const char *result, const struct token_judgement *j,
			  bool replay, const char *id)
{
	api_event(api, json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:I, s:s}", "event", "exchange",
				 "result", result, "sub", j->sub, "jti", j->jti, "why", j->message,
				 "replay", (int)replay, "expires_in", (json_int_t)j->lifetime_s,
				 "request_id", id));
}

/* The answer is the same for any assertion; only the event log tells them apart. */
static void throttle(struct api *api, struct httpd_request *req, const struct token_judgement *j,
		     bool replay, const char *id)
{
	api->stats.throttled++;
	note_exchange(api, "throttled", j, replay, id);
	api_fault_answer(api, TARGET_TOKEN, FAULT_429, req, id, "");
}

static void judged(struct api *api, struct httpd_request *req, const struct token_judgement *j,
		   bool replay, const char *id)
{
	int64_t now_s = api->sys.ops->wall_now(&api->sys).s;

	if (j->verdict == TOKEN_MALFORMED) {
		api->stats.malformed++;
		note_exchange(api, "malformed", j, replay, id);
		api_refuse(req, 400, "invalid_request_error", j->message, id);
	} else if (j->verdict == TOKEN_DENIED || replay) {
		api->stats.denied++;
		note_exchange(api, "denied", j, replay, id);
		api_refuse(req, 401, "authentication_error", "Authentication failed", id);
	} else {
		api->stats.granted++;
		note_exchange(api, "granted", j, replay, id);
		api_answer(req, 200, mint(api, j, now_s), id, NULL);
	}
}

void api_token(struct api *api, struct httpd_request *req)
{
	char type[128], beta[256], agent[256], id[API_ID_BYTES];
	struct wall now = api->sys.ops->wall_now(&api->sys);
	struct token_request in = { NULL };
	struct token_judgement j;
	enum fault_kind fault;
	bool replay, throttled;

	if (httpd_header(req, "content-type", type, sizeof(type)) > 0)
		in.content_type = type;
	if (httpd_header(req, "anthropic-beta", beta, sizeof(beta)) > 0)
		in.beta = beta;
	if (httpd_header(req, "user-agent", agent, sizeof(agent)) > 0)
		in.user_agent = agent;
	in.body = httpd_body(req, &in.len);
	api->stats.requests++;
	api_new_id(api, "req_", id);
	fault = api_fault_take(api, TARGET_TOKEN);
	throttled = fault == FAULT_429 || over_rate(api);
	token_judge(&api->rules, &in, now, &j);
	if (j.unknown_kid && jwks_renew(&api->jwks))
		token_judge(&api->rules, &in, now, &j);
	replay = spend(api, &j, throttled, now.s);
	if (throttled)
		return throttle(api, req, &j, replay, id);
	if (fault != FAULT_NONE) {
		api->stats.faulted++;
		note_exchange(api, "faulted", &j, replay, id);
		return api_fault_answer(api, TARGET_TOKEN, fault, req, id,
					"{\"access_token\":\"" TOKEN_PREFIX "cut-off\",\"token_type\"");
	}
	judged(api, req, &j, replay, id);
}

/* What an issuer publishes. Source: OpenID Connect Discovery 1.0 §3. */
static void issuer_document(struct api *api, struct httpd_request *req, const char *path,
			    const char *id)
{
	if (!strcmp(path, "/openid/v1/jwks"))
		return api_answer(req, 200, jwks_document(&api->jwks), id, NULL);
	api_answer(req, 200,
		   json_pack("{s:s, s:s+, s:[s], s:[s], s:[s]}", "issuer", api->rules.issuer,
			     "jwks_uri", api->rules.issuer, "/openid/v1/jwks",
			     "response_types_supported", "id_token", "subject_types_supported",
			     "public", "id_token_signing_alg_values_supported", "RS256"),
		   id, NULL);
}

void api_on_request(void *ctx, struct httpd_request *req)
{
	const char *path = httpd_path(req), *method = httpd_method(req);
	bool post = !strcmp(method, "POST"), get = !strcmp(method, "GET");
	struct api *api = ctx;
	char id[API_ID_BYTES];

	if (post && !strcmp(path, "/v1/oauth/token"))
		return api_token(api, req);
	if (post && !strcmp(path, "/v1/messages"))
		return api_messages(api, req);
	api_new_id(api, "req_", id);
	if (get && (!strcmp(path, "/openid/v1/jwks") ||
		    !strcmp(path, "/.well-known/openid-configuration")))
		return issuer_document(api, req, path, id);
	api_refuse(req, 404, "not_found_error", "Not found", id);
}

void api_on_gone(void *ctx, struct httpd_request *req)
{
	(void)ctx;
	(void)req;
}

void api_fini(struct api *api)
{
	jwks_fini(&api->jwks);
	seen_fini(&api->spent);
	seen_fini(&api->once_more);
	seen_fini(&api->tokens);
	if (api->events_fd >= 0)
		(void)close(api->events_fd);
}
