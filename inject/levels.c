/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "inject/job.h"

#define SHOWN 400 /* bytes of a key that messages may show */

/* The name after "PREFIX/" when KEY is one of ours, else NULL. */
static const char *our_name(const struct job *job, const char *key)
{
	size_t n = strlen(job->set->prefix);

	if (strncmp(key, job->set->prefix, n) != 0 || key[n] != '/')
		return NULL;
	return key + n + 1;
}

/* KEY for a warning: with the object where it is not the pod. */
static const char *shown_key(const struct level *l, const char *key, char *out, size_t size)
{
	if (l->place == ON_POD)
		return key;
	(void)snprintf(out, size, "%s of the %s", key, l->noun);
	return out;
}

static void warn_unknown(struct job *job, const struct level *l, const char *key, const char *name)
{
	char shown[SHOWN + 40];
	const char *near;

	if (job->out->n_warnings == INJECT_WARNINGS_MAX)
		return; /* ten thousand comparisons for nobody to read */
	near = annot_near(name, l->place);
	key = shown_key(l, key, shown, sizeof(shown));
	if (near)
		JOB_WARN(job, REASON_UNKNOWN_KEY_NEAR, key, near);
	else
		JOB_WARN(job, REASON_UNKNOWN_KEY, key);
}

static void warn_elsewhere(struct job *job, const struct level *l, const char *key,
			   enum annot which)
{
	char shown[SHOWN + 40];

	JOB_WARN(job, REASON_WRONG_OBJECT, shown_key(l, key, shown, sizeof(shown)),
		 annot_row(which)->home);
}

/*
 * Walk MAP (annotations or labels) for our keys; PLACE says which of the two.
 * The last of equal keys counts.
 */
static int collect(struct job *job, struct level *l, uint32_t map, unsigned place)
{
	char key[SHOWN];

	for (uint32_t i = jsonspan_first(l->doc, map); i != JSONSPAN_NONE;
	     i = jsonspan_next(l->doc, map, i)) {
		uint32_t v = jsonspan_of(l->doc, i);
		const char *name;
		enum annot which;

		(void)jsonspan_show(l->doc, i, key, sizeof(key));
		name = our_name(job, key);
		if (!name)
			continue;
		which = annot_find(name);
		if (which == ANNOTS)
			warn_unknown(job, l, key, name);
		else if (!(annot_row(which)->places & place))
			warn_elsewhere(job, l, key, which);
		else if (jsonspan_type(l->doc, v) != JSONSPAN_STRING)
			return JOB_REFUSE(job, l->who, REASON_POD_MALFORMED, key,
					  "a string in quotes");
		else if (place == l->place)
			l->value[which] = v;
		else
			l->ask_label = v;
	}
	return 0;
}

static void add_decided(struct job *job, enum annot key, const struct level *l,
			const char *level, uint32_t v)
{
	struct inject_result *out = job->out;
	size_t i = out->n_decided;

	if (i == INJECT_DECIDED_MAX || (i && out->decided[i - 1].key == annot_row(key)->name))
		return;
	out->decided[i].key = annot_row(key)->name;
	out->decided[i].level = level;
	(void)job_show(l->doc, v, out->decided[i].value);
	out->n_decided++;
}

void levels_note(struct job *job)
{
	static const struct {
		enum annot key;
		const char *level;
	} asks[LEVELS] = { [LEVEL_POD] = { ANNOT_INJECT, "pod label" },
			   [LEVEL_SERVICE_ACCOUNT] = { ANNOTS, NULL },
			   [LEVEL_NAMESPACE] = { ANNOT_INJECTION, "Namespace label" } };

	for (enum annot key = 0; key < ANNOT_STATUS; key++) {
		for (size_t i = 0; i < LEVELS; i++) {
			const struct level *l = &job->levels[i];

			if (l->value[key] != JSONSPAN_NONE)
				add_decided(job, key, l, l->noun, l->value[key]);
			else if (key == asks[i].key && l->ask_label != JSONSPAN_NONE)
				add_decided(job, key, l, asks[i].level, l->ask_label);
		}
	}
}

void levels_init(struct job *job)
{
	for (size_t i = 0; i < LEVELS; i++) {
		struct level *l = &job->levels[i];

		*l = (struct level){ .noun = "", .doc = job->pod.doc,
				     .annotations = JSONSPAN_NONE, .labels = JSONSPAN_NONE,
				     .ask_label = JSONSPAN_NONE };
		for (enum annot key = 0; key < ANNOTS; key++)
			l->value[key] = JSONSPAN_NONE;
	}
}

void levels_fini(struct job *job)
{
	for (size_t i = 0; i < LEVELS; i++)
		jsonspan_fini(&job->levels[i].own);
}

int levels_collect(struct job *job, enum level_kind kind)
{
	struct level *l = &job->levels[kind];
	int decided = collect(job, l, l->annotations, l->place);

	return decided ? decided : collect(job, l, l->labels, l->label_place);
}
