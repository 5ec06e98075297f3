/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "sandbox/api.h"

/* What is wrong with the caller's credential, or NULL. */
static const char *bad_credential(struct api *api, const struct httpd_request *req)
{
	static const char scheme[] = "Bearer ";
	const size_t skip = sizeof(scheme) - 1;
	char header[8192]; /* no head is longer: none goes uncounted for its length */
	int64_t now_s = api->sys.ops->wall_now(&api->sys).s;
	const char *why = NULL;

	if (httpd_header(req, "x-api-key", header, sizeof(header)) >= 0) {
		api->stats.static_key_calls++;
		explicit_bzero(header, sizeof(header));
		return "invalid x-api-key";
	}
	if (httpd_header(req, "authorization", header, sizeof(header)) < 0)
		why = "no authorization header";
	else if (strncmp(header, scheme, skip) || !seen_has(&api->tokens, header + skip, now_s))
		why = "invalid bearer token";
	explicit_bzero(header, sizeof(header));
	return why;
}

static const char *bad_message(const struct httpd_request *req, const json_t *body)
{
	const json_t *messages = json_object_get(body, "messages");
	char version[32];

	if (httpd_header(req, "anthropic-version", version, sizeof(version)) <= 0)
		return "anthropic-version: header is required";
	if (!json_is_object(body))
		return "body: not a JSON object";
	if (!json_is_string(json_object_get(body, "model")))
		return "model: field required";
	if (json_integer_value(json_object_get(body, "max_tokens")) < 1)
		return "max_tokens: must be at least 1";
	if (!json_is_array(messages) || !json_array_size(messages))
		return "messages: at least one message is required";
	if (json_is_true(json_object_get(body, "stream")))
		return "stream: the sandbox answers whole messages only";
	return NULL;
}

static void refuse(struct api *api, struct httpd_request *req, int status, const char *type,
		   const char *why, const char *id)
{
	api->stats.message_refused++;
	api_event(api, json_pack("{s:s, s:s, s:s, s:s}", "event", "message", "result", type, "why",
				 why, "request_id", id));
	api_refuse(req, status, type, why, id);
}

void api_messages(struct api *api, struct httpd_request *req)
{
	char id[API_ID_BYTES], message_id[API_ID_BYTES];
	json_auto_t *body = NULL;
	enum fault_kind fault;
	const char *text, *why;
	size_t len;

	api->stats.message_requests++;
	api_new_id(api, "req_", id);
	fault = api_fault_take(api, TARGET_MESSAGES);
	if (fault != FAULT_NONE) {
		api->stats.message_refused++;
		return api_fault_answer(api, TARGET_MESSAGES, fault, req, id, "{\"type\":\"message\"");
	}
	why = bad_credential(api, req);
	if (why)
		return refuse(api, req, 401, "authentication_error", why, id);
	text = httpd_body(req, &len);
	body = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	why = bad_message(req, body);
	if (why)
		return refuse(api, req, 400, "invalid_request_error", why, id);
	api->stats.message_ok++;
	api_new_id(api, "msg_", message_id);
	api_answer(req, 200,
		   json_pack("{s:s, s:s, s:s, s:O, s:[{s:s, s:s}], s:s, s:n, s:{s:i, s:i}}", "id",
			     message_id, "type", "message", "role", "assistant", "model",
			     json_object_get(body, "model"), "content", "type", "text", "text",
			     "pong", "stop_reason", "end_turn", "stop_sequence", "usage",
			     "input_tokens", 1, "output_tokens", 1),
		   id, NULL);
}
