/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "inject/former.h"
#include "inject/namelist.h"
#include "inject/settings.h"
#include "inject/vars.h"

#define DEFAULT_CONTAINER "kubectl.kubernetes.io/default-container"

/* Does the container mount a volume of ours? */
static bool is_marked(const struct pod *p, const struct container *c)
{
	uint32_t list = jsonspan_member(p->doc, c->at, "volumeMounts");

	for (uint32_t i = jsonspan_first(p->doc, list); i != JSONSPAN_NONE;
	     i = jsonspan_next(p->doc, list, i))
		if (pod_name_begins(p->doc, jsonspan_member(p->doc, i, "name"), NAMES_PREFIX))
			return true;
	return false;
}

/* May the container be chosen when `containers` does not say which? */
static bool is_candidate(const struct job *job, const struct container *c)
{
	return !c->ours && !strlist_match(&job->set->skip_containers, c->name) &&
	       !(job->wish.skip && namelist_has(job->wish.skip, c->name));
}

/* Has C ended before there can be credentials? */
static bool runs_before(const struct job *job, const struct container *c)
{
	return job->wish.mode != MODE_ENV && c->init && c->index < place_of_writers(job);
}

bool consumers_served(const struct job *job, const struct container *c)
{
	return is_candidate(job, c) && is_marked(&job->pod, c) && !vars_own_profile(&job->pod, c) &&
	       !runs_before(job, c);
}

/* Was one of those with the identity ID? */
static bool any_served(const struct job *job, const struct identity *id)
{
	const struct pod *p = &job->pod;
	struct identity other;

	for (size_t i = 0; i < p->n; i++) {
		other = identity_of(p, &p->all[i], job->wish.run_as_user);
		if (consumers_served(job, &p->all[i]) && identity_same(p, id, &other))
			return true;
	}
	return false;
}

/* The first ordinary container that may be chosen; AGAIN: and that was served before. */
static const struct container *first_of(const struct job *job, bool again)
{
	const struct pod *p = &job->pod;
	uint32_t named = jsonspan_member(p->doc, p->annotations, DEFAULT_CONTAINER);
	const struct container *first = NULL;

	for (size_t i = p->n_init; i < p->n; i++) {
		const struct container *c = &p->all[i];

		if (!is_candidate(job, c) ||
		    (again && !consumers_served(job, c) && !former_served(job->former, c->name)))
			continue;
		if (jsonspan_eq(p->doc, named, c->name))
			return c;
		if (!first)
			first = c;
	}
	return first;
}

/*
 * The container whose user is served. In a pod that is injected already it is
 * one of those that were chosen then: another webhook may have put a container
 * of its own first in the meantime.
 */
static const struct container *primary(const struct job *job)
{
	const struct container *c = first_of(job, true);

	return c ? c : first_of(job, false);
}

static void warn_unknown(struct job *job, enum annot key, const char *name)
{
	struct job_key buf;

	JOB_WARN(job, REASON_UNKNOWN_CONTAINER, job_key(job, key, &buf), name);
}

/* The writer for identity ID, a new one if need be; -1 when there are too many. */
static int writer_for(struct job *job, const struct container *c, const struct identity *id)
{
	struct writer *w;

	for (size_t i = 0; i < job->n_writers; i++)
		if (identity_same(&job->pod, &job->writers[i].identity, id))
			return (int)i;
	if (job->n_writers == WRITERS_MAX)
		return -1;
	w = &job->writers[job->n_writers];
	*w = (struct writer){ .model = c, .identity = *id };
	if (job->n_writers)
		(void)snprintf(w->suffix, sizeof(w->suffix), "-%zu", job->n_writers + 1);
	return (int)job->n_writers++;
}

/* Give C credentials, unless it has a profile of its own. */
static int serve(struct job *job, struct container *c)
{
	struct identity id = identity_of(&job->pod, c, job->wish.run_as_user);
	const char *own = vars_own_profile(&job->pod, c);
	char most[12];
	struct job_key key;

	if (own) {
		JOB_WARN(job, REASON_OWN_PROFILE, c->name, own);
		return 0;
	}
	if (runs_before(job, c)) {
		JOB_WARN(job, REASON_RUNS_BEFORE, c->name);
		return 0;
	}
	if (id.uid < 0 && (jsonspan_type(job->pod.doc, id.image) != JSONSPAN_STRING ||
			   jsonspan_eq(job->pod.doc, id.image, "")))
		return JOB_REFUSE(job, job->pod.who, REASON_POD_MALFORMED, c->name,
				  "a container with an image or runAsUser");
	if (job->wish.mode == MODE_ENV)
		id = (struct identity){ .uid = 0 }; /* one token file, readable by every uid */
	c->writer = writer_for(job, c, &id);
	(void)snprintf(most, sizeof(most), "%d", WRITERS_MAX);
	if (c->writer < 0)
		return JOB_REFUSE(job, job->pod.who, REASON_TOO_MANY_IDENTITIES,
				  job_key(job, ANNOT_CONTAINERS, &key), most);
	job->n_consumers++;
	return 0;
}

/* Serve those that `containers` names; its order numbers the writers. */
static int serve_named(struct job *job)
{
	const char *list = job->wish.containers;
	char name[NAMELIST_NAME];
	int decided = 0;

	while (!decided && namelist_next(&list, name)) {
		struct container *c = pod_container(&job->pod, name);

		if (!c || c->ours)
			warn_unknown(job, ANNOT_CONTAINERS, name);
		else if (c->writer < 0)
			decided = serve(job, c);
	}
	return decided;
}

static void warn_unknown_skips(struct job *job)
{
	const char *list = job->wish.skip;
	char name[NAMELIST_NAME];

	while (list && namelist_next(&list, name))
		if (!pod_container(&job->pod, name))
			warn_unknown(job, ANNOT_SKIP_CONTAINERS, name);
}

/*
 * The container whose user warnings name: PRIMARY, or where that brings its own
 * profile, the one that primary() will find when the webhook is asked again.
 */
static const struct container *shown_primary(const struct job *job, const struct container *primary)
{
	const struct pod *p = &job->pod;
	struct identity id = identity_of(p, primary, job->wish.run_as_user), other;

	for (size_t i = p->n_init; i < p->n && vars_own_profile(p, primary); i++) {
		const struct container *c = &p->all[i];

		if (!is_candidate(job, c) || vars_own_profile(p, c))
			continue;
		other = identity_of(p, c, job->wish.run_as_user);
		if (identity_same(p, &id, &other))
			return c;
	}
	return primary;
}

/* Serve the primary container and all others of its user. */
static int serve_default(struct job *job)
{
	struct pod *p = &job->pod;
	const struct container *first = primary(job);
	struct identity id, other;
	struct job_key key;
	int decided = 0;
	bool again;

	warn_unknown_skips(job);
	if (!first)
		return 0;
	id = identity_of(p, first, job->wish.run_as_user);
	again = any_served(job, &id);
	first = shown_primary(job, first);
	job_key(job, ANNOT_CONTAINERS, &key);
	for (size_t i = 0; i < p->n && !decided; i++) {
		struct container *c = &p->all[(i + p->n_init) % p->n];

		if (!is_candidate(job, c))
			continue;
		other = identity_of(p, c, job->wish.run_as_user);
		if (!identity_same(p, &id, &other))
			JOB_WARN(job, REASON_OTHER_IDENTITY, c->name, first->name, key.text);
		else if (again && !is_marked(p, c) && !vars_own_profile(p, c) &&
			 !runs_before(job, c))
			JOB_WARN(job, REASON_LATE_CONTAINER, c->name, key.text);
		else
			decided = serve(job, c);
	}
	return decided;
}

int consumers_choose(struct job *job)
{
	struct job_key key;
	size_t users = 0;
	int decided;

	for (size_t i = job->pod.n_init; i < job->pod.n; i++)
		users += !job->pod.all[i].ours;
	if (!users)
		return JOB_REFUSE(job, job->pod.who, REASON_NO_CONTAINERS, NULL);
	decided = job->wish.containers ? serve_named(job) : serve_default(job);
	if (decided || job->n_consumers)
		return decided;
	JOB_WARN(job, REASON_NOTHING_TO_INJECT,
		 job->wish.containers ? "of those named" : "each is skipped or brings a profile",
		 job_key(job, ANNOT_CONTAINERS, &key));
	return job_skip(job, REASON_NO_CONSUMER);
}
