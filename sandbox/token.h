/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SANDBOX_TOKEN_H
#define SANDBOX_TOKEN_H

/*
 * What the token endpoint refuses. Pure: a request and the rules in, a judgement
 * out; whether a jti was seen before is the caller's question (sandbox/seen.h).
 * Source: contract.md §1 (Claude API, Workload Identity Federation).
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/clock.h"
#include "sandbox/jose.h"

#define TOKEN_LIST_MAX 16
#define TOKEN_JTI_MAX 128	/* bytes with the NUL; a longer one is denied */

/* One issuer, one federation rule. Strings are borrowed. */
struct token_rules {
	const char *issuer, *audience, *rule, *organization, *service_account;
	const char *subjects[TOKEN_LIST_MAX];	/* globs: * matches any run of characters */
	size_t n_subjects;
	const char *workspaces[TOKEN_LIST_MAX]; /* none: the default workspace alone */
	size_t n_workspaces;
	int64_t lifetime_s;	/* the rule's token_lifetime_seconds */
	bool allow_short;	/* no floor of 60 s: for demonstrations */
	bool archived;
	const struct jose_keys *keys;
};

/* What of the HTTP request counts; NULL where a header is absent. */
struct token_request {
	const char *content_type, *beta, *user_agent;
	const char *body;
	size_t len;
};

enum token_verdict {
	TOKEN_GRANTED,
	TOKEN_MALFORMED, /* 400 invalid_request_error with `message` */
	TOKEN_DENIED,	 /* 401, opaque to the client; `message` is for our event log */
};

struct token_judgement {
	enum token_verdict verdict;
	bool unknown_kid;	/* denied for that alone: with newer keys it may be granted */
	char message[240];
	char jti[TOKEN_JTI_MAX], sub[256]; /* of a verified assertion, else "" */
	int64_t exp_s; /* the assertion's, within what could be granted */
	int64_t lifetime_s;	 /* of the token to mint */
};

/*
 * Judge one request at wall time NOW. A verified assertion's jti, sub and exp are set
 * also when another claim is refused, so that the caller can remember the jti.
 */
void token_judge(const struct token_rules *rules, const struct token_request *req, struct wall now,
		 struct token_judgement *out);

/* min(rule's lifetime, 2 x what is left of the assertion), at least 60 s unless allow_short. */
int64_t token_lifetime(const struct token_rules *rules, int64_t left_s);

#endif
