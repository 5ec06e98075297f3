/* SPDX-License-Identifier: Apache-2.0 */
#include "inject/settings.h"

#include <string.h>

#include "inject/glob.h"

int strlist_add(struct strlist *l, const char *text)
{
	char **items = realloc(l->items, (l->len + 1) * sizeof(*items));

	if (!items)
		return -1;
	l->items = items;
	items[l->len] = strdup(text);
	if (!items[l->len])
		return -1;
	l->len++;
	return 0;
}

void strlist_fini(struct strlist *l)
{
	for (size_t i = 0; i < l->len; i++)
		free(l->items[i]);
	free(l->items);
	*l = (struct strlist){ 0 };
}

bool strlist_match(const struct strlist *l, const char *text)
{
	for (size_t i = 0; i < l->len; i++)
		if (glob_match(l->items[i], text))
			return true;
	return false;
}

bool strlist_has(const struct strlist *l, const char *text)
{
	for (size_t i = 0; i < l->len; i++)
		if (!strcmp(l->items[i], text))
			return true;
	return false;
}

void federation_fini(struct federation *f)
{
	char *owned[] = { f->name, f->organization, f->rule, f->service_account, f->workspace,
			  f->audience, f->base_url, f->ca_bundle, f->proxy, f->no_proxy };

	for (size_t i = 0; i < COUNTOF(owned); i++)
		free(owned[i]);
	*f = (struct federation){ 0 };
}

void policy_rule_fini(struct policy_rule *p)
{
	strlist_fini(&p->namespaces);
	strlist_fini(&p->federations);
	strlist_fini(&p->rules);
	strlist_fini(&p->service_accounts);
	strlist_fini(&p->workspaces);
	strlist_fini(&p->organizations);
}

void settings_init(struct settings *s)
{
	*s = (struct settings){ 0 };
}

void settings_fini(struct settings *s)
{
	char *owned[] = { s->prefix, s->image, s->image_pull_policy, s->cpu_request,
			  s->memory_request, s->cpu_limit, s->memory_limit };

	for (size_t i = 0; i < COUNTOF(owned); i++)
		free(owned[i]);
	for (size_t i = 0; i < s->n_federations; i++)
		federation_fini(&s->federations[i]);
	for (size_t i = 0; i < s->n_policy; i++)
		policy_rule_fini(&s->policy[i]);
	free(s->federations);
	free(s->policy);
	strlist_fini(&s->skip_containers);
	strlist_fini(&s->after);
	strlist_fini(&s->registered_keys);
	settings_init(s);
}

const struct federation *settings_federation(const struct settings *s, const char *name)
{
	for (size_t i = 0; i < s->n_federations; i++)
		if (!strcmp(s->federations[i].name, name))
			return &s->federations[i];
	return NULL;
}

const struct policy_rule *settings_policy(const struct settings *s, const char *namespace_)
{
	for (size_t i = 0; i < s->n_policy; i++)
		if (strlist_match(&s->policy[i].namespaces, namespace_))
			return &s->policy[i];
	return NULL;
}

const char *inject_mode_name(enum inject_mode mode)
{
	static const char *const names[MODES] = { "sidecar", "init", "env" };

	return names[mode];
}

const char *static_key_name(enum static_key what)
{
	static const char *const names[STATIC_KEYS] = { "ignore", "warn", "remove", "deny" };

	return names[what];
}
