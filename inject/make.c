/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "inject/goal.h"
#include "inject/patch.h"
#include "inject/render.h"
#include "inject/settings.h"
#include "inject/vars.h"

#define PATH_SIZE 512
#define EVICT "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes"

/* A list of the pod that grows at its end. */
struct list {
	const char *path;
	bool exists; /* in the pod, or by an operation before */
};

static void append(struct patch *p, struct list *list, const char *value, size_t len)
{
	char path[PATH_SIZE];
	AUTO(buf) struct buf whole = { .max = p->out->max };

	if (list->exists) {
		(void)snprintf(path, sizeof(path), "%s/-", list->path);
		patch_add(p, path, value, len);
		return;
	}
	buf_addc(&whole, '[');
	buf_add(&whole, value, len);
	buf_addc(&whole, ']');
	if (whole.failed)
		p->out->failed = whole.failed;
	else
		patch_add(p, list->path, whole.data, whole.len);
	list->exists = true;
}

static void make_volumes(const struct job *job, const struct goal *g, struct patch *p)
{
	struct list volumes = { "/spec/volumes", job->pod.volumes != JSONSPAN_NONE };
	char path[PATH_SIZE];
	size_t len;

	for (size_t i = 0; i < g->n_volumes; i++) {
		const struct piece *v = &g->volumes[i];
		const char *text = goal_text(g, v, &len);

		if (v->found == JSONSPAN_NONE) {
			append(p, &volumes, text, len);
		} else if (v->renew) {
			/* An add over a list's element would insert; over a member it replaces. */
			(void)snprintf(path, sizeof(path), "/spec/volumes/%u/projected", v->index);
			text = strstr(text, "{\"defaultMode\"");
			patch_add(p, path, text, len - 1 - (size_t)(text - (g->text.data + v->start)));
		}
	}
}

/* Take the static keys out, the last first so that the others keep their places. */
static void remove_static_keys(const struct job *job, uint32_t env, const char *base,
			       struct patch *p)
{
	const struct jsonspan *d = job->pod.doc;
	size_t n = jsonspan_count(d, env);
	char path[PATH_SIZE], name[64];

	while (n--) {
		uint32_t entry = jsonspan_first(d, env);

		for (size_t i = 0; i < n; i++)
			entry = jsonspan_next(d, env, entry);
		if (!statickey_is(d, entry))
			continue;
		/* The test names the variable, never its value: patches are logged. */
		(void)jsonspan_show(d, jsonspan_member(d, entry, "name"), name, sizeof(name));
		(void)snprintf(path, sizeof(path), "%s/env/%zu/name", base, n);
		patch_test_string(p, path, name);
		(void)snprintf(path, sizeof(path), "%s/env/%zu", base, n);
		patch_remove(p, path);
	}
}

static void make_env(struct job *job, const struct container *c, const char *base, struct patch *p)
{
	uint32_t env = jsonspan_member(job->pod.doc, c->at, "env");
	struct var vars[VARS_MAX];
	size_t n = vars_consumer(&job->wish, vars);
	char path[PATH_SIZE];
	struct list list = { path, env != JSONSPAN_NONE };
	AUTO(buf) struct buf entry = { .max = p->out->max };

	if (job->wish.static_key == KEY_REMOVE)
		remove_static_keys(job, env, base, p);
	(void)snprintf(path, sizeof(path), "%s/env", base);
	for (size_t i = 0; i < n; i++) {
		uint32_t there = pod_env(&job->pod, c, vars[i].name);

		if (there != JSONSPAN_NONE) {
			if (!pod_env_is(&job->pod, there, vars[i].value))
				JOB_WARN(job, REASON_VARIABLE_KEPT, c->name, vars[i].name);
			continue;
		}
		buf_reset(&entry);
		buf_addf(&entry, "{\"name\":\"%s\",\"value\":", vars[i].name);
		buf_add_json(&entry, vars[i].value, strlen(vars[i].value));
		buf_addc(&entry, '}');
		append(p, &list, entry.data ? entry.data : "", entry.len);
	}
}

static void make_mount(const struct job *job, const struct container *c, const char *base,
		       struct patch *p)
{
	const struct jsonspan *d = job->pod.doc;
	uint32_t mounts = jsonspan_member(d, c->at, "volumeMounts");
	char path[PATH_SIZE];
	struct list list = { path, mounts != JSONSPAN_NONE };
	AUTO(buf) struct buf text = { .max = p->out->max };

	for (uint32_t i = jsonspan_first(d, mounts); i != JSONSPAN_NONE;
	     i = jsonspan_next(d, mounts, i))
		if (goal_is_mount(job, c, i))
			return;
	render_mount(job, &job->writers[c->writer], &text);
	(void)snprintf(path, sizeof(path), "%s/volumeMounts", base);
	append(p, &list, text.data ? text.data : "", text.len);
}

static void make_consumers(struct job *job, struct patch *p)
{
	char base[64];

	for (size_t i = 0; i < job->pod.n; i++) {
		const struct container *c = &job->pod.all[i];

		if (c->writer < 0)
			continue;
		(void)snprintf(base, sizeof(base), "/spec/%s/%u",
			       c->init ? "initContainers" : "containers", c->index);
		make_env(job, c, base, p);
		make_mount(job, c, base, p);
	}
}

static void make_ordinary(const struct goal *g, struct patch *p)
{
	struct list containers = { "/spec/containers", true };
	size_t len;

	for (size_t i = 0; i < g->n_ordinary; i++) {
		const char *text = goal_text(g, &g->ordinary[i], &len);

		if (g->ordinary[i].found == JSONSPAN_NONE)
			append(p, &containers, text, len);
	}
}

/* The place after the last of the containers without which no traffic flows. */
static uint32_t place_after_mesh(const struct job *job)
{
	uint32_t place = 0;

	for (size_t i = 0; i < job->pod.n_init; i++)
		if (strlist_has(&job->set->after, job->pod.all[i].name))
			place = job->pod.all[i].index + 1;
	return place;
}

/* Are all our init containers there, in order, and none before PLACE? */
static bool is_in_place(const struct goal *g, uint32_t place)
{
	for (size_t i = 0; i < g->n_init; i++) {
		if (g->init[i].found == JSONSPAN_NONE || g->init[i].index < place)
			return false;
		place = g->init[i].index + 1;
	}
	return true;
}

/* Take ours out, the last first; returns how many stood before PLACE. */
static uint32_t lift(const struct job *job, const struct goal *g, uint32_t place, struct patch *p)
{
	uint32_t before = 0;
	char path[PATH_SIZE];

	for (size_t i = job->pod.n_init; i-- > 0;) {
		const struct container *c = &job->pod.all[i];

		if (!c->ours || !g->n_init)
			continue;
		(void)snprintf(path, sizeof(path), "/spec/initContainers/%u/name", c->index);
		patch_test_string(p, path, c->name);
		(void)snprintf(path, sizeof(path), "/spec/initContainers/%u", c->index);
		patch_remove(p, path);
		before += c->index < place;
	}
	return before;
}

/* Last of all: an insertion moves the places of the pod's own init containers. */
static void make_init(const struct job *job, const struct goal *g, struct patch *p)
{
	struct list list = { "/spec/initContainers",
			     jsonspan_member(job->pod.doc, job->pod.spec, "initContainers") !=
				     JSONSPAN_NONE };
	uint32_t place = place_after_mesh(job);
	char path[PATH_SIZE];
	size_t len;

	if (is_in_place(g, place))
		return;
	place -= lift(job, g, place, p);
	for (size_t i = 0; i < g->n_init; i++) {
		const struct piece *c = &g->init[i];
		const char *text = c->found == JSONSPAN_NONE ?
					   goal_text(g, c, &len) :
					   jsonspan_raw(job->pod.doc, c->found, &len);

		(void)snprintf(path, sizeof(path), "/spec/initContainers/%u", place++);
		if (list.exists)
			patch_add(p, path, text, len);
		else
			append(p, &list, text, len);
	}
}

/* The autoscaler's list with our disk volume in it; empty when it is there already. */
static void evict_list(const struct job *job, struct buf *out)
{
	uint32_t v = jsonspan_member(job->pod.doc, job->pod.annotations, EVICT);
	size_t len;
	AUTO(free) char *text = NULL;

	(void)jsonspan_raw(job->pod.doc, v, &len);
	text = malloc(len + 1);
	if (!text) {
		out->failed = ERR_NOMEM;
		return;
	}
	if (jsonspan_str(job->pod.doc, v, text, len + 1) < 0)
		text[0] = '\0';
	for (const char *at = text; (at = strstr(at, NAMES_BIN)); at += strlen(NAMES_BIN))
		if ((at == text || strchr(", ", at[-1])) && strchr(", ", at[strlen(NAMES_BIN)]))
			return;
	buf_addf(out, "%s%s" NAMES_BIN, text, text[0] ? "," : "");
}

static void annotate(struct patch *p, bool *exists, const char *key, const char *value)
{
	AUTO(buf) struct buf text = { .max = p->out->max };

	if (*exists) {
		buf_adds(&text, "/metadata/annotations/");
		patch_pointer_key(&text, key);
		patch_add_string(p, text.data ? text.data : "", value);
		return;
	}
	buf_addc(&text, '{');
	buf_add_json(&text, key, strlen(key));
	buf_addc(&text, ':');
	buf_add_json(&text, value, strlen(value));
	buf_addc(&text, '}');
	patch_add(p, "/metadata/annotations", text.data ? text.data : "", text.len);
	*exists = true;
}

static void make_annotations(const struct job *job, struct patch *p)
{
	bool exists = job->pod.annotations != JSONSPAN_NONE;
	struct job_key key;
	AUTO(buf) struct buf evict = { .max = p->out->max };
	AUTO(buf) struct buf status = { .max = p->out->max };

	if (job->app_image)
		evict_list(job, &evict);
	if (evict.failed)
		p->out->failed = evict.failed;
	if (evict.len)
		annotate(p, &exists, EVICT, evict.data);
	if (!p->n)
		return;
	render_status(job, &status);
	annotate(p, &exists, job_key(job, ANNOT_STATUS, &key), status.data ? status.data : "");
}

int make_patch(struct job *job)
{
	struct inject_result *out = job->out;
	AUTO(goal) struct goal g = { .n_volumes = 0 };
	struct patch p;
	int decided = goal_build(job, &g);

	if (!decided)
		decided = goal_compare(job, &g);
	if (decided)
		return decided;
	patch_begin(&p, &out->patch);
	make_volumes(job, &g, &p);
	make_consumers(job, &p);
	make_ordinary(&g, &p);
	make_init(job, &g, &p);
	make_annotations(job, &p);
	patch_end(&p);
	if (buf_check(&out->patch, "the patch", job->e))
		return -1;
	if (!p.n) {
		buf_reset(&out->patch);
		return job_skip(job, REASON_ALREADY_INJECTED);
	}
	out->verdict = INJECT_PATCH;
	out->reason = reason_row(REASON_INJECTED)->code;
	return 1;
}
