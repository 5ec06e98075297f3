/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INJECT_SETTINGS_H
#define INJECT_SETTINGS_H

/* Ownership of struct settings and what the core asks of it; config/ fills it from YAML. */

#include "inject/inject.h"

/* Append a copy of TEXT. 0, or -1 without memory: the list is then as before. */
int strlist_add(struct strlist *l, const char *text) MUST_CHECK;
void strlist_fini(struct strlist *l);

/* Nothing in it, every string NULL. */
void settings_init(struct settings *s);
void settings_fini(struct settings *s);
void federation_fini(struct federation *f);
void policy_rule_fini(struct policy_rule *p);

static inline void auto_settings(struct settings *s)
{
	settings_fini(s);
}

/* The federation called NAME, or NULL. */
const struct federation *settings_federation(const struct settings *s, const char *name);

/* The first policy rule whose globs match NAMESPACE, or NULL. */
const struct policy_rule *settings_policy(const struct settings *s, const char *namespace_);

/* Does one of L's globs match TEXT? */
bool strlist_match(const struct strlist *l, const char *text);

/* Is TEXT one of L's strings? */
bool strlist_has(const struct strlist *l, const char *text);

/* "sidecar", "init", "env"; "ignore", "warn", "remove", "deny". */
const char *inject_mode_name(enum inject_mode mode);
const char *static_key_name(enum static_key what);

#endif
