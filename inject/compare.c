/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "inject/goal.h"
#include "inject/renew.h"
#include "inject/same.h"

#define VALUES_MAX 4096

static struct piece *find(struct piece *list, size_t n, const struct jsonspan *d, uint32_t name)
{
	for (size_t i = 0; i < n; i++)
		if (jsonspan_eq(d, name, list[i].name))
			return &list[i];
	return NULL;
}

static int parse_piece(const struct job *job, const struct goal *g, const struct piece *p,
		       struct jsonspan *out)
{
	size_t len;
	const char *text = goal_text(g, p, &len);

	jsonspan_init(out, VALUES_MAX, JSONSPAN_DEPTH_MAX);
	if (jsonspan_parse(out, text, len, job->e))
		return err_wrap(job->e, "rendered %s", p->name);
	return 0;
}

static int compare_volume(struct job *job, struct goal *g, uint32_t v, uint32_t index)
{
	const struct jsonspan *d = job->pod.doc;
	uint32_t name = jsonspan_member(d, v, "name");
	struct piece *p = find(g->volumes, g->n_volumes, d, name);
	AUTO(jsonspan) struct jsonspan want = { .n = 0 };
	char shown[64];

	if (!pod_name_begins(d, name, NAMES_PREFIX))
		return 0;
	if (p && p->found == JSONSPAN_NONE) {
		if (parse_piece(job, g, p, &want))
			return -1;
		p->found = v;
		p->index = index;
		if (same_value(d, v, &want, 0))
			return 0;
		/* Another webhook may have added a token volume since, or the config is another. */
		p->renew = renew_assertions(job, v, &want);
		if (p->renew)
			return 0;
	}
	(void)jsonspan_show(d, name, shown, sizeof(shown));
	return JOB_REFUSE(job, job->pod.who, REASON_VOLUME_TAKEN, shown);
}

static int compare_container(struct job *job, struct goal *g, const struct container *c)
{
	struct piece *list = c->init ? g->init : g->ordinary;
	struct piece *p = find(list, c->init ? g->n_init : g->n_ordinary, job->pod.doc,
			       jsonspan_member(job->pod.doc, c->at, "name"));
	AUTO(jsonspan) struct jsonspan want = { .n = 0 };
	const char *differs = "its place or name";
	char field[64];

	if (p && p->found == JSONSPAN_NONE) {
		if (parse_piece(job, g, p, &want))
			return -1;
		p->found = c->at;
		p->index = c->index;
		if (!same_container(job->pod.doc, c->at, &want, 0, NULL, field))
			return 0;
		differs = renew_container(job, c->at, &want, field);
		p->renew = !differs;
		if (p->renew)
			return 0;
	}
	return JOB_REFUSE(job, job->pod.who, REASON_CONTAINER_TAKEN, c->name, differs);
}

/* Is MOUNT a read-only mount of NAME, with or without a writer's number, at our path? */
static bool is_mount_of(const struct jsonspan *d, uint32_t mount, const char *name)
{
	uint32_t volume = jsonspan_member(d, mount, "name");
	char full[64];
	bool named = jsonspan_eq(d, volume, name);

	for (int i = 2; i <= WRITERS_MAX && !named; i++) {
		(void)snprintf(full, sizeof(full), "%s-%d", name, i);
		named = jsonspan_eq(d, volume, full);
	}
	return named && jsonspan_count(d, mount) == 3 &&
	       jsonspan_eq(d, jsonspan_member(d, mount, "mountPath"), PATH_CREDENTIALS) &&
	       jsonspan_true(d, jsonspan_member(d, mount, "readOnly"));
}

bool goal_is_mount(const struct job *job, const struct container *c, uint32_t mount)
{
	const char *name = job->wish.mode == MODE_ENV ? NAMES_ASSERTIONS : NAMES_CREDENTIALS;
	const struct jsonspan *d = job->pod.doc;
	char full[64];

	if (!is_mount_of(d, mount, name))
		return false;
	if (c->writer < 0)
		return true; /* reading along harms nobody: the file's owner is another */
	(void)snprintf(full, sizeof(full), "%s%s", name, job->writers[c->writer].suffix);
	return jsonspan_eq(d, jsonspan_member(d, mount, "name"), full);
}

/* What a container that is not ours mounts must leave our volumes and paths alone. */
static int compare_mounts(struct job *job, const struct container *c)
{
	const struct jsonspan *d = job->pod.doc;
	uint32_t list = jsonspan_member(d, c->at, "volumeMounts");
	char shown[64], path[256];

	for (uint32_t i = jsonspan_first(d, list); i != JSONSPAN_NONE;
	     i = jsonspan_next(d, list, i)) {
		uint32_t name = jsonspan_member(d, i, "name");
		uint32_t at = jsonspan_member(d, i, "mountPath");

		if (goal_is_mount(job, c, i))
			continue;
		(void)jsonspan_show(d, name, shown, sizeof(shown));
		(void)jsonspan_show(d, at, path, sizeof(path));
		if (pod_name_begins(d, name, NAMES_PREFIX))
			return JOB_REFUSE(job, job->pod.who, REASON_VOLUME_MOUNTED, c->name, shown);
		if (c->writer >= 0 && same_path_within(d, at, PATH_CREDENTIALS))
			return JOB_REFUSE(job, job->pod.who, REASON_MOUNT_TAKEN, c->name, shown,
					  path);
	}
	return 0;
}

int goal_compare(struct job *job, struct goal *g)
{
	const struct pod *p = &job->pod;
	uint32_t index = 0;
	int decided = 0;

	for (uint32_t i = jsonspan_first(p->doc, p->volumes); i != JSONSPAN_NONE && !decided;
	     i = jsonspan_next(p->doc, p->volumes, i))
		decided = compare_volume(job, g, i, index++);
	for (size_t i = 0; i < p->n && !decided; i++)
		decided = p->all[i].ours ? compare_container(job, g, &p->all[i]) :
					   compare_mounts(job, &p->all[i]);
	return decided;
}
