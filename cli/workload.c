/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/workload.h"

#include <stdio.h>
#include <string.h>

#include "common/plain.h"
#include "common/syntax.h"

struct form {
	const char *group, *kind, *template; /* template: the path to metadata and spec */
};

static const struct form forms[] = {
	{ "", "Pod", "" },
	{ "", "PodTemplate", "template" },
	{ "", "ReplicationController", "spec.template" },
	{ "apps", "Deployment", "spec.template" },
	{ "apps", "ReplicaSet", "spec.template" },
	{ "apps", "StatefulSet", "spec.template" },
	{ "apps", "DaemonSet", "spec.template" },
	{ "extensions", "Deployment", "spec.template" },
	{ "extensions", "ReplicaSet", "spec.template" },
	{ "extensions", "DaemonSet", "spec.template" },
	{ "batch", "Job", "spec.template" },
	{ "batch", "CronJob", "spec.jobTemplate.spec.template" },
};

/* The table's row of OBJECT; a list of the kind counts when LIST. */
static const struct form *form_of(const struct node *object, bool list)
{
	const char *version = node_text(object, "apiVersion"), *kind = node_text(object, "kind");
	const char *slash = strchr(version, '/');
	size_t n = slash ? (size_t)(slash - version) : 0;

	for (size_t i = 0; i < COUNTOF(forms); i++) {
		size_t k = strlen(forms[i].kind);

		if (strlen(forms[i].group) == n && !strncmp(forms[i].group, version, n) &&
		    !strncmp(forms[i].kind, kind, k) && !strcmp(kind + k, list ? "List" : ""))
			return &forms[i];
	}
	return NULL;
}

/* "List", or the list of a workload's kind, "DeploymentList". */
static bool is_list(const struct node *object)
{
	return !strcmp(node_text(object, "kind"), "List") || form_of(object, true);
}

static int set_namespace(struct workload *w, const char *namespace_, const char *only,
			 struct err *e)
{
	const char *own = node_text(node_get(w->object, "metadata"), "namespace");
	const char *name = w->name[0] ? w->name : "(unnamed)";

	if (own[0] && !syntax_label(own))
		return err_set(e, ERR_INVALID, 0,
			       "%s %.80s: namespace=\"%.70s\": not a namespace; use a-z, 0-9 and -",
			       w->kind, name, own);
	if (own[0] && only && strcmp(own, only) != 0)
		return err_set(e, ERR_INVALID, 0,
			       "%s %.80s: it is of namespace %s, -n says %s; use one", w->kind,
			       name, own, only);
	(void)snprintf(w->namespace_, sizeof(w->namespace_), "%s", own[0] ? own : namespace_);
	(void)snprintf(w->label, sizeof(w->label), "%s %s/%.250s%s", w->kind, w->namespace_, name,
		       w->generated && w->name[0] ? "*" : "");
	(void)plain_make(w->label, strlen(w->label));
	return 0;
}

static int add(struct workloads *out, struct node *object, const struct form *form,
	       const char *namespace_, const char *only, struct err *e)
{
	struct node *metadata = node_get(object, "metadata");
	struct workload *grown, w = { .object = object, .kind = form->kind };

	w.template = node_path(object, form->template);
	w.name = node_text(metadata, "name");
	w.generated = !w.name[0];
	if (w.generated)
		w.name = node_text(metadata, "generateName");
	if (!w.template || w.template->kind != NODE_MAP)
		return 0; /* nothing that could ask; the API server will say what it lacks */
	if (set_namespace(&w, namespace_, only, e) < 0)
		return -1;
	grown = realloc(out->items, (out->n + 1) * sizeof(*grown));
	if (!grown)
		return err_set(e, ERR_NOMEM, 0, "no memory for a manifest");
	out->items = grown;
	out->items[out->n++] = w;
	return 0;
}

static int find(struct workloads *out, struct node *object, const char *namespace_,
		const char *only, struct err *e)
{
	const struct form *form = form_of(object, false);
	const struct node *items = node_get(object, "items");

	if (form)
		return add(out, object, form, namespace_, only, e);
	if (!is_list(object) || !items || items->kind != NODE_LIST)
		return 0;
	EACH_NODE(item, items)
		if (find(out, item, namespace_, only, e) < 0)
			return -1;
	return 0;
}

int workloads_find(const struct tree *t, const char *namespace_, const char *only,
		   struct workloads *out, struct err *e)
{
	*out = (struct workloads){ .items = NULL };
	return t->root ? find(out, t->root, namespace_, only, e) : 0;
}

void workloads_fini(struct workloads *w)
{
	free(w->items);
	*w = (struct workloads){ .items = NULL };
}

static void add_member(struct buf *out, const char *key, const struct node *value)
{
	buf_addf(out, ",\"%s\":", key);
	node_json(value, -1, 0, out);
}

/* The template's metadata, and the start of the name that its controller makes up. */
static void add_metadata(const struct workload *w, struct buf *out)
{
	static const char *const taken[] = { "labels", "annotations", "finalizers" };
	const struct node *metadata = node_get(w->template, "metadata");
	AUTO(buf) struct buf name = { .max = out->max };

	if (metadata && metadata->kind != NODE_MAP) {
		add_member(out, "metadata", metadata);
		return;
	}
	buf_adds(out, ",\"metadata\":{\"generateName\":");
	buf_addf(&name, "%s%s", w->name, w->generated ? "" : "-");
	buf_add_json(out, name.data ? name.data : "", name.len);
	for (size_t i = 0; i < COUNTOF(taken); i++) {
		const struct node *n = node_get(metadata, taken[i]);

		if (n)
			add_member(out, taken[i], n);
	}
	buf_addc(out, '}');
}

void workload_pod(const struct workload *w, struct buf *out)
{
	const struct node *spec = node_get(w->template, "spec");

	if (w->template == w->object) {
		node_json(w->object, -1, 0, out);
		return;
	}
	buf_adds(out, "{\"apiVersion\":\"v1\",\"kind\":\"Pod\"");
	add_metadata(w, out);
	if (spec)
		add_member(out, "spec", spec);
	buf_addc(out, '}');
}
