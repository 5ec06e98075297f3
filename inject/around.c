/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "inject/job.h"

#define OBJECT_VALUES_MAX (1u << 17)
#define NAME_SIZE 256

/*
 * The pod's ServiceAccount. Source: Kubernetes PodSpec, serviceAccountName; the
 * deprecated serviceAccount counts where it is alone, "default" where none is.
 */
static void account_name(const struct pod *p, char out[NAME_SIZE])
{
	static const char *const fields[] = { "serviceAccountName", "serviceAccount" };

	for (size_t i = 0; i < COUNTOF(fields); i++)
		if (jsonspan_str(p->doc, jsonspan_member(p->doc, p->spec, fields[i]), out,
				 NAME_SIZE) > 0)
			return;
	(void)snprintf(out, NAME_SIZE, "default");
}

/* Who LEVEL's object is: into `wanted`, and into the level for messages. */
static enum inject_kind identify(struct job *job, struct level *l, enum level_kind level)
{
	struct inject_result *out = job->out;
	const char *namespace_ = job->pod.namespace_;

	if (level == LEVEL_NAMESPACE) {
		l->noun = "Namespace";
		l->place = ON_NAMESPACE;
		l->label_place = ON_NAMESPACE_LABEL;
		out->wanted.namespace_[0] = '\0';
		(void)snprintf(out->wanted.name, sizeof(out->wanted.name), "%s", namespace_);
		(void)snprintf(l->who, sizeof(l->who), "Namespace %s", namespace_);
		return INJECT_NAMESPACE;
	}
	l->noun = "ServiceAccount";
	l->place = ON_SERVICE_ACCOUNT;
	l->label_place = 0;
	(void)snprintf(out->wanted.namespace_, sizeof(out->wanted.namespace_), "%s", namespace_);
	account_name(&job->pod, out->wanted.name);
	(void)snprintf(l->who, sizeof(l->who), "ServiceAccount %s%s%s", namespace_,
		       namespace_[0] ? "/" : "", out->wanted.name);
	return INJECT_SERVICE_ACCOUNT;
}

static int undecided(struct job *job, const struct level *l, const struct inject_object *o)
{
	const char *const args[] = { o->why ? o->why : "no answer", NULL };

	if (o->known == INJECT_MISSING) {
		buf_reset(&job->out->message);
		job->out->verdict = INJECT_ASK;
		return 1;
	}
	(void)job_refuse(job, l->who, REASON_OBJECT_UNKNOWN, args);
	job->out->verdict = INJECT_RETRY;
	return 1;
}

static int read_object(struct job *job, struct level *l, const struct inject_object *o)
{
	uint32_t metadata;

	jsonspan_init(&l->own, OBJECT_VALUES_MAX, JSONSPAN_DEPTH_MAX);
	if (jsonspan_parse(&l->own, o->text, o->len, job->e))
		return err_wrap(job->e, "%s", l->who);
	l->doc = &l->own;
	metadata = jsonspan_member(l->doc, 0, "metadata");
	l->annotations = jsonspan_member(l->doc, metadata, "annotations");
	l->labels = jsonspan_member(l->doc, metadata, "labels");
	return 0;
}

/* Its label counts before anything is refused: an observed Namespace refuses nothing. */
static void look_at_label(struct job *job, const struct level *l)
{
	job->observe = jsonspan_eq(l->doc, l->ask_label, "observe");
}

int around_open(struct job *job, enum level_kind level)
{
	struct level *l = &job->levels[level];
	enum inject_kind kind = identify(job, l, level);
	struct inject_object o = { .known = INJECT_BARE };
	int decided;

	if (job->around)
		job->around->find(job->around->ctx, kind, job->out->wanted.namespace_,
				  job->out->wanted.name, &o);
	job->out->wanted.kind = kind;
	if (o.known == INJECT_MISSING || o.known == INJECT_UNKNOWN)
		return undecided(job, l, &o);
	if (o.known == INJECT_BARE)
		return 0;
	if (read_object(job, l, &o))
		return -1;
	decided = levels_collect(job, level);
	if (level == LEVEL_NAMESPACE)
		look_at_label(job, l);
	return decided;
}
