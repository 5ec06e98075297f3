/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "common/fileio.h"
#include "common/fnv.h"
#include "common/syntax.h"
#include "config/checks.h"
#include "config/fields.h"
#include "config/yamldoc.h"
#include "inject/settings.h"

#define API "https://api.anthropic.com"

static const char *const modes[] = { "sidecar", "init", "env", NULL };
static const char *const static_keys[] = { "ignore", "warn", "remove", "deny", NULL };
static const char *const sidecars[] = { "auto", "native", "classic", NULL };
static const char *const pull_policies[] = { "IfNotPresent", "Always", "Never", NULL };

#define IN(type, member) .offset = offsetof(struct type, member)

static const struct field proxy_fields[] = {
	{ "https", FIELD_STRING, IN(federation, proxy), .preset = "", .check = check_proxy },
	{ "no", FIELD_STRING, IN(federation, no_proxy), .preset = "", .check = check_no_proxy },
};

static const struct field federation_fields[] = {
	{ "organizationId", FIELD_STRING, IN(federation, organization), .check = check_uuid },
	{ "federationRuleId", FIELD_STRING, IN(federation, rule), .check = check_rule },
	{ "serviceAccountId", FIELD_STRING, IN(federation, service_account),
	  .check = check_service_account },
	{ "workspaceId", FIELD_STRING, IN(federation, workspace), .preset = "",
	  .check = check_workspace },
	{ "audience", FIELD_STRING, IN(federation, audience), .preset = API,
	  .check = check_audience },
	{ "baseUrl", FIELD_STRING, IN(federation, base_url), .preset = API, .check = check_url },
	{ "tokenLifetimeSeconds", FIELD_INT, IN(federation, token_lifetime_s), .preset = "0",
	  .check = check_token_lifetime },
	{ "caBundle", FIELD_STRING, IN(federation, ca_bundle), .preset = "",
	  .check = check_ca_bundle },
	{ "proxy", FIELD_MAP, .sub = proxy_fields, .n_sub = COUNTOF(proxy_fields) },
	{ "insecure", FIELD_BOOL, IN(federation, insecure), .preset = "false" },
};

static const struct field policy_fields[] = {
	{ "namespaces", FIELD_LIST, IN(policy_rule, namespaces), .check = check_name_glob },
	{ "federations", FIELD_LIST, IN(policy_rule, federations), .preset = "",
	  .check = check_name_glob },
	{ "rules", FIELD_LIST, IN(policy_rule, rules), .preset = "", .check = check_rule_glob },
	{ "serviceAccounts", FIELD_LIST, IN(policy_rule, service_accounts), .preset = "",
	  .check = check_service_account_glob },
	{ "workspaces", FIELD_LIST, IN(policy_rule, workspaces), .preset = "",
	  .check = check_workspace_glob },
	{ "organizations", FIELD_LIST, IN(policy_rule, organizations), .preset = "",
	  .check = check_uuid_glob },
};

static const struct field default_fields[] = {
	{ "mode", FIELD_ENUM, IN(settings, mode), .preset = "sidecar", .names = modes },
	{ "staticKey", FIELD_ENUM, IN(settings, static_key), .preset = "warn",
	  .names = static_keys },
};

static const struct field request_fields[] = {
	{ "cpu", FIELD_QUANTITY, IN(settings, cpu_request), .preset = "1m", .check = check_cpu },
	{ "memory", FIELD_QUANTITY, IN(settings, memory_request), .preset = "8Mi",
	  .check = check_memory },
};

static const struct field limit_fields[] = {
	{ "cpu", FIELD_QUANTITY, IN(settings, cpu_limit), .preset = "", .check = check_cpu },
	{ "memory", FIELD_QUANTITY, IN(settings, memory_limit), .preset = "32Mi",
	  .check = check_memory },
};

static const struct field resource_fields[] = {
	{ "requests", FIELD_MAP, .sub = request_fields, .n_sub = COUNTOF(request_fields) },
	{ "limits", FIELD_MAP, .sub = limit_fields, .n_sub = COUNTOF(limit_fields) },
};

static const struct field writer_fields[] = {
	{ "image", FIELD_STRING, IN(settings, image), .check = check_image },
	{ "imagePullPolicy", FIELD_STRING, IN(settings, image_pull_policy),
	  .preset = "IfNotPresent", .names = pull_policies },
	{ "sidecar", FIELD_ENUM, IN(settings, sidecar), .preset = "auto", .names = sidecars },
	{ "after", FIELD_LIST, IN(settings, after),
	  .preset = "istio-validation,istio-init,istio-proxy,linkerd-network-validator,"
		    "linkerd-init,linkerd-proxy",
	  .check = check_container },
	{ "resources", FIELD_MAP, .sub = resource_fields, .n_sub = COUNTOF(resource_fields) },
};

/* Read by itself, and so not in the hash: no pod is another one by it. */
static const struct field issuer_fields[] = {
	{ "registeredKeys", FIELD_LIST, IN(settings, registered_keys), .preset = "",
	  .check = check_key_id },
};

static const struct field top_fields[] = {
	{ "prefix", FIELD_STRING, IN(settings, prefix), .preset = "wif.anthropic.com",
	  .check = check_prefix },
	{ "defaults", FIELD_MAP, .sub = default_fields, .n_sub = COUNTOF(default_fields) },
	{ .key = "federations", .type = FIELD_OTHER },
	{ .key = "policy", .type = FIELD_OTHER },
	{ "skipContainers", FIELD_LIST, IN(settings, skip_containers),
	  .preset = "istio-*,linkerd-*,vault-agent*,daprd", .check = check_name_glob },
	{ "writer", FIELD_MAP, .sub = writer_fields, .n_sub = COUNTOF(writer_fields) },
	{ .key = "issuer", .type = FIELD_OTHER },
};

/* http, to a federation's endpoint or nowhere: only where the operator says so. */
static int check_secure(const struct yamldoc *doc, const struct yamldoc_node *map,
			const struct federation *f, struct err *e)
{
	if (f->insecure || strncmp(f->base_url, "http://", 7) != 0)
		return 0;
	return yamldoc_fail(doc, yamldoc_get(map, "baseUrl"), e,
			    "not https; an assertion would travel in the clear; use https, or set "
			    "insecure: true for a test");
}

static int read_federations(const struct yamldoc *doc, struct settings *s, struct err *e)
{
	const struct yamldoc_node *map = yamldoc_get(doc->root, "federations");
	size_t n = 0;

	if (!map)
		return yamldoc_fail_key(doc, doc->root, e,
					"federations is missing; use at least one, named default");
	if (fields_want(doc, map, YAMLDOC_MAP, e) < 0)
		return -1;
	for (const struct yamldoc_node *at = map->first; at; at = at->next)
		n++;
	if (!n)
		return yamldoc_fail_key(doc, map, e, "empty; use at least one, named default");
	s->federations = calloc(n, sizeof(*s->federations));
	if (!s->federations)
		return err_set(e, ERR_NOMEM, 0, "no memory for %s", doc->name);
	for (const struct yamldoc_node *at = map->first; at; at = at->next) {
		struct federation *f = &s->federations[s->n_federations];
		const char *wrong = check_federation(at->key);

		if (wrong)
			return yamldoc_fail_key(doc, at, e, "%s", wrong);
		f->name = strdup(at->key);
		if (!f->name)
			return err_set(e, ERR_NOMEM, 0, "no memory for %s", doc->name);
		s->n_federations++;
		if (fields_read(doc, at, federation_fields, COUNTOF(federation_fields), f, e) < 0 ||
		    check_secure(doc, at, f, e) < 0)
			return -1;
	}
	return 0;
}

/* A federation that a policy names without '*' must exist: a slip would refuse pods later. */
static int check_known(const struct yamldoc *doc, const struct yamldoc_node *rule,
		       const struct settings *s, struct err *e)
{
	const struct yamldoc_node *list = yamldoc_get(rule, "federations");

	for (const struct yamldoc_node *at = list ? list->first : NULL; at; at = at->next)
		if (!strchr(at->text, '*') && !settings_federation(s, at->text))
			return yamldoc_fail(doc, at, e, "not one of the federations; use a name "
					    "from there, or a pattern with *");
	return 0;
}

static int read_policy(const struct yamldoc *doc, struct settings *s, struct err *e)
{
	const struct yamldoc_node *list = yamldoc_get(doc->root, "policy");
	size_t n = 0;

	if (!list)
		return 0;
	if (fields_want(doc, list, YAMLDOC_LIST, e) < 0)
		return -1;
	for (const struct yamldoc_node *at = list->first; at; at = at->next)
		n++;
	s->policy = calloc(n ? n : 1, sizeof(*s->policy));
	if (!s->policy)
		return err_set(e, ERR_NOMEM, 0, "no memory for %s", doc->name);
	for (const struct yamldoc_node *at = list->first; at; at = at->next)
		if (fields_read(doc, at, policy_fields, COUNTOF(policy_fields),
				&s->policy[s->n_policy++], e) < 0 ||
		    check_known(doc, at, s, e) < 0)
			return -1;
	return 0;
}

static int read_issuer(const struct yamldoc *doc, struct settings *s, struct err *e)
{
	const struct yamldoc_node *map = yamldoc_get(doc->root, "issuer");

	if (!map)
		return 0;
	if (fields_read(doc, map, issuer_fields, COUNTOF(issuer_fields), s, e) < 0)
		return -1;
	if (s->registered_keys.len > SETTINGS_KEYS_MAX)
		return yamldoc_fail_key(doc, yamldoc_get(map, "registeredKeys"), e,
					"more than %d; use the keys that are in use",
					SETTINGS_KEYS_MAX);
	return 0;
}

/* The API server refuses a container whose request is over its limit: then no pod would start. */
static int check_resources(const struct yamldoc *doc, const struct settings *s, struct err *e)
{
	const struct {
		const char *key, *request, *limit;
	} pairs[] = { { "cpu", s->cpu_request, s->cpu_limit },
		      { "memory", s->memory_request, s->memory_limit } };

	for (size_t i = 0; i < COUNTOF(pairs); i++) {
		int64_t request = 0, limit = 0;

		if (syntax_quantity(pairs[i].request, &request) &&
		    syntax_quantity(pairs[i].limit, &limit) && request > limit)
			return yamldoc_fail_key(
				doc, yamldoc_get(doc->root, "writer"), e,
				"resources: the %s request %s is over the limit %s; "
				"use a limit that holds it",
				pairs[i].key, pairs[i].request, pairs[i].limit);
	}
	return 0;
}

/* Of what the settings mean: comments, order of keys and written-out defaults do not count. */
static int set_hash(struct settings *s, struct err *e)
{
	AUTO(buf) struct buf text;

	buf_init(&text, 8 * YAMLDOC_BYTES_MAX);
	fields_dump(top_fields, COUNTOF(top_fields), s, &text);
	for (size_t i = 0; i < s->n_federations; i++) {
		buf_addf(&text, "federation %s\n", s->federations[i].name);
		fields_dump(federation_fields, COUNTOF(federation_fields), &s->federations[i],
			    &text);
	}
	for (size_t i = 0; i < s->n_policy; i++) {
		buf_adds(&text, "policy\n");
		fields_dump(policy_fields, COUNTOF(policy_fields), &s->policy[i], &text);
	}
	if (buf_check(&text, "the config", e) < 0)
		return -1;
	(void)snprintf(s->hash, sizeof(s->hash), "%016" PRIx64,
		       fnv_add(FNV_START, text.data, text.len));
	return 0;
}

static int read_all(const struct yamldoc *doc, struct settings *s, struct err *e)
{
	if (fields_read(doc, doc->root, top_fields, COUNTOF(top_fields), s, e) < 0 ||
	    read_federations(doc, s, e) < 0 || read_policy(doc, s, e) < 0 ||
	    read_issuer(doc, s, e) < 0 || check_resources(doc, s, e) < 0)
		return -1;
	return set_hash(s, e);
}

int config_parse(const char *text, size_t len, const char *name, struct settings *out,
		 struct err *e)
{
	AUTO(yamldoc) struct yamldoc doc = { 0 };
	AUTO(settings) struct settings s;

	settings_init(&s);
	if (yamldoc_parse(&doc, text, len, name, e) < 0 || read_all(&doc, &s, e) < 0)
		return -1;
	*out = s;
	settings_init(&s);
	return 0;
}

int config_load(struct sys *sys, const char *path, struct settings *out, struct err *e)
{
	AUTO(buf) struct buf text;

	buf_init(&text, YAMLDOC_BYTES_MAX);
	if (fileio_read(sys, AT_FDCWD, path, 0, &text, e) < 0)
		return -1;
	return config_parse(text.data ? text.data : "", text.len, path, out, e);
}
