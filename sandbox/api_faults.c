/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "sandbox/api.h"

static const char *const kinds[] = {
	[FAULT_NONE] = "none",	     [FAULT_500] = "500",   [FAULT_429] = "429",
	[FAULT_HANG] = "hang",	     [FAULT_RESET] = "reset", [FAULT_CUT] = "cut",
	[FAULT_BADJSON] = "badjson", [FAULT_WRONGTYPE] = "wrongtype",
};

enum fault_kind api_fault_take(struct api *api, enum fault_target target)
{
	struct fault *f = &api->fault[target];

	if (f->kind == FAULT_NONE || f->count == 0)
		return FAULT_NONE;
	if (f->count > 0)
		f->count--;
	return f->kind;
}

/* TEXT, which need not be JSON. */
static void answer_text(struct httpd_request *req, const char *request_id, const char *text)
{
	char header[64] = "";

	if (request_id)
		(void)snprintf(header, sizeof(header), "request-id: %s\r\n", request_id);
	httpd_answer(req, 200, "application/json", text, strlen(text), header);
}

void api_fault_answer(struct api *api, enum fault_target target, enum fault_kind kind,
		      struct httpd_request *req, const char *request_id, const char *good)
{
	json_int_t after_s = api->fault[target].retry_after_s;
	char headers[64] = "";

	switch (kind) {
	case FAULT_429:
		if (after_s || api->rate)
			(void)snprintf(headers, sizeof(headers), "retry-after: %lld\r\n",
				       (long long)(after_s ? after_s : 1));
		return api_answer(req, 429,
				  json_pack("{s:s, s:{s:s, s:s}}", "type", "error", "error", "type",
					    "rate_limit_error", "message", "Rate limited"),
				  request_id, headers);
	case FAULT_HANG:
		return; /* the client's deadline, or the listener's, ends it */
	case FAULT_RESET:
		return httpd_reset(req);
	case FAULT_CUT:
		return httpd_answer_cut(req, 200, "application/json", good, strlen(good) + 64,
					strlen(good));
	case FAULT_BADJSON:
		return answer_text(req, request_id, "{\"access_token\":");
	case FAULT_WRONGTYPE:
		return answer_text(req, request_id, "{\"access_token\":12,\"token_type\":[],"
						    "\"expires_in\":\"soon\"}");
	default:
		return api_refuse(req, 500, "api_error", "Internal server error", request_id);
	}
}

static void admin_refuse(struct httpd_request *req, const char *message)
{
	httpd_answer(req, 400, "text/plain", message, strlen(message), NULL);
}

/* {"target","kind","count","retry_after"} */
static void set_fault(struct api *api, struct httpd_request *req, const json_t *body)
{
	const char *target = json_string_value(json_object_get(body, "target"));
	const char *kind = json_string_value(json_object_get(body, "kind"));
	const json_t *count = json_object_get(body, "count");
	size_t k = 0;
	struct fault *f;

	if (!target || (strcmp(target, "token") && strcmp(target, "messages")))
		return admin_refuse(req, "target: use token or messages\n");
	while (k < COUNTOF(kinds) && (!kind || strcmp(kind, kinds[k])))
		k++;
	if (k == COUNTOF(kinds))
		return admin_refuse(req, "kind: use none, 500, 429, hang, reset, cut, badjson or "
					 "wrongtype\n");
	f = &api->fault[strcmp(target, "token") ? TARGET_MESSAGES : TARGET_TOKEN];
	f->kind = (enum fault_kind)k;
	f->count = json_is_integer(count) ? json_integer_value(count) : -1;
	f->retry_after_s = json_integer_value(json_object_get(body, "retry_after"));
	answer_text(req, NULL, "{}\n");
}

/* {"archived","token_lifetime"} */
static void set_rule(struct api *api, struct httpd_request *req, const json_t *body)
{
	const json_t *archived = json_object_get(body, "archived");
	const json_t *lifetime = json_object_get(body, "token_lifetime");
	json_int_t s = json_integer_value(lifetime), least = api->rules.allow_short ? 1 : 60;

	if (archived && !json_is_boolean(archived))
		return admin_refuse(req, "archived: use true or false\n");
	if (lifetime && (s < least || s > 86400))
		return admin_refuse(req, "token_lifetime: use 60 to 86400 (1 with --allow-short)\n");
	if (archived)
		api->rules.archived = json_is_true(archived);
	if (lifetime)
		api->rules.lifetime_s = s;
	answer_text(req, NULL, "{}\n");
}

static json_t *stats(const struct api *api, int64_t now_s)
{
	const struct api_stats *s = &api->stats;

	return json_pack("{s:{s:I, s:I, s:I, s:I, s:I, s:I}, s:I, s:{s:I, s:I, s:I}, s:I, s:I, s:I}",
			 "exchanges", "requests", s->requests, "granted", s->granted, "denied",
			 s->denied, "malformed", s->malformed, "throttled", s->throttled, "faulted",
			 s->faulted, "replays", s->replays, "messages", "requests",
			 s->message_requests, "ok", s->message_ok, "refused", s->message_refused,
			 "static_key_calls", s->static_key_calls, "assertions", s->assertions,
			 "tokens_live", (json_int_t)seen_count(&api->tokens, now_s));
}

void api_on_admin(void *ctx, struct httpd_request *req)
{
	const char *path = httpd_path(req);
	json_auto_t *body = NULL;
	struct api *api = ctx;
	const char *text;
	size_t len;

	if (!strcmp(httpd_method(req), "GET")) {
		if (strcmp(path, "/stats"))
			return httpd_answer(req, 404, "text/plain", "GET /stats\n", 11, NULL);
		return api_answer(req, 200, stats(api, api->sys.ops->wall_now(&api->sys).s), "none",
				  NULL);
	}
	if (!strcmp(path, "/reset")) {
		api->stats = (struct api_stats){ 0 };
		return answer_text(req, NULL, "{}\n");
	}
	text = httpd_body(req, &len);
	body = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(body))
		return admin_refuse(req, "body: not a JSON object\n");
	if (!strcmp(path, "/fault"))
		return set_fault(api, req, body);
	if (!strcmp(path, "/rule"))
		return set_rule(api, req, body);
	httpd_answer(req, 404, "text/plain", "POST /fault /rule /reset\n", 25, NULL);
}
