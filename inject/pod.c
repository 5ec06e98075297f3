/* SPDX-License-Identifier: Apache-2.0 */
#include "inject/pod.h"

#include <stdio.h>
#include <string.h>

#include "inject/names.h"

#define OS_LABEL "kubernetes.io/os"

static uint32_t member(const struct pod *p, uint32_t object, const char *key)
{
	return jsonspan_member(p->doc, object, key);
}

/* Is V absent, or of TYPE? Else say so in FAULT. */
static bool shaped(const struct pod *p, uint32_t v, enum jsonspan_type type,
		   struct pod_fault *fault, const char *where)
{
	if (v == JSONSPAN_NONE || jsonspan_type(p->doc, v) == type)
		return true;
	(void)snprintf(fault->where, sizeof(fault->where), "%s", where);
	fault->wanted = type == JSONSPAN_OBJECT ? "an object" :
			type == JSONSPAN_ARRAY	? "a list" :
						  "a string";
	return false;
}

static void describe(struct pod *p)
{
	char name[260] = "";
	const char *end = "";

	if (!jsonspan_show(p->doc, member(p, p->metadata, "name"), name, sizeof(name)) &&
	    jsonspan_show(p->doc, member(p, p->metadata, "generateName"), name, sizeof(name)))
		end = "*";
	(void)snprintf(p->who, sizeof(p->who), "pod %s%s%s%s", p->namespace_,
		       p->namespace_[0] ? "/" : "", name[0] ? name : "(unnamed)", end);
}

int pod_open(struct pod *p, const struct jsonspan *doc, uint32_t root, const char *namespace_,
	     struct pod_fault *fault, struct err *e)
{
	*p = (struct pod){ .doc = doc, .root = root };
	*fault = (struct pod_fault){ .wanted = NULL };
	p->metadata = member(p, root, "metadata");
	p->spec = member(p, root, "spec");
	p->annotations = member(p, p->metadata, "annotations");
	p->labels = member(p, p->metadata, "labels");
	(void)snprintf(p->namespace_, sizeof(p->namespace_), "%s", namespace_);
	if (!namespace_[0])
		(void)jsonspan_show(doc, member(p, p->metadata, "namespace"), p->namespace_,
				    sizeof(p->namespace_));
	describe(p);
	if (jsonspan_type(doc, root) != JSONSPAN_OBJECT)
		return err_set(e, ERR_INVALID, 0, "the pod is not a JSON object");
	(void)(shaped(p, p->metadata, JSONSPAN_OBJECT, fault, "metadata") &&
	       shaped(p, p->annotations, JSONSPAN_OBJECT, fault, "metadata.annotations") &&
	       shaped(p, p->labels, JSONSPAN_OBJECT, fault, "metadata.labels") &&
	       shaped(p, p->spec, JSONSPAN_OBJECT, fault, "spec"));
	return 0;
}

void pod_close(struct pod *p)
{
	free(p->all);
	p->all = NULL;
	p->n = 0;
}

/* Is each element of the list V an object with a `name`? */
static bool named(const struct pod *p, uint32_t v, struct pod_fault *fault, const char *where)
{
	if (!shaped(p, v, JSONSPAN_ARRAY, fault, where))
		return false;
	for (uint32_t i = jsonspan_first(p->doc, v); i != JSONSPAN_NONE;
	     i = jsonspan_next(p->doc, v, i)) {
		if (jsonspan_type(p->doc, member(p, i, "name")) == JSONSPAN_STRING)
			continue;
		(void)snprintf(fault->where, sizeof(fault->where), "%s", where);
		fault->wanted = "a list of named objects";
		return false;
	}
	return true;
}

static bool list_container(struct pod *p, struct container *c, struct pod_fault *fault)
{
	static const char *const lists[] = { "env", "volumeMounts" };
	char where[100];

	if (jsonspan_str(p->doc, member(p, c->at, "name"), c->name, sizeof(c->name)) <= 0) {
		(void)snprintf(fault->where, sizeof(fault->where), "%s[%u].name",
			       c->init ? "spec.initContainers" : "spec.containers", c->index);
		fault->wanted = "a name of 1 to 63 characters";
		return false;
	}
	c->ours = strncmp(c->name, NAMES_PREFIX, strlen(NAMES_PREFIX)) == 0;
	c->security = member(p, c->at, "securityContext");
	(void)snprintf(where, sizeof(where), "%.60s.securityContext", c->name);
	if (!shaped(p, c->security, JSONSPAN_OBJECT, fault, where))
		return false;
	for (size_t i = 0; i < COUNTOF(lists); i++) {
		(void)snprintf(where, sizeof(where), "%.60s.%s", c->name, lists[i]);
		if (!named(p, member(p, c->at, lists[i]), fault, where))
			return false;
	}
	return true;
}

static bool list_containers(struct pod *p, uint32_t list, bool init, struct pod_fault *fault)
{
	uint32_t index = 0;

	for (uint32_t i = jsonspan_first(p->doc, list); i != JSONSPAN_NONE;
	     i = jsonspan_next(p->doc, list, i)) {
		struct container *c = &p->all[p->n++];

		*c = (struct container){ .at = i, .index = index++, .init = init, .writer = -1 };
		if (!list_container(p, c, fault))
			return false;
	}
	return true;
}

int pod_list(struct pod *p, struct pod_fault *fault, struct err *e)
{
	uint32_t init = member(p, p->spec, "initContainers");
	uint32_t ordinary = member(p, p->spec, "containers");
	size_t n;

	*fault = (struct pod_fault){ .wanted = NULL };
	p->volumes = member(p, p->spec, "volumes");
	p->security = member(p, p->spec, "securityContext");
	if (!shaped(p, p->security, JSONSPAN_OBJECT, fault, "spec.securityContext") ||
	    !named(p, p->volumes, fault, "spec.volumes") ||
	    !named(p, init, fault, "spec.initContainers") ||
	    !named(p, ordinary, fault, "spec.containers"))
		return 0;
	p->n_init = jsonspan_count(p->doc, init);
	n = p->n_init + jsonspan_count(p->doc, ordinary);
	_Static_assert(POD_CONTAINERS_MAX == 1024, "as the words below say");
	if (n > POD_CONTAINERS_MAX) {
		(void)snprintf(fault->where, sizeof(fault->where), "spec.containers");
		fault->wanted = "a list of at most 1024, with spec.initContainers";
		return 0;
	}
	p->all = calloc(n ? n : 1, sizeof(*p->all));
	if (!p->all)
		return err_set(e, ERR_NOMEM, 0, "no memory for the list of containers");
	(void)(list_containers(p, init, true, fault) && list_containers(p, ordinary, false, fault));
	return 0;
}

bool pod_is_mirror(const struct pod *p)
{
	return member(p, p->annotations, "kubernetes.io/config.mirror") != JSONSPAN_NONE;
}

/* Does a node selector term demand Windows? */
static bool term_demands_windows(const struct pod *p, uint32_t term)
{
	uint32_t list = member(p, term, "matchExpressions");

	for (uint32_t i = jsonspan_first(p->doc, list); i != JSONSPAN_NONE;
	     i = jsonspan_next(p->doc, list, i)) {
		uint32_t values = member(p, i, "values");

		if (jsonspan_eq(p->doc, member(p, i, "key"), OS_LABEL) &&
		    jsonspan_eq(p->doc, member(p, i, "operator"), "In") &&
		    jsonspan_count(p->doc, values) == 1 &&
		    jsonspan_eq(p->doc, jsonspan_first(p->doc, values), "windows"))
			return true;
	}
	return false;
}

const char *pod_windows(const struct pod *p)
{
	uint32_t required = member(p, member(p, member(p, p->spec, "affinity"), "nodeAffinity"),
				   "requiredDuringSchedulingIgnoredDuringExecution");
	uint32_t terms = member(p, required, "nodeSelectorTerms");
	size_t linux_too = 0, n = 0;

	if (jsonspan_eq(p->doc, member(p, member(p, p->spec, "os"), "name"), "windows"))
		return "spec.os";
	if (jsonspan_eq(p->doc, member(p, member(p, p->spec, "nodeSelector"), OS_LABEL), "windows"))
		return "spec.nodeSelector";
	for (uint32_t i = jsonspan_first(p->doc, terms); i != JSONSPAN_NONE;
	     i = jsonspan_next(p->doc, terms, i), n++)
		linux_too += !term_demands_windows(p, i);
	/* Terms are alternatives: only when each demands Windows does the pod. */
	return n && !linux_too ? "spec.affinity.nodeAffinity" : NULL;
}

struct container *pod_container(const struct pod *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++)
		if (!strcmp(p->all[i].name, name))
			return &p->all[i];
	return NULL;
}

bool pod_name_begins(const struct jsonspan *doc, uint32_t v, const char *prefix)
{
	char start[64];

	(void)jsonspan_show(doc, v, start, sizeof(start));
	return strncmp(start, prefix, strlen(prefix)) == 0;
}

uint32_t pod_env(const struct pod *p, const struct container *c, const char *name)
{
	uint32_t env = member(p, c->at, "env"), found = JSONSPAN_NONE;

	for (uint32_t i = jsonspan_first(p->doc, env); i != JSONSPAN_NONE;
	     i = jsonspan_next(p->doc, env, i))
		if (jsonspan_eq(p->doc, member(p, i, "name"), name))
			found = i;
	return found;
}

bool pod_env_is(const struct pod *p, uint32_t entry, const char *value)
{
	uint32_t v = member(p, entry, "value");

	if (member(p, entry, "valueFrom") != JSONSPAN_NONE)
		return false;
	return v == JSONSPAN_NONE ? !value[0] : jsonspan_eq(p->doc, v, value);
}

uint32_t pod_security(const struct pod *p, const struct container *c, const char *field)
{
	uint32_t v = member(p, c->security, field);

	return v != JSONSPAN_NONE ? v : member(p, p->security, field);
}
