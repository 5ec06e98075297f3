/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "inject/namelist.h"
#include "inject/settings.h"
#include "inject/value.h"

#define LIST_MAX 8192 /* bytes */

static void list_federations(const struct settings *set, struct buf *out)
{
	for (size_t i = 0; i < set->n_federations; i++)
		buf_addf(out, "%s%s", i ? ", " : "", set->federations[i].name);
	if (!set->n_federations)
		buf_adds(out, "none");
}

static int choose_federation(struct job *job, unsigned char *from)
{
	char name[VALUE_MAX];
	struct job_key key;
	AUTO(buf) struct buf there = { .max = 1024 };
	int decided = value_text(job, ANNOT_FEDERATION, name, sizeof(name), "default", from);

	if (decided)
		return decided;
	job->wish.federation = settings_federation(job->set, name);
	if (job->wish.federation)
		return 0;
	list_federations(job->set, &there);
	if (*from == VALUE_NOWHERE)
		return JOB_REFUSE(job, job->pod.who, REASON_NO_DEFAULT_FEDERATION,
				  job_key(job, ANNOT_FEDERATION, &key),
				  there.data ? there.data : "");
	return JOB_REFUSE(job, job->levels[*from].who, REASON_UNKNOWN_FEDERATION,
			  job_key(job, ANNOT_FEDERATION, &key), name, there.data ? there.data : "");
}

static int choose_ids(struct job *job, unsigned char *from)
{
	struct wish *w = &job->wish;
	const struct federation *f = w->federation;
	const struct {
		enum annot key;
		char *out;
		size_t size;
		const char *preset;
	} ids[] = {
		{ ANNOT_RULE, w->rule, sizeof(w->rule), f->rule },
		{ ANNOT_ORGANIZATION, w->organization, sizeof(w->organization), f->organization },
		{ ANNOT_SERVICE_ACCOUNT, w->service_account, sizeof(w->service_account),
		  f->service_account },
		{ ANNOT_WORKSPACE, w->workspace, sizeof(w->workspace), f->workspace },
	};

	for (size_t i = 0; i < COUNTOF(ids); i++) {
		int decided = value_text(job, ids[i].key, ids[i].out, ids[i].size, ids[i].preset,
					 &from[ids[i].key]);

		if (decided)
			return decided;
	}
	return 0;
}

static int choose_mode(struct job *job)
{
	unsigned char from;
	char text[VALUE_MAX];
	int decided = value_get(job, ANNOT_MODE, text, &from);

	if (decided)
		return decided;
	job->wish.mode = job->set->mode;
	for (enum inject_mode m = 0; from != VALUE_NOWHERE && m < MODES; m++)
		if (!strcmp(text, inject_mode_name(m)))
			job->wish.mode = m;
	return 0;
}

/* The strictest of the levels counts, and the config's only when none says anything. */
static int choose_static_key(struct job *job)
{
	bool said = false;

	job->wish.static_key = KEY_IGNORE;
	for (size_t i = 0; i < LEVELS; i++) {
		const struct level *l = &job->levels[i];
		uint32_t v = l->value[ANNOT_STATIC_KEY];
		char text[VALUE_MAX];
		const char *fault;

		if (v == JSONSPAN_NONE)
			continue;
		fault = value_fault(ANNOT_STATIC_KEY, text,
				    jsonspan_str(l->doc, v, text, sizeof(text)));
		if (fault)
			return value_refuse(job, l, "annotation", ANNOT_STATIC_KEY, v, fault);
		said = true;
		for (enum static_key k = job->wish.static_key; k < STATIC_KEYS; k++)
			if (!strcmp(text, static_key_name(k)))
				job->wish.static_key = k;
	}
	if (!said)
		job->wish.static_key = job->set->static_key;
	return 0;
}

static int choose_resources(struct job *job)
{
	struct wish *w = &job->wish;
	const struct {
		enum annot key;
		char *out;
		size_t size;
	} rows[] = {
		{ ANNOT_CPU_REQUEST, w->cpu_request, sizeof(w->cpu_request) },
		{ ANNOT_MEMORY_REQUEST, w->memory_request, sizeof(w->memory_request) },
		{ ANNOT_CPU_LIMIT, w->cpu_limit, sizeof(w->cpu_limit) },
		{ ANNOT_MEMORY_LIMIT, w->memory_limit, sizeof(w->memory_limit) },
	};

	for (size_t i = 0; i < COUNTOF(rows); i++) {
		unsigned char from;
		int decided = value_text(job, rows[i].key, rows[i].out, rows[i].size, "", &from);

		if (decided)
			return decided;
	}
	return 0;
}

static int choose_numbers(struct job *job)
{
	struct wish *w = &job->wish;
	int64_t expiration = 0, assertions = 0;
	int decided = value_number(job, ANNOT_RUN_AS_USER, -1, &w->run_as_user);

	if (!decided)
		decided = value_number(job, ANNOT_TOKEN_EXPIRATION, 0, &expiration);
	if (!decided)
		decided = value_number(job, ANNOT_ASSERTIONS, 0, &assertions);
	w->token_expiration_s = (int)expiration;
	w->assertions = (int)assertions;
	return decided;
}

static int read_list(struct job *job, enum annot key, char **out)
{
	const struct level *l = &job->levels[LEVEL_POD];
	uint32_t v = l->value[key];
	AUTO(free) char *text = NULL;
	size_t len;

	if (v == JSONSPAN_NONE)
		return 0;
	(void)jsonspan_raw(l->doc, v, &len);
	if (len > LIST_MAX)
		return value_refuse(job, l, "annotation", key, v,
				    "too long; use container names with commas");
	text = malloc(len + 1);
	if (!text)
		return err_set(job->e, ERR_NOMEM, 0, "no memory for a list of containers");
	if (jsonspan_str(l->doc, v, text, len + 1) < 0 || !namelist_ok(text))
		return value_refuse(job, l, "annotation", key, v,
				    "not a list; use container names with commas");
	*out = TAKE(text);
	return 0;
}

static int read_lists(struct job *job)
{
	struct job_key a, b;
	int decided = read_list(job, ANNOT_CONTAINERS, &job->wish.containers);

	if (!decided)
		decided = read_list(job, ANNOT_SKIP_CONTAINERS, &job->wish.skip);
	if (!decided && job->wish.containers && job->wish.skip)
		return JOB_REFUSE(job, job->pod.who, REASON_LISTS_TOGETHER,
				  job_key(job, ANNOT_CONTAINERS, &a),
				  job_key(job, ANNOT_SKIP_CONTAINERS, &b));
	return decided;
}

int wish_resolve(struct job *job)
{
	unsigned char from[ANNOTS];
	int decided = choose_federation(job, &from[ANNOT_FEDERATION]);

	if (!decided)
		decided = choose_ids(job, from);
	if (!decided)
		decided = policy_check(job, from);
	if (!decided)
		decided = choose_mode(job);
	if (!decided)
		decided = choose_static_key(job);
	if (!decided)
		decided = choose_numbers(job);
	if (!decided)
		decided = choose_resources(job);
	return decided ? decided : read_lists(job);
}

void wish_fini(struct wish *w)
{
	free(w->containers);
	free(w->skip);
	*w = (struct wish){ 0 };
}
