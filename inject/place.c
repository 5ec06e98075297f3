/* SPDX-License-Identifier: Apache-2.0 */
#include "inject/place.h"

#include <stdio.h>

#include "inject/settings.h"

#define PATH_SIZE 64

uint32_t place_of_writers(const struct job *job)
{
	uint32_t place = 0;

	for (size_t i = 0; i < job->pod.n_init; i++)
		if (strlist_has(&job->set->after, job->pod.all[i].name))
			place = job->pod.all[i].index + 1;
	return place;
}

/*
 * Are all our init containers there, as they are to be, in order, none before
 * PLACE and no consumer before them?
 */
static bool is_in_place(const struct job *job, const struct goal *g, uint32_t place)
{
	for (size_t i = 0; i < g->n_init; i++) {
		if (g->init[i].found == JSONSPAN_NONE || g->init[i].renew ||
		    g->init[i].index < place)
			return false;
		place = g->init[i].index + 1;
	}
	for (size_t i = 0; g->n_init && i < job->pod.n_init; i++)
		if (job->pod.all[i].writer >= 0 && job->pod.all[i].index < place)
			return false;
	return true;
}

/* Take ours out, the last first; returns how many stood before PLACE. */
static uint32_t lift(const struct job *job, uint32_t place, struct patch *p)
{
	uint32_t before = 0;
	char path[PATH_SIZE];

	for (size_t i = job->pod.n_init; i-- > 0;) {
		const struct container *c = &job->pod.all[i];

		if (!c->ours)
			continue;
		(void)snprintf(path, sizeof(path), "/spec/initContainers/%u/name", c->index);
		patch_test_string(p, path, c->name);
		(void)snprintf(path, sizeof(path), "/spec/initContainers/%u", c->index);
		patch_remove(p, path);
		before += c->index < place;
	}
	return before;
}

/*
 * The container as the pod has it, with what other admission filled in; as
 * rendered when it is missing, or is another config's.
 */
static const char *text_of(const struct job *job, const struct goal *g, const struct piece *c,
			   size_t *len)
{
	return c->found == JSONSPAN_NONE || c->renew ? goal_text(g, c, len) :
						       jsonspan_raw(job->pod.doc, c->found, len);
}

void place_init(const struct job *job, const struct goal *g, struct patch *p)
{
	uint32_t list = jsonspan_member(job->pod.doc, job->pod.spec, "initContainers");
	uint32_t place = place_of_writers(job);
	struct patch_list whole;
	char path[PATH_SIZE];
	size_t len;

	if (is_in_place(job, g, place))
		return;
	place -= lift(job, place, p);
	patch_list_begin(&whole, p, "/spec/initContainers", list != JSONSPAN_NONE);
	for (size_t i = 0; i < g->n_init; i++) {
		const char *text = text_of(job, g, &g->init[i], &len);

		(void)snprintf(path, sizeof(path), "/spec/initContainers/%u", place++);
		if (whole.exists)
			patch_add(p, path, text, len);
		else
			patch_list_add(&whole, text, len);
	}
	patch_list_end(&whole);
}
