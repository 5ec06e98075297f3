/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "inject/goal.h"
#include "inject/place.h"
#include "inject/render.h"
#include "inject/vars.h"

#define PATH_SIZE 512
#define EVICT "cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes"
#define EVICT_KEY "cluster-autoscaler.kubernetes.io~1safe-to-evict-local-volumes"

static void make_volumes(const struct job *job, const struct goal *g, struct patch *p)
{
	struct patch_list volumes;
	char path[PATH_SIZE];
	size_t len;

	patch_list_begin(&volumes, p, "/spec/volumes", job->pod.volumes != JSONSPAN_NONE);
	for (size_t i = 0; i < g->n_volumes; i++) {
		const struct piece *v = &g->volumes[i];
		const char *text = goal_text(g, v, &len);

		if (v->found == JSONSPAN_NONE) {
			patch_list_add(&volumes, text, len);
		} else if (v->renew) {
			/* An add over a list's element would insert; over a member it replaces. */
			(void)snprintf(path, sizeof(path), "/spec/volumes/%u/projected", v->index);
			patch_add(p, path, g->text.data + v->part, v->part_len);
		}
	}
	patch_list_end(&volumes);
}

/* Take the static keys out of ENV; each removal moves the entries after it by one. */
static void remove_static_keys(const struct job *job, uint32_t env, const char *base,
			       struct patch *p)
{
	const struct jsonspan *d = job->pod.doc;
	char path[PATH_SIZE], name[64];
	size_t index = 0;

	for (uint32_t i = jsonspan_first(d, env); i != JSONSPAN_NONE;
	     i = jsonspan_next(d, env, i)) {
		if (!statickey_is(d, i)) {
			index++;
			continue;
		}
		/* The test names the variable, never its value: patches are logged. */
		(void)jsonspan_show(d, jsonspan_member(d, i, "name"), name, sizeof(name));
		(void)snprintf(path, sizeof(path), "%s/env/%zu/name", base, index);
		patch_test_string(p, path, name);
		(void)snprintf(path, sizeof(path), "%s/env/%zu", base, index);
		patch_remove(p, path);
	}
}

static void make_env(struct job *job, const struct container *c, const char *base, struct patch *p)
{
	uint32_t env = jsonspan_member(job->pod.doc, c->at, "env");
	struct var vars[VARS_MAX];
	size_t n = vars_consumer(&job->wish, vars);
	char path[PATH_SIZE];
	struct patch_list list;
	AUTO(buf) struct buf entry = { .max = p->out->max };

	if (job->wish.static_key == KEY_REMOVE)
		remove_static_keys(job, env, base, p);
	(void)snprintf(path, sizeof(path), "%s/env", base);
	patch_list_begin(&list, p, path, env != JSONSPAN_NONE);
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
		patch_list_add(&list, entry.data ? entry.data : "", entry.len);
	}
	patch_list_end(&list);
}

static void make_mount(const struct job *job, const struct container *c, const char *base,
		       struct patch *p)
{
	const struct jsonspan *d = job->pod.doc;
	uint32_t mounts = jsonspan_member(d, c->at, "volumeMounts");
	char path[PATH_SIZE];
	struct patch_list list;
	AUTO(buf) struct buf text = { .max = p->out->max };

	for (uint32_t i = jsonspan_first(d, mounts); i != JSONSPAN_NONE;
	     i = jsonspan_next(d, mounts, i))
		if (goal_is_mount(job, c, i))
			return;
	render_mount(job, &job->writers[c->writer], &text);
	(void)snprintf(path, sizeof(path), "%s/volumeMounts", base);
	patch_list_begin(&list, p, path, mounts != JSONSPAN_NONE);
	patch_list_add(&list, text.data ? text.data : "", text.len);
	patch_list_end(&list);
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
	char path[PATH_SIZE];
	size_t len;

	for (size_t i = 0; i < g->n_ordinary; i++) {
		const struct piece *c = &g->ordinary[i];
		const char *text = goal_text(g, c, &len);

		if (c->found == JSONSPAN_NONE) {
			patch_add(p, "/spec/containers/-", text, len);
		} else if (c->renew) {
			(void)snprintf(path, sizeof(path), "/spec/containers/%u/name", c->index);
			patch_test_string(p, path, c->name);
			(void)snprintf(path, sizeof(path), "/spec/containers/%u", c->index);
			patch_remove(p, path);
			patch_add(p, path, text, len);
		}
	}
}

/* The autoscaler's list as it is, which the caller frees; NULL: OUT has failed. */
static char *evict_text(const struct job *job, struct buf *out)
{
	uint32_t v = jsonspan_member(job->pod.doc, job->pod.annotations, EVICT);
	size_t len;
	char *text;

	(void)jsonspan_raw(job->pod.doc, v, &len);
	text = malloc(len + 1);
	if (!text)
		out->failed = ERR_NOMEM;
	else if (jsonspan_str(job->pod.doc, v, text, len + 1) < 0)
		text[0] = '\0';
	return text;
}

/* The list less our volume at its end, where another config put it; empty: as it is. */
static void evict_less(const struct job *job, struct buf *out, struct patch *p)
{
	AUTO(free) char *text = evict_text(job, out);
	char *end = text ? strrchr(text, ',') : NULL;

	if (end && !strcmp(end + 1, NAMES_BIN))
		buf_add(out, text, (size_t)(end - text));
	else if (text && !strcmp(text, NAMES_BIN))
		patch_remove(p, "/metadata/annotations/" EVICT_KEY);
}

/* The list with our disk volume in it; empty when it is there already. */
static void evict_list(const struct job *job, struct buf *out)
{
	AUTO(free) char *text = evict_text(job, out);

	if (!text)
		return;
	for (const char *at = text; (at = strstr(at, NAMES_BIN)); at += strlen(NAMES_BIN))
		if ((at == text || strchr(", ", at[-1])) && strchr(", ", at[strlen(NAMES_BIN)]))
			return;
	buf_addf(out, "%s%s" NAMES_BIN, text, text[0] ? "," : "");
}

static void add_annotation(struct patch *p, const char *key, const char *value)
{
	AUTO(buf) struct buf path = { .max = p->out->max };

	buf_adds(&path, "/metadata/annotations/");
	patch_pointer_key(&path, key);
	patch_add_string(p, path.data ? path.data : "", value);
}

/*
 * The pod asks by label, or its Namespace for it, and has no annotations: add
 * them all at once. In a manifest, unlike a review, even metadata may be absent.
 */
static void add_all_annotations(const struct job *job, struct patch *p, const struct var *list,
				size_t n)
{
	AUTO(buf) struct buf map = { .max = p->out->max };
	bool metadata = job->pod.metadata != JSONSPAN_NONE;

	if (!metadata)
		buf_adds(&map, "{\"annotations\":");
	for (size_t i = 0; i < n; i++) {
		buf_addc(&map, i ? ',' : '{');
		buf_add_json(&map, list[i].name, strlen(list[i].name));
		buf_addc(&map, ':');
		buf_add_json(&map, list[i].value, strlen(list[i].value));
	}
	buf_adds(&map, metadata ? "}" : "}}");
	patch_add(p, metadata ? "/metadata/annotations" : "/metadata", map.data ? map.data : "",
		  map.len);
}

static void make_annotations(const struct job *job, struct patch *p)
{
	AUTO(buf) struct buf evict = { .max = p->out->max };
	AUTO(buf) struct buf status = { .max = p->out->max };
	struct job_key key;
	struct var list[2];
	size_t n = 0;

	if (job->app_image)
		evict_list(job, &evict);
	else if (job->former)
		evict_less(job, &evict, p);
	render_status(job, &status);
	if (evict.failed || status.failed) {
		p->out->failed = evict.failed ? evict.failed : status.failed;
		return;
	}
	if (evict.len)
		list[n++] = (struct var){ EVICT, evict.data };
	/* Alone it is not worth a patch: nothing reads it here. */
	if (p->n || n)
		list[n++] = (struct var){ job_key(job, ANNOT_STATUS, &key), status.data };
	if (n && job->pod.annotations == JSONSPAN_NONE) {
		add_all_annotations(job, p, list, n);
		return;
	}
	for (size_t i = 0; i < n; i++)
		add_annotation(p, list[i].name, list[i].value);
}

/* More than an answer holds: the pod's fault, and a refusal as others are. */
static int refuse_size(struct job *job)
{
	char what[64];

	(void)snprintf(what, sizeof(what), "the patch is larger than %zu bytes",
		       job->out->patch.max);
	return JOB_REFUSE(job, job->pod.who, REASON_ANSWER_TOO_BIG, what);
}

int make_check(struct job *job)
{
	if (job->out->patch.failed == ERR_TOO_BIG)
		return refuse_size(job);
	return buf_check(&job->out->patch, "the patch", job->e) ? -1 : 1;
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
	place_init(job, &g, &p);
	make_annotations(job, &p);
	patch_end(&p);
	if (!p.n && !out->patch.failed) {
		buf_reset(&out->patch);
		return job_skip(job, REASON_ALREADY_INJECTED);
	}
	out->verdict = INJECT_PATCH;
	out->reason = REASON_INJECTED;
	return make_check(job);
}
