/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/controller/events_stand.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

void stand_open(struct stand *s)
{
	*s = (struct stand){ .body = NULL };
	still_open(&s->still, open("/dev/null", O_WRONLY | O_CLOEXEC));
	events_init(&s->events, &s->still.log, "pod-1");
	buf_init(&s->write.path, 1 << 16);
	buf_init(&s->write.body, 1 << 16);
	s->about = (struct review){
		.namespace_ = "team-a", .decision = REVIEW_DENIED,
		.reason = REASON_BAD_VALUE,
		.owner = { "apps/v1", "ReplicaSet", "web-5d9", "11-22" },
		.message = "pod team-a/web-5d9-*: annotation \"x\": use 1..12",
	};
}

void stand_close(struct stand *s)
{
	events_fini(&s->events);
	buf_fini(&s->write.path);
	buf_fini(&s->write.body);
	json_decref(s->body);
	still_close(&s->still);
}

void stand_deny(struct stand *s, const char *name)
{
	(void)snprintf(s->about.owner.name, sizeof(s->about.owner.name), "%s", name);
	events_denied(&s->events, &s->about);
}

void stand_deny_many(struct stand *s, int i)
{
	char name[32];

	(void)snprintf(s->about.namespace_, sizeof(s->about.namespace_), "team-%d",
		       i / EVENTS_NAMESPACE_MAX);
	(void)snprintf(name, sizeof(name), "web-%d", i);
	stand_deny(s, name);
}

bool stand_writes(struct stand *s, int status)
{
	buf_reset(&s->write.path);
	buf_reset(&s->write.body);
	if (!events_next(&s->events, &s->write))
		return false;
	json_decref(s->body);
	s->body = json_loadb(s->write.body.data, s->write.body.len, JSON_REJECT_DUPLICATES, NULL);
	cr_assert(s->body != NULL, "not JSON: %s", s->write.body.data);
	events_done(&s->events, status, "why");
	return true;
}

const char *stand_member(const struct stand *s, const char *key)
{
	const char *text = json_string_value(json_object_get(s->body, key));

	return text ? text : "";
}

int stand_count(const struct stand *s)
{
	return (int)json_integer_value(json_object_get(s->body, "count"));
}
