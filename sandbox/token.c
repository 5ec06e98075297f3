/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/token.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/syntax.h"

#define GRANT "urn:ietf:params:oauth:grant-type:jwt-bearer"
#define SKEW_S 30
#define JWT_MAX_BYTES (16 * 1024)
#define JWT_LIFETIME_MAX_S 3600
#define TOKEN_FLOOR_S 60

static void refuse(struct token_judgement *out, enum token_verdict verdict, const char *message)
{
	out->verdict = verdict;
	(void)snprintf(out->message, sizeof(out->message), "%s", message);
}

/* Whether NAME is one of the comma-separated items of BETA. */
static bool beta_named(const char *beta, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = beta; p && (p = strstr(p, name)); p += len)
		if ((p == beta || p[-1] == ',' || p[-1] == ' ') &&
		    (!p[len] || p[len] == ',' || p[len] == ' '))
			return true;
	return false;
}

/* "application/json", with or without parameters. Source: RFC 9110 §8.3.1. */
static bool is_json(const char *type)
{
	static const char want[] = "application/json";
	size_t len = sizeof(want) - 1;

	return type && !strncasecmp(type, want, len) &&
	       (!type[len] || type[len] == ';' || type[len] == ' ');
}

static const char *bad_header(const struct token_request *req)
{
	if (!is_json(req->content_type))
		return "content-type: must be application/json";
	if (!beta_named(req->beta, "oauth-2025-04-20") ||
	    !beta_named(req->beta, "oidc-federation-2026-04-01"))
		return "anthropic-beta: must name oauth-2025-04-20 and oidc-federation-2026-04-01";
	if (!req->user_agent || !*req->user_agent)
		return "user-agent: required";
	return NULL;
}

static bool is_grant(const char *s)
{
	return !strcmp(s, GRANT);
}

static bool is_assertion(const char *s)
{
	return *s && strlen(s) <= JWT_MAX_BYTES;
}

static bool is_rule(const char *s)
{
	return syntax_id(s, "fdrl_");
}

static bool is_account(const char *s)
{
	return syntax_id(s, "svac_");
}

static bool is_workspace(const char *s)
{
	return !strcmp(s, "default") || syntax_id(s, "wrkspc_");
}

static const struct field {
	const char *name;
	bool (*valid)(const char *);
	bool required;
} fields[] = {
	{ "grant_type", is_grant, true },
	{ "assertion", is_assertion, true },
	{ "federation_rule_id", is_rule, true },
	{ "organization_id", syntax_uuid, true },
	{ "service_account_id", is_account, true },
	{ "workspace_id", is_workspace, false },
};

static bool known_field(const char *name)
{
	for (size_t i = 0; i < COUNTOF(fields); i++)
		if (!strcmp(fields[i].name, name))
			return true;
	return false;
}

/* Whether BODY has the fields and no others; else OUT says which one is wrong. */
static bool body_good(const json_t *body, struct token_judgement *out)
{
	char message[sizeof(out->message)];
	const char *name;
	json_t *value;

	for (size_t i = 0; i < COUNTOF(fields); i++) {
		const char *text;

		value = json_object_get(body, fields[i].name);
		text = json_string_value(value);
		if (!value && !fields[i].required)
			continue;
		if (text && fields[i].valid(text))
			continue;
		(void)snprintf(message, sizeof(message), "%s: %s", fields[i].name,
			       value ? "invalid value" : "field required");
		return refuse(out, TOKEN_MALFORMED, message), false;
	}
	json_object_foreach((json_t *)(uintptr_t)body, name, value) {
		if (known_field(name))
			continue;
		(void)snprintf(message, sizeof(message), "%.64s: extra inputs are not permitted",
			       name);
		return refuse(out, TOKEN_MALFORMED, message), false;
	}
	return true;
}

/* `aud` is one string or a list of them. Source: RFC 7519 §4.1.3. */
static bool has_audience(const json_t *claims, const char *audience)
{
	const json_t *aud = json_object_get(claims, "aud");
	const char *one = json_string_value(aud);
	const json_t *item;
	size_t i;

	if (one)
		return !strcmp(one, audience);
	json_array_foreach(aud, i, item)
		if (json_is_string(item) && !strcmp(json_string_value(item), audience))
			return true;
	return false;
}

static bool any_glob(const char *const *globs, size_t n, const char *s)
{
	for (size_t i = 0; i < n; i++)
		if (!fnmatch(globs[i], s, 0))
			return true;
	return false;
}

/* What is wrong with the times, or NULL. Source: contract.md §1, "JWT rules". */
static const char *bad_times(const json_t *claims, int64_t now)
{
	const json_t *iat = json_object_get(claims, "iat"), *exp = json_object_get(claims, "exp");
	const json_t *nbf = json_object_get(claims, "nbf");
	json_int_t issued = json_integer_value(iat), ends = json_integer_value(exp);

	if (!json_is_integer(iat) || !json_is_integer(exp))
		return "iat or exp is missing";
	if (ends <= now - SKEW_S)
		return "expired";
	if (issued > now + SKEW_S)
		return "issued in the future";
	if (nbf && (!json_is_integer(nbf) || json_integer_value(nbf) > now + SKEW_S))
		return "not yet valid";
	if (ends > issued + JWT_LIFETIME_MAX_S)
		return "exp - iat is more than 3600 s";
	return NULL;
}

/* A jti is optional; one that we could not remember as a whole would be no protection. */
static bool jti_good(const json_t *jti)
{
	return !jti || (json_is_string(jti) && json_string_length(jti) < TOKEN_JTI_MAX);
}

static const char *bad_claims(const struct token_rules *rules, const json_t *claims, int64_t now)
{
	const char *iss = json_string_value(json_object_get(claims, "iss"));
	const char *sub = json_string_value(json_object_get(claims, "sub"));

	if (!iss || strcmp(iss, rules->issuer))
		return "iss";
	if (!has_audience(claims, rules->audience))
		return "aud";
	if (!sub || !any_glob(rules->subjects, rules->n_subjects, sub))
		return "sub";
	if (!jti_good(json_object_get(claims, "jti")))
		return "jti";
	return bad_times(claims, now);
}

static const char *bad_ids(const struct token_rules *rules, const json_t *body)
{
	const char *workspace = json_string_value(json_object_get(body, "workspace_id"));

	if (rules->archived)
		return "rule is archived";
	if (strcmp(json_string_value(json_object_get(body, "federation_rule_id")), rules->rule))
		return "unknown rule";
	if (strcmp(json_string_value(json_object_get(body, "organization_id")),
		   rules->organization))
		return "unknown organization";
	if (strcmp(json_string_value(json_object_get(body, "service_account_id")),
		   rules->service_account))
		return "unknown service account";
	if (!workspace)
		return rules->n_workspaces > 1 ? "workspace_id is missing" : NULL;
	for (size_t i = 0; i < rules->n_workspaces; i++)
		if (!strcmp(rules->workspaces[i], workspace))
			return NULL;
	return !rules->n_workspaces && !strcmp(workspace, "default") ? NULL : "unknown workspace";
}

int64_t token_lifetime(const struct token_rules *rules, int64_t left_s)
{
	int64_t s = rules->lifetime_s < 2 * left_s ? rules->lifetime_s : 2 * left_s;

	if (rules->allow_short)
		return s > 1 ? s : 1;
	return s > TOKEN_FLOOR_S ? s : TOKEN_FLOOR_S;
}

/* The verified assertion's own words; no longer than any that could be granted. */
static void remember(struct token_judgement *out, const json_t *claims, int64_t now)
{
	json_int_t exp = json_integer_value(json_object_get(claims, "exp"));
	const char *jti = json_string_value(json_object_get(claims, "jti"));
	const char *sub = json_string_value(json_object_get(claims, "sub"));

	(void)snprintf(out->jti, sizeof(out->jti), "%s", jti ? jti : "");
	(void)snprintf(out->sub, sizeof(out->sub), "%s", sub ? sub : "");
	out->exp_s = exp < now ? now : exp;
	if (exp > now + SKEW_S + JWT_LIFETIME_MAX_S)
		out->exp_s = now + SKEW_S + JWT_LIFETIME_MAX_S;
}

void token_judge(const struct token_rules *rules, const struct token_request *req, struct wall now,
		 struct token_judgement *out)
{
	json_auto_t *body = NULL, *claims = NULL;
	const char *assertion, *why;
	struct err e;

	*out = (struct token_judgement){ .verdict = TOKEN_GRANTED };
	why = bad_header(req);
	if (why)
		return refuse(out, TOKEN_MALFORMED, why);
	body = json_loadb(req->body, req->len, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(body))
		return refuse(out, TOKEN_MALFORMED, "body: not a JSON object");
	if (!body_good(body, out))
		return;
	assertion = json_string_value(json_object_get(body, "assertion"));
	if (jose_verify(rules->keys, assertion, strlen(assertion), &claims, &e) < 0) {
		out->unknown_kid = e.kind == ERR_TRANSIENT;
		return refuse(out, TOKEN_DENIED, e.msg);
	}
	remember(out, claims, now.s);
	why = bad_claims(rules, claims, now.s);
	if (!why)
		why = bad_ids(rules, body);
	if (why)
		return refuse(out, TOKEN_DENIED, why);
	out->lifetime_s = token_lifetime(rules, out->exp_s - now.s);
}
