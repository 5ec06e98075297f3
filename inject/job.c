/* SPDX-License-Identifier: Apache-2.0 */
#include "inject/job.h"

#include <stdio.h>
#include <string.h>

#include "common/plain.h"

#define REFUSAL_MAX 900 /* bytes after the object's name */

int job_refuse(struct job *job, const char *who, enum reason why, const char *const *args)
{
	struct inject_result *out = job->out;

	out->verdict = INJECT_DENY;
	out->reason = why;
	buf_reset(&out->patch);
	buf_reset(&out->message);
	/* Before the API server has checked the pod's name it may be any text. */
	plain_add(&out->message, who, strlen(who));
	buf_adds(&out->message, ": ");
	reason_text(why, args, REFUSAL_MAX, &out->message);
	return 1;
}

int job_skip(struct job *job, enum reason why)
{
	job->out->verdict = INJECT_SKIP;
	job->out->reason = why;
	return 1;
}

static bool is_said(const struct inject_result *out, const char *text)
{
	for (size_t i = 0; i < out->n_warnings; i++)
		if (!strcmp(out->warnings[i].text, text))
			return true;
	return false;
}

void job_warn(struct job *job, enum reason why, const char *const *args)
{
	struct inject_result *out = job->out;
	AUTO(buf) struct buf text = { .max = sizeof(out->warnings[0].text) - 1 };

	if (out->n_warnings == INJECT_WARNINGS_MAX)
		return;
	if (out->n_warnings == INJECT_WARNINGS_MAX - 1)
		why = REASON_MORE_WARNINGS;
	reason_text(why, args, INJECT_WARNING_BYTES, &text);
	if (!text.data || is_said(out, text.data))
		return;
	out->warnings[out->n_warnings].reason = why;
	(void)snprintf(out->warnings[out->n_warnings].text, sizeof(out->warnings[0].text), "%s",
		       text.data);
	out->n_warnings++;
}

const char *job_key(const struct job *job, enum annot key, struct job_key *buf)
{
	(void)snprintf(buf->text, sizeof(buf->text), "%s/%s", job->set->prefix,
		       annot_row(key)->name);
	return buf->text;
}

const char *job_show(const struct jsonspan *doc, uint32_t v, char out[SHOWN_SIZE])
{
	static const char ellipsis[] = "\xe2\x80\xa6";

	if (jsonspan_show(doc, v, out, SHOWN_SIZE) < SHOWN_SIZE)
		return out;
	(void)jsonspan_show(doc, v, out, SHOWN_SIZE - (sizeof(ellipsis) - 1));
	return strcat(out, ellipsis);
}
