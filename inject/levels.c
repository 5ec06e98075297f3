/* SPDX-License-Identifier: Apache-2.0 */
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

static void warn_unknown(struct job *job, const struct level *l, const char *key, const char *name)
{
	const char *near;

	if (job->out->n_warnings == INJECT_WARNINGS_MAX)
		return; /* ten thousand comparisons for nobody to read */
	near = annot_near(name, l->place);
	if (near)
		JOB_WARN(job, REASON_UNKNOWN_KEY_NEAR, key, near);
	else
		JOB_WARN(job, REASON_UNKNOWN_KEY, key);
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
			JOB_WARN(job, REASON_WRONG_OBJECT, key, annot_row(which)->home);
		else if (jsonspan_type(l->doc, v) != JSONSPAN_STRING)
			return JOB_REFUSE(job, l->who, REASON_POD_MALFORMED, key, "a string");
		else if (place == l->place)
			l->value[which] = v;
		else
			l->inject_label = v;
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

/* For `explain`: which object decides about each key that is set. */
static void note_decided(struct job *job)
{
	for (enum annot key = 0; key < ANNOT_STATUS; key++) {
		for (size_t i = 0; i < LEVELS; i++) {
			const struct level *l = &job->levels[i];

			if (l->value[key] != JSONSPAN_NONE)
				add_decided(job, key, l, l->noun, l->value[key]);
			else if (key == ANNOT_INJECT && l->inject_label != JSONSPAN_NONE)
				add_decided(job, key, l, "pod label", l->inject_label);
		}
	}
}

int levels_collect(struct job *job)
{
	for (size_t i = 0; i < LEVELS; i++) {
		struct level *l = &job->levels[i];
		int decided;

		for (enum annot key = 0; key < ANNOTS; key++)
			l->value[key] = JSONSPAN_NONE;
		l->inject_label = JSONSPAN_NONE;
		decided = collect(job, l, l->annotations, l->place);
		if (!decided)
			decided = collect(job, l, l->labels, l->label_place);
		if (decided)
			return decided;
	}
	note_decided(job);
	return 0;
}
