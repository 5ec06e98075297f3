/* SPDX-License-Identifier: Apache-2.0 */
#include "inject/value.h"

#include <stdio.h>
#include <string.h>

const char *value_fault(enum annot key, const char *text, ssize_t len)
{
	/* What is too long, or not plain text, is as good as nothing: no key may be empty. */
	return annot_row(key)->check(len < 0 ? "" : text);
}

int value_refuse(struct job *job, const struct level *l, const char *kind, enum annot key,
		 uint32_t v, const char *fault)
{
	struct job_key name;
	char shown[SHOWN_SIZE];

	return JOB_REFUSE(job, l->who, REASON_BAD_VALUE, kind, job_key(job, key, &name),
			  job_show(l->doc, v, shown), fault);
}

static void warn_overridden(struct job *job, const struct level *l, enum annot key, uint32_t v,
			    const char *fault)
{
	struct job_key name;
	char shown[SHOWN_SIZE];

	JOB_WARN(job, REASON_OVERRIDDEN, l->noun, job_key(job, key, &name),
		 job_show(l->doc, v, shown), fault);
}

int value_get(struct job *job, enum annot key, char out[VALUE_MAX], unsigned char *from)
{
	*from = VALUE_NOWHERE;
	out[0] = '\0';
	for (unsigned char i = 0; i < LEVELS; i++) {
		const struct level *l = &job->levels[i];
		uint32_t v = l->value[key];
		char text[VALUE_MAX];
		ssize_t len;
		const char *fault;

		if (v == JSONSPAN_NONE)
			continue;
		len = jsonspan_str(l->doc, v, text, sizeof(text));
		fault = value_fault(key, text, len);
		if (*from != VALUE_NOWHERE && fault)
			warn_overridden(job, l, key, v, fault);
		if (*from != VALUE_NOWHERE)
			continue;
		if (fault)
			return value_refuse(job, l, "annotation", key, v, fault);
		memcpy(out, text, (size_t)len + 1);
		*from = i;
	}
	return 0;
}

int value_text(struct job *job, enum annot key, char *out, size_t size, const char *preset,
	       unsigned char *from)
{
	char text[VALUE_MAX];
	int decided = value_get(job, key, text, from);

	if (!decided)
		(void)snprintf(out, size, "%.*s", (int)size - 1,
			       *from == VALUE_NOWHERE ? preset : text);
	return decided;
}

int value_number(struct job *job, enum annot key, int64_t preset, int64_t *out)
{
	unsigned char from;
	char text[VALUE_MAX];
	int decided = value_get(job, key, text, &from);

	if (!decided)
		*out = from == VALUE_NOWHERE ? preset : annot_number(text, 0, INT32_MAX);
	return decided;
}
