/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/explain.h"

#include <stdlib.h>
#include <string.h>

#include "common/plain.h"
#include "inject/names.h"
#include "inject/plan.h"

static bool begins(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

static const struct node *spec_list(const struct finding *f, const char *key)
{
	const struct node *n = node_get(node_get(f->workload->template, "spec"), key);

	return n && n->kind == NODE_LIST ? n : NULL;
}

static bool mounts(const struct node *container, const char *volume)
{
	const struct node *list = node_get(container, "volumeMounts");

	if (!list || list->kind != NODE_LIST)
		return false;
	EACH_NODE(m, list)
		if (begins(node_text(m, "name"), volume))
			return true;
	return false;
}

static bool is_ours(const struct node *container)
{
	return begins(node_text(container, "name"), NAMES_PREFIX);
}

/* Does a container the user wrote get credentials, or with mode env the assertion? */
static bool consumes(const struct node *container)
{
	return !is_ours(container) && (mounts(container, NAMES_CREDENTIALS) ||
				       mounts(container, NAMES_ASSERTIONS));
}

/* The uid that the container's or the pod's security context says, or -1. */
static int64_t uid_of(const struct finding *f, const struct node *container)
{
	const struct node *pod = node_get(f->workload->template, "spec");
	const struct node *uid = node_get(node_get(container, "securityContext"), "runAsUser");

	if (!uid || uid->kind == NODE_NULL)
		uid = node_get(node_get(pod, "securityContext"), "runAsUser");
	return uid && uid->kind == NODE_NUMBER ? strtoll(uid->text, NULL, 10) : -1;
}

const struct node *finding_consumer(const struct finding *f, const struct node *at,
				    struct consumer *out)
{
	static const char *const lists[] = { "containers", "initContainers" };

	for (size_t i = 0; i < COUNTOF(lists); i++) {
		const struct node *list = spec_list(f, lists[i]);

		if (!list || (at && at->parent != list))
			continue;
		EACH_NODE(c, list) {
			bool passed = at == c;

			if (passed)
				at = NULL;
			if (passed || at || !consumes(c))
				continue;
			*out = (struct consumer){ node_text(c, "name"), i == 1, uid_of(f, c) };
			return c;
		}
		at = NULL;
	}
	return NULL;
}

static const char *decided_text(const struct finding *f, const char *key, const char **level)
{
	const struct inject_result *r = f->result;

	for (size_t i = 0; i < r->n_decided; i++) {
		if (strcmp(r->decided[i].key, key) != 0)
			continue;
		*level = r->decided[i].level;
		return r->decided[i].value;
	}
	return NULL;
}

/* What the config says where no object does: of KEY, one of the rows below. */
static const char *config_text(const struct finding *f, const char *key)
{
	const struct settings *set = &f->run->settings;
	const struct federation *fed = settings_federation(set, f->result->federation);

	if (!strcmp(key, "mode"))
		return inject_mode_name(set->mode);
	if (!strcmp(key, "static-key"))
		return static_key_name(set->static_key);
	if (!fed)
		return NULL;
	return !strcmp(key, "federation")      ? fed->name :
	       !strcmp(key, "federation-rule") ? fed->rule :
	       !strcmp(key, "organization")    ? fed->organization :
	       !strcmp(key, "service-account") ? fed->service_account :
						 fed->workspace;
}

bool finding_setting(const struct finding *f, size_t i, struct setting *out)
{
	static const char *const always[] = { "federation", "federation-rule", "organization",
					      "service-account", "workspace", "mode",
					      "static-key" };
	const struct inject_result *r = f->result;
	const char *level = NULL, *value;

	for (size_t k = 0; k < COUNTOF(always) && f->injected; k++) {
		if (decided_text(f, always[k], &level))
			continue; /* it comes below */
		value = config_text(f, always[k]);
		if (!value || !*value || i--)
			continue;
		*out = (struct setting){ always[k], value, "config" };
		return true;
	}
	if (i >= r->n_decided)
		return false;
	*out = (struct setting){ r->decided[i].key, r->decided[i].value, r->decided[i].level };
	return true;
}

static void find_expirations(struct finding *f, const struct node *volume)
{
	const struct node *sources = node_path(node_get(volume, "projected"), "sources");

	if (!sources || sources->kind != NODE_LIST)
		return;
	EACH_NODE(s, sources) {
		const struct node *e =
			node_get(node_get(s, "serviceAccountToken"), "expirationSeconds");

		if (e && e->kind == NODE_NUMBER && f->n_expirations < EXPLAIN_EXPIRATIONS)
			f->expirations[f->n_expirations++] = (int)strtol(e->text, NULL, 10);
	}
}

static void find_volumes(struct finding *f)
{
	const struct node *volumes = spec_list(f, "volumes");

	if (!volumes)
		return;
	EACH_NODE(v, volumes) {
		const char *name = node_text(v, "name");

		if (begins(name, NAMES_ASSERTIONS))
			find_expirations(f, v);
		f->app_image = f->app_image || !strcmp(name, NAMES_BIN);
	}
}

/* A native sidecar, or an ordinary container, which of classic ones only long-running pods have. */
static void find_writer(struct finding *f)
{
	static const char *const lists[] = { "initContainers", "containers" };

	for (size_t i = 0; i < COUNTOF(lists); i++) {
		const struct node *list = spec_list(f, lists[i]);

		if (!list)
			continue;
		EACH_NODE(c, list)
			if (begins(node_text(c, "name"), NAMES_WRITER) &&
			    (i == 1 || !strcmp(node_text(c, "restartPolicy"), "Always")))
				f->refreshed = true;
	}
}

static void find_all(struct finding *f)
{
	const struct federation *fed =
		settings_federation(&f->run->settings, f->result->federation);
	struct consumer c;

	f->injected = f->result->verdict != INJECT_DENY && f->result->federation[0] &&
		      finding_consumer(f, NULL, &c);
	f->lifetime_known = fed && fed->token_lifetime_s;
	f->lifetime_s = f->lifetime_known ? fed->token_lifetime_s : PLAN_LIFETIME;
	if (!f->injected)
		return;
	find_volumes(f);
	find_writer(f);
}

static void auto_result(struct inject_result *r)
{
	inject_result_fini(r);
}

static int explain_one(struct run *run, struct document *doc, const struct workload *w, bool json,
		       struct buf *out, struct err *e)
{
	AUTO(result) struct inject_result r;
	struct finding f = { .run = run, .doc = doc, .workload = w, .result = &r };

	inject_result_init(&r);
	if (run_decide(run, doc, w, &r, e) < 0)
		return -1;
	find_all(&f);
	if (json) {
		buf_adds(out, out->len > 1 ? ",\n" : "\n");
		finding_json(&f, out);
	} else {
		buf_adds(out, out->len ? "\n" : "");
		finding_text(&f, out);
	}
	return 0;
}

int explain(struct run *run, bool json, struct buf *out, struct err *e)
{
	AUTO(document) struct document doc = { .tree = { .root = NULL } };
	int more;

	if (run_look_around(run, e) < 0)
		return -1;
	buf_adds(out, json ? "[" : "");
	while ((more = run_next(run, &doc, e)) > 0)
		for (size_t i = 0; i < doc.workloads.n; i++)
			if (explain_one(run, &doc, &doc.workloads.items[i], json, out, e) < 0)
				return -1;
	if (more < 0)
		return -1;
	if (!json && !out->len) {
		plain_addf(out, "%s: nothing here makes pods", run->name);
		buf_addc(out, '\n');
	}
	buf_adds(out, json ? "\n]\n" : "");
	buf_reset(&run->warnings); /* they are part of what is explained */
	return buf_check(out, "the output", e);
}
