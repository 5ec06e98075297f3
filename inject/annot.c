/* SPDX-License-Identifier: Apache-2.0 */
#include "inject/annot.h"

#include <string.h>

#include "common/syntax.h"
#include "inject/names.h"
#include "inject/plan.h"
#include "inject/settings.h"

#define ANY_OBJECT (ON_POD | ON_SERVICE_ACCOUNT | ON_NAMESPACE)
#define AN_ANNOTATION "an annotation of pods, ServiceAccounts and Namespaces"
#define OF_PODS "an annotation of pods"

int64_t annot_number(const char *text, int64_t lo, int64_t hi)
{
	int64_t n = 0;

	if (!*text || strlen(text) > 18 || (text[0] == '0' && text[1]))
		return -1;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -1;
		n = n * 10 + (*text - '0');
	}
	return n >= lo && n <= hi ? n : -1;
}

int annot_choice(const char *text, const char *const *words)
{
	for (int i = 0; words[i]; i++)
		if (!strcmp(words[i], text))
			return i;
	return -1;
}

static const char *check_inject(const char *v)
{
	static const char *const words[] = { "true", "false", NULL };

	return annot_choice(v, words) < 0 ? "not an answer; use true or false" : NULL;
}

static const char *check_federation(const char *v)
{
	return syntax_subdomain(v) ? NULL :
				     "not a federation's name; use one of the operator's config";
}

static const char *check_rule(const char *v)
{
	return syntax_id(v, "fdrl_") ? NULL :
				       "not a federation rule; use fdrl_... from the Console";
}

static const char *check_organization(const char *v)
{
	return syntax_uuid(v) ? NULL : "not an organization; use its UUID from the Console";
}

static const char *check_service_account(const char *v)
{
	return syntax_id(v, "svac_") ? NULL :
				       "not a service account; use svac_... from the Console";
}

static const char *check_workspace(const char *v)
{
	return syntax_id(v, "wrkspc_") || !strcmp(v, "default") ?
		       NULL :
		       "not a workspace; use wrkspc_... from the Console or default";
}

static const char *check_mode(const char *v)
{
	for (enum inject_mode m = 0; m < MODES; m++)
		if (!strcmp(v, inject_mode_name(m)))
			return NULL;
	return "not a mode; use sidecar, init or env";
}

static const char *check_static_key(const char *v)
{
	for (enum static_key k = 0; k < STATIC_KEYS; k++)
		if (!strcmp(v, static_key_name(k)))
			return NULL;
	return "not an action; use warn, remove, deny or ignore";
}

static const char *check_uid(const char *v)
{
	return annot_number(v, 0, INT32_MAX) < 0 ? "not a uid; use a number of 0 to 2147483647" :
						   NULL;
}

static const char *check_expiration(const char *v)
{
	return annot_number(v, PLAN_EXPIRATION_MIN, PLAN_EXPIRATION_MAX) < 0 ?
		       "not a token's expiration; use seconds of 600 to 3600" :
		       NULL;
}

static const char *check_assertions(const char *v)
{
	return annot_number(v, 1, ASSERTIONS_MAX) < 0 ? "not a number of assertions; use 1 to 12" :
							NULL;
}

static const char *check_cpu(const char *v)
{
	return syntax_quantity(v, NULL) ? NULL :
					  "not an amount of CPU; use a quantity as 5m or 0.1";
}

static const char *check_memory(const char *v)
{
	return syntax_quantity(v, NULL) ? NULL : "not an amount of memory; use a quantity as 16Mi";
}

static const struct annot_row rows[ANNOTS] = {
	[ANNOT_INJECT] = { "inject", ON_POD | ON_POD_LABEL, check_inject,
			   "an annotation or label of pods; on a Namespace use the label "
			   "injection" },
	[ANNOT_INJECTION] = { "injection", ON_NAMESPACE_LABEL, NULL,
			      "a label of the Namespace; on a pod use inject" },
	[ANNOT_FEDERATION] = { "federation", ANY_OBJECT, check_federation, AN_ANNOTATION },
	[ANNOT_RULE] = { "federation-rule", ANY_OBJECT, check_rule, AN_ANNOTATION },
	[ANNOT_ORGANIZATION] = { "organization", ANY_OBJECT, check_organization, AN_ANNOTATION },
	[ANNOT_SERVICE_ACCOUNT] = { "service-account", ANY_OBJECT, check_service_account,
				    AN_ANNOTATION },
	[ANNOT_WORKSPACE] = { "workspace", ANY_OBJECT, check_workspace, AN_ANNOTATION },
	[ANNOT_MODE] = { "mode", ANY_OBJECT, check_mode, AN_ANNOTATION },
	[ANNOT_CONTAINERS] = { "containers", ON_POD, NULL, OF_PODS },
	[ANNOT_SKIP_CONTAINERS] = { "skip-containers", ON_POD, NULL, OF_PODS },
	[ANNOT_RUN_AS_USER] = { "run-as-user", ANY_OBJECT, check_uid, AN_ANNOTATION },
	[ANNOT_STATIC_KEY] = { "static-key", ON_POD | ON_NAMESPACE, check_static_key,
			       "an annotation of pods and Namespaces" },
	[ANNOT_TOKEN_EXPIRATION] = { "token-expiration", ANY_OBJECT, check_expiration,
				     AN_ANNOTATION },
	[ANNOT_ASSERTIONS] = { "assertions", ANY_OBJECT, check_assertions, AN_ANNOTATION },
	[ANNOT_CPU_REQUEST] = { "writer-cpu-request", ON_POD, check_cpu, OF_PODS },
	[ANNOT_MEMORY_REQUEST] = { "writer-memory-request", ON_POD, check_memory, OF_PODS },
	[ANNOT_CPU_LIMIT] = { "writer-cpu-limit", ON_POD, check_cpu, OF_PODS },
	[ANNOT_MEMORY_LIMIT] = { "writer-memory-limit", ON_POD, check_memory, OF_PODS },
	[ANNOT_STATUS] = { "status", ON_POD, NULL, "written by the webhook on pods" },
};

const struct annot_row *annot_row(enum annot key)
{
	return &rows[key];
}

enum annot annot_find(const char *name)
{
	enum annot key = 0;

	while (key < ANNOTS && strcmp(rows[key].name, name) != 0)
		key++;
	return key;
}

const char *annot_near(const char *name, unsigned place)
{
	const char *list[ANNOTS];
	size_t n = 0;

	for (enum annot key = 0; key < ANNOT_STATUS; key++)
		if (rows[key].places & place)
			list[n++] = rows[key].name;
	return syntax_nearest(name, list, n);
}
