/* SPDX-License-Identifier: Apache-2.0 */
#include "inject/job.h"

static const char *const static_keys[] = NAMES_STATIC_KEYS;

bool statickey_is(const struct jsonspan *doc, uint32_t entry)
{
	uint32_t name = jsonspan_member(doc, entry, "name");

	for (size_t i = 0; i < COUNTOF(static_keys); i++)
		if (jsonspan_eq(doc, name, static_keys[i]))
			return true;
	return false;
}

static int check_container(struct job *job, const struct container *c)
{
	const struct pod *p = &job->pod;

	for (size_t i = 0; i < COUNTOF(static_keys); i++) {
		if (pod_env(p, c, static_keys[i]) == JSONSPAN_NONE)
			continue;
		if (job->wish.static_key == KEY_DENY)
			return JOB_REFUSE(job, p->who, REASON_STATIC_KEY_DENIED, c->name,
					  static_keys[i]);
		if (job->wish.static_key == KEY_REMOVE && !job->observe)
			JOB_WARN(job, REASON_STATIC_KEY_REMOVED, c->name, static_keys[i]);
		else
			JOB_WARN(job, REASON_STATIC_KEY_WINS, c->name, static_keys[i]);
	}
	return 0;
}

int statickey_check(struct job *job)
{
	const struct pod *p = &job->pod;
	bool unseen = false;
	int decided = 0;

	if (job->wish.static_key == KEY_IGNORE)
		return 0;
	for (size_t i = 0; i < p->n && !decided; i++) {
		const struct container *c = &p->all[i];
		uint32_t from = jsonspan_member(p->doc, c->at, "envFrom");

		if (c->writer < 0)
			continue;
		decided = check_container(job, c);
		/* Once per pod: the advice is the same for each container. */
		if (!unseen && jsonspan_count(p->doc, from)) {
			unseen = true;
			JOB_WARN(job, REASON_ENV_FROM_UNSEEN, c->name);
		}
	}
	return decided;
}
