/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SANDBOX_API_H
#define SANDBOX_API_H

/*
 * The stand-in's state and its HTTP handlers. One thread, that of the server.
 */

#include "net/httpd.h"
#include "sandbox/jwks.h"
#include "sandbox/seen.h"
#include "sandbox/token.h"

/* What goes wrong on purpose. The names that the admin port takes stand in api_faults.c. */
enum fault_kind {
	FAULT_NONE,
	FAULT_500,
	FAULT_429,	/* the only one after which the assertion may come once more */
	FAULT_HANG,	/* no answer until the client goes away */
	FAULT_RESET,
	FAULT_CUT,	/* half of a good answer, then the connection closes */
	FAULT_BADJSON,
	FAULT_WRONGTYPE, /* JSON of the wrong shape */
};

enum fault_target { TARGET_TOKEN, TARGET_MESSAGES, TARGETS };

struct fault {
	enum fault_kind kind;
	json_int_t count;	/* answers left; below 0: until changed */
	json_int_t retry_after_s; /* 429 only; 0: no Retry-After */
};

struct api_stats {
	json_int_t requests, granted, denied, malformed, throttled, faulted; /* exchanges */
	json_int_t replays; /* presentations of a jti beyond the first and one more after a 429 */
	json_int_t assertions; /* distinct jti */
	json_int_t message_requests, message_ok, message_refused, static_key_calls;
};

struct api {
	struct sys sys;
	struct token_rules rules;
	struct jwks jwks;
	struct seen spent, once_more, tokens; /* jti; jti that one 429 answered; tokens */
	struct fault fault[TARGETS];
	struct api_stats stats;
	long rate;		/* exchanges a second, above it 429; 0: no limit */
	int64_t rate_second;	/* boot time, s */
	long rate_used;
	int events_fd;		/* -1: no event log */
};

/* The public API: POST /v1/oauth/token, POST /v1/messages, GET for the issuer. */
void api_on_request(void *ctx, struct httpd_request *req);

/* The admin API: GET /stats, POST /fault, /rule, /reset. */
void api_on_admin(void *ctx, struct httpd_request *req);

/* Requests that hang are never answered; nothing is kept of them. */
void api_on_gone(void *ctx, struct httpd_request *req);

void api_fini(struct api *api);

/* --- shared by the handlers ---------------------------------------------------- */

#define API_ID_BYTES 40

/* "req_" and random characters. */
void api_new_id(struct api *api, const char *prefix, char out[API_ID_BYTES]);

/* Answer with VALUE (stolen) as JSON and a request-id header. */
void api_answer(struct httpd_request *req, int status, json_t *value, const char *request_id,
		const char *headers);

/* Answer {"type":"error","error":{"type":TYPE,"message":MESSAGE}}. */
void api_refuse(struct httpd_request *req, int status, const char *type, const char *message,
		const char *request_id);

/*
 * The fault that is due for TARGET, counted down, or FAULT_NONE. api_fault_answer
 * carries it out; GOOD is the answer that a cut-off body is cut from.
 */
enum fault_kind api_fault_take(struct api *api, enum fault_target target);
void api_fault_answer(struct api *api, enum fault_target target, enum fault_kind kind,
		      struct httpd_request *req, const char *request_id, const char *good);

/* Append one line to the event log: EVENT (stolen) with the time added. */
void api_event(struct api *api, json_t *event);

void api_token(struct api *api, struct httpd_request *req);
void api_messages(struct api *api, struct httpd_request *req);

#endif
