/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/inject/operator.h"

#include <stdio.h>
#include <string.h>

static void must(bool ok, const char *line)
{
	if (ok)
		return;
	(void)fprintf(stderr, "operator: %s\n", line);
	abort();
}

static void set(char **field, const char *text)
{
	free(*field);
	*field = strdup(text);
	must(*field != NULL, text);
}

static void add_list(struct strlist *l, const char *items)
{
	char *copy = strdup(items), *rest = NULL;

	for (char *s = strtok_r(copy, ",", &rest); s; s = strtok_r(NULL, ",", &rest))
		must(strlist_add(l, s) == 0, items);
	free(copy);
}

static void add_federation(struct settings *out, const char *name)
{
	struct federation *list =
		realloc(out->federations, (out->n_federations + 1) * sizeof(*list));
	char text[200];

	must(list != NULL, name);
	out->federations = list;
	list += out->n_federations++;
	*list = (struct federation){ .token_lifetime_s = 600 };
	set(&list->name, name);
	set(&list->organization, "6c1f4a52-6d2b-4f0e-9b63-0d0b6f6f2a10");
	(void)snprintf(text, sizeof(text), "fdrl_%s", name);
	set(&list->rule, text);
	(void)snprintf(text, sizeof(text), "svac_%s", name);
	set(&list->service_account, text);
	set(&list->workspace, "");
	set(&list->audience, "https://api.anthropic.com");
	set(&list->base_url, "https://api.anthropic.com");
	set(&list->ca_bundle, "");
	set(&list->proxy, "");
	set(&list->no_proxy, "");
}

static void add_policy(struct settings *out, char *value)
{
	struct policy_rule *p = realloc(out->policy, (out->n_policy + 1) * sizeof(*p));
	char *rest = NULL;
	const struct {
		const char *key;
		size_t offset;
	} lists[] = {
		{ "federations=", offsetof(struct policy_rule, federations) },
		{ "rules=", offsetof(struct policy_rule, rules) },
		{ "service-accounts=", offsetof(struct policy_rule, service_accounts) },
		{ "workspaces=", offsetof(struct policy_rule, workspaces) },
		{ "organizations=", offsetof(struct policy_rule, organizations) },
	};

	must(p != NULL, value);
	out->policy = p;
	p += out->n_policy++;
	*p = (struct policy_rule){ .namespaces = { NULL, 0 } };
	add_list(&p->namespaces, strtok_r(value, " ", &rest));
	for (char *word; (word = strtok_r(NULL, " ", &rest));) {
		bool known = false;

		for (size_t i = 0; i < COUNTOF(lists); i++) {
			size_t n = strlen(lists[i].key);

			if (strncmp(word, lists[i].key, n) != 0)
				continue;
			known = true;
			add_list((struct strlist *)(void *)((char *)p + lists[i].offset), word + n);
		}
		must(known, word);
	}
}

static void drop_federations(struct settings *out)
{
	while (out->n_federations)
		federation_fini(&out->federations[--out->n_federations]);
}

static bool set_string(struct settings *out, const char *key, const char *value)
{
	struct federation *f = out->federations;
	const struct {
		const char *key;
		char **field;
	} rows[] = {
		{ "prefix", &out->prefix },	      { "image", &out->image },
		{ "cpu-request", &out->cpu_request }, { "memory-request", &out->memory_request },
		{ "cpu-limit", &out->cpu_limit },     { "memory-limit", &out->memory_limit },
		{ "base-url", &f->base_url },	      { "audience", &f->audience },
		{ "ca-bundle", &f->ca_bundle },	      { "proxy", &f->proxy },
		{ "no-proxy", &f->no_proxy },	      { "workspace", &f->workspace },
		{ "rule", &f->rule },		      { "organization", &f->organization },
		{ "service-account", &f->service_account },
	};

	for (size_t i = 0; i < COUNTOF(rows); i++) {
		if (strcmp(rows[i].key, key) != 0)
			continue;
		set(rows[i].field, value);
		return true;
	}
	return false;
}

static bool set_choice(struct settings *out, const char *key, const char *value)
{
	if (!strcmp(key, "mode")) {
		for (enum inject_mode m = 0; m < MODES; m++)
			if (!strcmp(value, inject_mode_name(m)))
				out->mode = m;
	} else if (!strcmp(key, "static-key")) {
		for (enum static_key k = 0; k < STATIC_KEYS; k++)
			if (!strcmp(value, static_key_name(k)))
				out->static_key = k;
	} else if (!strcmp(key, "sidecar")) {
		out->sidecar = !strcmp(value, "classic") ? SIDECAR_CLASSIC : SIDECAR_NATIVE;
	} else if (!strcmp(key, "lifetime")) {
		out->federations[0].token_lifetime_s = atoi(value);
	} else if (!strcmp(key, "hash")) {
		(void)snprintf(out->hash, sizeof(out->hash), "%s", value);
	} else if (!strcmp(key, "insecure")) {
		out->federations[0].insecure = true;
	} else {
		return false;
	}
	return true;
}

static void set_line(struct settings *out, char *line)
{
	char *value = line + strcspn(line, " ");

	if (*value)
		*value++ = '\0';
	if (!strcmp(line, "federation"))
		add_federation(out, value);
	else if (!strcmp(line, "no-federations"))
		drop_federations(out);
	else if (!strcmp(line, "policy"))
		add_policy(out, value);
	else
		must(set_choice(out, line, value) || set_string(out, line, value), line);
}

void operator_settings(const char *text, struct settings *out)
{
	char *copy = strdup(text ? text : ""), *rest = NULL;

	settings_init(out);
	out->mode = MODE_SIDECAR;
	out->static_key = KEY_WARN;
	set(&out->prefix, "wif.anthropic.com");
	set(&out->image, "registry.example/claude-wif/writer:0.1.0");
	set(&out->image_pull_policy, "IfNotPresent");
	set(&out->cpu_request, "1m");
	set(&out->memory_request, "8Mi");
	set(&out->cpu_limit, "");
	set(&out->memory_limit, "32Mi");
	add_list(&out->skip_containers, "istio-*,linkerd-*,vault-agent*,daprd");
	add_list(&out->after, "istio-validation,istio-init,istio-proxy,linkerd-network-validator,"
			      "linkerd-init,linkerd-proxy");
	(void)snprintf(out->hash, sizeof(out->hash), "0123456789abcdef");
	add_federation(out, "default");
	for (char *l = strtok_r(copy, "\n", &rest); l; l = strtok_r(NULL, "\n", &rest))
		set_line(out, l);
	free(copy);
}
