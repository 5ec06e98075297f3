/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "sandbox/token.h"
#include "tests/sandbox/forge.h"
#include "tests/support/leaks.h"

#define NOW 2000000000
#define ISSUER "https://issuer.test"
#define AUDIENCE "https://api.anthropic.com"
#define RULE "fdrl_01"
#define ORGANIZATION "01234567-89ab-cdef-0123-456789abcdef"
#define ACCOUNT "svac_01"
#define BETA "oauth-2025-04-20,oidc-federation-2026-04-01"
#define ABSENT "-"	/* of a header */

/* Ten minutes, ten seconds old. */
static const char good_claims[] =
	"{\"iss\":\"" ISSUER "\",\"aud\":[\"" AUDIENCE "\"],\"sub\":\"system:serviceaccount:team-a:web\","
	"\"jti\":\"one\",\"iat\":1999999990,\"nbf\":1999999990,\"exp\":2000000590}";
static const char good_body[] =
	"{\"grant_type\":\"urn:ietf:params:oauth:grant-type:jwt-bearer\","
	"\"federation_rule_id\":\"" RULE "\",\"organization_id\":\"" ORGANIZATION "\","
	"\"service_account_id\":\"" ACCOUNT "\"}";

enum variant { PLAIN, ARCHIVED, ONE_WORKSPACE, TWO_WORKSPACES };

/* Texts are merged over the good ones: null removes a member. NULL: as it is. */
static const struct row {
	const char *name, *claims, *body, *type, *beta, *agent;
	enum variant variant;
	enum token_verdict verdict;
	const char *message;	/* a part of it */
} rows[] = {
	{ "a good request", .verdict = TOKEN_GRANTED, .message = "" },

	{ "type with a charset", .type = "application/json; charset=utf-8", .message = "" },
	{ "no type", .type = ABSENT, .verdict = TOKEN_MALFORMED, .message = "content-type" },
	{ "form", .type = "application/x-www-form-urlencoded", .verdict = TOKEN_MALFORMED,
	  .message = "content-type" },
	{ "a longer type", .type = "application/jsonx", .verdict = TOKEN_MALFORMED,
	  .message = "content-type" },
	{ "betas in any order", .beta = "x, oidc-federation-2026-04-01, oauth-2025-04-20",
	  .message = "" },
	{ "a beta behind a longer one", .beta = "oauth-2025-04-20x," BETA, .message = "" },
	{ "no beta", .beta = ABSENT, .verdict = TOKEN_MALFORMED, .message = "anthropic-beta" },
	{ "first beta missing", .beta = "oidc-federation-2026-04-01", .verdict = TOKEN_MALFORMED,
	  .message = "anthropic-beta" },
	{ "second beta missing", .beta = "oauth-2025-04-20", .verdict = TOKEN_MALFORMED,
	  .message = "anthropic-beta" },
	{ "part of a beta", .beta = "oauth-2025-04-201,oidc-federation-2026-04-01",
	  .verdict = TOKEN_MALFORMED, .message = "anthropic-beta" },
	{ "no user agent", .agent = ABSENT, .verdict = TOKEN_MALFORMED, .message = "user-agent" },
	{ "an empty user agent", .agent = "", .verdict = TOKEN_MALFORMED, .message = "user-agent" },

	{ "no grant", .body = "{\"grant_type\":null}", .verdict = TOKEN_MALFORMED,
	  .message = "grant_type: field required" },
	{ "another grant", .body = "{\"grant_type\":\"client_credentials\"}",
	  .verdict = TOKEN_MALFORMED, .message = "grant_type: invalid" },
	{ "no assertion", .body = "{\"assertion\":null}", .verdict = TOKEN_MALFORMED,
	  .message = "assertion: field required" },
	{ "an empty assertion", .body = "{\"assertion\":\"\"}", .verdict = TOKEN_MALFORMED,
	  .message = "assertion: invalid" },
	{ "an assertion that is a number", .body = "{\"assertion\":1}", .verdict = TOKEN_MALFORMED,
	  .message = "assertion: invalid" },
	{ "no rule", .body = "{\"federation_rule_id\":null}", .verdict = TOKEN_MALFORMED,
	  .message = "federation_rule_id: field required" },
	{ "a rule that is none", .body = "{\"federation_rule_id\":\"rule\"}",
	  .verdict = TOKEN_MALFORMED, .message = "federation_rule_id: invalid" },
	{ "no organization", .body = "{\"organization_id\":null}", .verdict = TOKEN_MALFORMED,
	  .message = "organization_id: field required" },
	{ "an organization that is no uuid", .body = "{\"organization_id\":\"acme\"}",
	  .verdict = TOKEN_MALFORMED, .message = "organization_id: invalid" },
	{ "no service account", .body = "{\"service_account_id\":null}",
	  .verdict = TOKEN_MALFORMED, .message = "service_account_id: field required" },
	{ "a service account that is none", .body = "{\"service_account_id\":\"fdrl_1\"}",
	  .verdict = TOKEN_MALFORMED, .message = "service_account_id: invalid" },
	{ "a workspace that is none", .body = "{\"workspace_id\":\"mine\"}",
	  .verdict = TOKEN_MALFORMED, .message = "workspace_id: invalid" },
	{ "an empty workspace", .body = "{\"workspace_id\":\"\"}", .verdict = TOKEN_MALFORMED,
	  .message = "workspace_id: invalid" },
	{ "a scope", .body = "{\"scope\":\"workspace:developer\"}", .verdict = TOKEN_MALFORMED,
	  .message = "scope: extra inputs" },
	{ "an unknown field", .body = "{\"audience\":\"x\"}", .verdict = TOKEN_MALFORMED,
	  .message = "audience: extra inputs" },

	{ "an audience that is one string", .claims = "{\"aud\":\"" AUDIENCE "\"}", .message = "" },
	{ "one audience of several", .claims = "{\"aud\":[\"x\",\"" AUDIENCE "\"]}", .message = "" },
	{ "no audience", .claims = "{\"aud\":null}", .verdict = TOKEN_DENIED, .message = "aud" },
	{ "another audience", .claims = "{\"aud\":[\"https://api.anthropic.com/\"]}",
	  .verdict = TOKEN_DENIED, .message = "aud" },
	{ "no issuer", .claims = "{\"iss\":null}", .verdict = TOKEN_DENIED, .message = "iss" },
	{ "another issuer", .claims = "{\"iss\":\"https://issuer.test/\"}", .verdict = TOKEN_DENIED,
	  .message = "iss" },
	{ "another subject of the glob", .claims = "{\"sub\":\"system:serviceaccount:team-a:db\"}",
	  .message = "" },
	{ "no subject", .claims = "{\"sub\":null}", .verdict = TOKEN_DENIED, .message = "sub" },
	{ "a subject outside the globs", .claims = "{\"sub\":\"system:serviceaccount:team-b:web\"}",
	  .verdict = TOKEN_DENIED, .message = "sub" },
	{ "a subject that is a list", .claims = "{\"sub\":[\"x\"]}", .verdict = TOKEN_DENIED,
	  .message = "sub" },
	{ "no jti", .claims = "{\"jti\":null}", .message = "" },
	{ "a jti that is a number", .claims = "{\"jti\":7}", .verdict = TOKEN_DENIED,
	  .message = "jti" },
	{ "no iat", .claims = "{\"iat\":null}", .verdict = TOKEN_DENIED, .message = "iat or exp" },
	{ "no exp", .claims = "{\"exp\":null}", .verdict = TOKEN_DENIED, .message = "iat or exp" },
	{ "an exp that is a string", .claims = "{\"exp\":\"2000000590\"}", .verdict = TOKEN_DENIED,
	  .message = "iat or exp" },
	{ "no nbf", .claims = "{\"nbf\":null}", .message = "" },
	{ "expired 29 s ago", .claims = "{\"exp\":1999999971}", .message = "" },
	{ "expired 30 s ago", .claims = "{\"exp\":1999999970}", .verdict = TOKEN_DENIED,
	  .message = "expired" },
	{ "issued in 30 s", .claims = "{\"iat\":2000000030}", .message = "" },
	{ "issued in 31 s", .claims = "{\"iat\":2000000031}", .verdict = TOKEN_DENIED,
	  .message = "future" },
	{ "valid in 30 s", .claims = "{\"nbf\":2000000030}", .message = "" },
	{ "valid in 31 s", .claims = "{\"nbf\":2000000031}", .verdict = TOKEN_DENIED,
	  .message = "not yet" },
	{ "an hour", .claims = "{\"exp\":2000003590}", .message = "" },
	{ "an hour and a second", .claims = "{\"exp\":2000003591}", .verdict = TOKEN_DENIED,
	  .message = "3600" },
	{ "the longest life", .claims = "{\"iat\":-9223372036854775807,\"exp\":9223372036854775807}",
	  .verdict = TOKEN_DENIED, .message = "3600" },

	{ "an archived rule", .variant = ARCHIVED, .verdict = TOKEN_DENIED, .message = "archived" },
	{ "another rule", .body = "{\"federation_rule_id\":\"fdrl_02\"}", .verdict = TOKEN_DENIED,
	  .message = "unknown rule" },
	{ "another organization",
	  .body = "{\"organization_id\":\"11234567-89ab-cdef-0123-456789abcdef\"}",
	  .verdict = TOKEN_DENIED, .message = "unknown organization" },
	{ "another service account", .body = "{\"service_account_id\":\"svac_02\"}",
	  .verdict = TOKEN_DENIED, .message = "unknown service account" },
	{ "the default workspace", .body = "{\"workspace_id\":\"default\"}", .message = "" },
	{ "a workspace of no rule", .body = "{\"workspace_id\":\"wrkspc_1\"}",
	  .verdict = TOKEN_DENIED, .message = "unknown workspace" },
	{ "the one workspace", .body = "{\"workspace_id\":\"wrkspc_1\"}", .variant = ONE_WORKSPACE,
	  .message = "" },
	{ "one workspace, unsaid", .variant = ONE_WORKSPACE, .message = "" },
	{ "the default of another", .body = "{\"workspace_id\":\"default\"}",
	  .variant = ONE_WORKSPACE, .verdict = TOKEN_DENIED, .message = "unknown workspace" },
	{ "one of two workspaces", .body = "{\"workspace_id\":\"wrkspc_2\"}",
	  .variant = TWO_WORKSPACES, .message = "" },
	{ "two workspaces, unsaid", .variant = TWO_WORKSPACES, .verdict = TOKEN_DENIED,
	  .message = "workspace_id is missing" },
};

static struct token_rules rules_of(const struct forge *f, enum variant variant)
{
	return (struct token_rules){
		.issuer = ISSUER, .audience = AUDIENCE, .rule = RULE, .organization = ORGANIZATION,
		.service_account = ACCOUNT, .subjects = { "nobody", "system:serviceaccount:team-a:*" },
		.n_subjects = 2, .workspaces = { "wrkspc_1", "wrkspc_2" },
		.n_workspaces = variant == TWO_WORKSPACES ? 2 : variant == ONE_WORKSPACE,
		.lifetime_s = 600, .archived = variant == ARCHIVED, .keys = &f->jwks };
}

/* BASE with PATCH over it; a member that is null in PATCH goes. Source: RFC 7396. */
static json_t *merged(const char *base, const char *patch)
{
	json_t *object = json_loads(base, 0, NULL), *value;
	json_auto_t *over = json_loads(patch ? patch : "{}", 0, NULL);
	const char *key;

	cr_assert(object && over, "%s", patch);
	json_object_foreach(over, key, value) {
		if (json_is_null(value))
			json_object_del(object, key);
		else
			json_object_set(object, key, value);
	}
	return object;
}

static const char *header(const char *value, const char *usual)
{
	if (!value)
		return usual;
	return strcmp(value, ABSENT) ? value : NULL;
}

/* The heap text of the body of ROW, with an assertion signed by F. */
static char *body_of(const struct forge *f, const struct row *row)
{
	json_auto_t *claims = merged(good_claims, row->claims);
	AUTO(free) char *text = json_dumps(claims, 0);
	AUTO(free) char *jwt = forge_jwt(f, (struct forge_how){ FORGE_P256, 256, false },
					 "{\"alg\":\"ES256\",\"kid\":\"k1\"}", text);
	json_auto_t *base = merged(good_body, NULL), *body = NULL;
	AUTO(free) char *with = NULL;

	json_object_set_new(base, "assertion", json_string(jwt));
	with = json_dumps(base, 0);
	body = merged(with, row->body);
	return json_dumps(body, 0);
}

static struct token_judgement judge(const struct forge *f, const struct row *row)
{
	struct token_rules rules = rules_of(f, row->variant);
	AUTO(free) char *body = body_of(f, row);
	struct token_request req = { .content_type = header(row->type, "application/json"),
				     .beta = header(row->beta, BETA),
				     .user_agent = header(row->agent, "test"),
				     .body = body, .len = strlen(body) };
	struct token_judgement got;

	token_judge(&rules, &req, (struct wall){ NOW }, &got);
	return got;
}

Test(token, grants_what_the_contract_grants_and_refuses_the_rest)
{
	struct forge f;

	forge_init(&f);
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		struct token_judgement got = judge(&f, &rows[i]);

		cr_expect(eq(int, (int)got.verdict, rows[i].verdict), "%s: %s", rows[i].name,
			  got.message);
		cr_expect(strstr(got.message, rows[i].message) != NULL, "%s: %s", rows[i].name,
			  got.message);
	}
	forge_fini(&f);
	NO_LEAKS();
}

Test(token, remembers_who_asked_only_when_the_signature_holds)
{
	static const struct row other_audience = { .claims = "{\"aud\":\"x\"}" };
	static const struct row far = { .claims = "{\"exp\":9223372036854775807}" };
	static const struct row malformed = { .body = "{\"scope\":\"x\"}" };
	static const struct row unsigned_one = { .body = "{\"assertion\":\"a.b.c\"}" };
	AUTO(forge) struct forge f;
	struct token_judgement got;

	forge_init(&f);
	got = judge(&f, &other_audience);
	cr_expect(strcmp(got.jti, "one") == 0 && strstr(got.sub, "team-a:web"), "%s", got.jti);
	cr_expect(eq(i64, got.exp_s, NOW + 590));
	got = judge(&f, &far);
	cr_expect(eq(i64, got.exp_s, NOW + 3630), "no longer than anything could be granted");
	got = judge(&f, &malformed);
	cr_expect(got.jti[0] == '\0', "a malformed request leaves no trace");
	got = judge(&f, &unsigned_one);
	cr_expect(eq(int, (int)got.verdict, TOKEN_DENIED));
	cr_expect(got.jti[0] == '\0');
}

Test(token, bodies_that_are_no_object_are_malformed)
{
	static const char *const bodies[] = { "", "[]", "null", "\"x\"", "{", "{}x", "{\"a\":1,\"a\":2}" };
	AUTO(forge) struct forge f;
	struct token_rules rules;

	forge_init(&f);
	rules = rules_of(&f, PLAIN);
	for (size_t i = 0; i < COUNTOF(bodies); i++) {
		struct token_request req = { .content_type = "application/json", .beta = BETA,
					     .user_agent = "test", .body = bodies[i],
					     .len = strlen(bodies[i]) };
		struct token_judgement got;

		token_judge(&rules, &req, (struct wall){ NOW }, &got);
		cr_expect(eq(int, (int)got.verdict, TOKEN_MALFORMED), "%s", bodies[i]);
		cr_expect(strncmp(got.message, "body: ", 6) == 0, "%s", got.message);
	}
}

Test(token, an_assertion_over_16_kib_is_malformed)
{
	static const struct {
		size_t len;
		enum token_verdict verdict;
	} sizes[] = { { 16 * 1024, TOKEN_DENIED }, { 16 * 1024 + 1, TOKEN_MALFORMED } };
	AUTO(forge) struct forge f;

	forge_init(&f);
	for (size_t i = 0; i < COUNTOF(sizes); i++) {
		AUTO(buf) struct buf patch;
		struct row row = { .name = "size" };

		buf_init(&patch, 64 * 1024);
		buf_adds(&patch, "{\"assertion\":\"");
		for (size_t n = 0; n < sizes[i].len; n++)
			buf_addc(&patch, 'a');
		buf_adds(&patch, "\"}");
		row.body = patch.data;
		cr_expect(eq(int, (int)judge(&f, &row).verdict, sizes[i].verdict), "%zu",
			  sizes[i].len);
	}
}

Test(token, a_jti_as_long_as_can_be_remembered_is_the_longest)
{
	AUTO(forge) struct forge f;

	forge_init(&f);
	for (size_t len = TOKEN_JTI_MAX - 1; len <= TOKEN_JTI_MAX; len++) {
		char patch[TOKEN_JTI_MAX + 32];
		struct row row = { .claims = patch };

		(void)snprintf(patch, sizeof(patch), "{\"jti\":\"%0*d\"}", (int)len, 1);
		cr_expect(eq(int, (int)judge(&f, &row).verdict,
			     len < TOKEN_JTI_MAX ? TOKEN_GRANTED : TOKEN_DENIED), "%zu", len);
	}
}

Test(token, lives_for_the_lesser_of_rule_and_twice_what_is_left)
{
	static const struct {
		int64_t rule_s, left_s;
		bool allow_short;
		int64_t want_s;
	} table[] = {
		{ 600, 590, false, 600 }, { 600, 300, false, 600 }, { 600, 299, false, 598 },
		{ 3600, 600, false, 1200 }, { 86400, 3600, false, 7200 }, { 60, 3600, false, 60 },
		{ 600, 30, false, 60 }, { 600, 29, false, 60 }, { 600, -29, false, 60 },
		{ 600, 29, true, 58 }, { 10, 590, true, 10 }, { 10, 0, true, 1 }, { 10, -29, true, 1 },
	};

	for (size_t i = 0; i < COUNTOF(table); i++) {
		struct token_rules rules = { .lifetime_s = table[i].rule_s,
					     .allow_short = table[i].allow_short };

		cr_expect(eq(i64, token_lifetime(&rules, table[i].left_s), table[i].want_s),
			  "row %zu", i);
	}
}
