/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "controller/events.h"
#include "tests/support/leaks.h"
#include "tests/support/text.h"

/* Events, the clocks they go by, and the last write that they wanted. */
struct stand {
	struct sys_ops ops;
	struct sys sys;
	struct log log;
	struct events events;
	struct review about;
	struct mono mono;
	struct events_write write;
	json_t *body;
};

static struct mono boot_now(struct sys *sys)
{
	const struct stand *s = sys->ctx;

	return s->mono;
}

static struct wall wall_now(struct sys *sys)
{
	const struct stand *s = sys->ctx;

	return (struct wall){ 1763836800 + s->mono.ns / NS_PER_S };
}

static void open_stand(struct stand *s)
{
	struct sys real = sys_real();

	*s = (struct stand){ .ops = *real.ops };
	s->ops.boot_now = boot_now;
	s->ops.wall_now = wall_now;
	s->sys = (struct sys){ .ops = &s->ops, .ctx = s };
	log_init(&s->log, &s->sys, open("/dev/null", O_WRONLY | O_CLOEXEC), LOG_LEVEL_INFO);
	events_init(&s->events, &s->log, "pod-1");
	buf_init(&s->write.path, 1 << 16);
	buf_init(&s->write.body, 1 << 16);
	s->about = (struct review){
		.namespace_ = "team-a", .decision = REVIEW_DENIED,
		.reason = REASON_BAD_VALUE,
		.owner = { "apps/v1", "ReplicaSet", "web-5d9", "11-22" },
		.message = "pod team-a/web-5d9-*: annotation \"x\": use 1..12",
	};
}

static void close_stand(struct stand *s)
{
	events_fini(&s->events);
	buf_fini(&s->write.path);
	buf_fini(&s->write.body);
	json_decref(s->body);
	(void)close(s->log.fd);
}

/* Deny a pod of the owner called NAME. */
static void deny(struct stand *s, const char *name)
{
	(void)snprintf(s->about.owner.name, sizeof(s->about.owner.name), "%s", name);
	events_denied(&s->events, &s->about);
}

/* Deny a pod of the owner number I, in namespaces that are filled one after the other. */
static void deny_many(struct stand *s, int i)
{
	char name[32];

	(void)snprintf(s->about.namespace_, sizeof(s->about.namespace_), "team-%d",
		       i / EVENTS_NAMESPACE_MAX);
	(void)snprintf(name, sizeof(name), "web-%d", i);
	deny(s, name);
}

static void pass_ms(struct stand *s, int64_t ms)
{
	s->mono = mono_add_ms(s->mono, ms);
}

/* Is there something to write? It is answered with STATUS. */
static bool writes(struct stand *s, int status)
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

static const char *member(const struct stand *s, const char *key)
{
	const char *text = json_string_value(json_object_get(s->body, key));

	return text ? text : "";
}

static int count(const struct stand *s)
{
	return (int)json_integer_value(json_object_get(s->body, "count"));
}

Test(events, tells_the_owner_what_was_refused_and_why)
{
	struct stand s;
	const json_t *owner;

	open_stand(&s);
	deny(&s, "web-5d9");
	cr_assert(writes(&s, 201));
	cr_expect(eq(str, TEXT(s.write.method), TEXT("POST")));
	cr_expect(eq(str, s.write.path.data, TEXT("/api/v1/namespaces/team-a/events")));
	cr_expect(eq(str, TEXT(member(&s, "reason")), TEXT("BadValue")));
	cr_expect(eq(str, TEXT(member(&s, "type")), TEXT("Warning")));
	cr_expect(eq(str, TEXT(member(&s, "message")), s.about.message));
	cr_expect(eq(str, TEXT(member(&s, "firstTimestamp")), TEXT("2025-11-22T18:40:00Z")));
	cr_expect(eq(str, TEXT(member(&s, "lastTimestamp")), TEXT("2025-11-22T18:40:00Z")));
	cr_expect(eq(str, TEXT(member(&s, "reportingInstance")), TEXT("pod-1")));
	cr_expect(eq(int, count(&s), 1));
	owner = json_object_get(s.body, "involvedObject");
	cr_expect(eq(str, TEXT(json_string_value(json_object_get(owner, "kind"))),
		     TEXT("ReplicaSet")));
	cr_expect(eq(str, TEXT(json_string_value(json_object_get(owner, "uid"))), TEXT("11-22")));
	cr_expect(eq(str, TEXT(json_string_value(json_object_get(owner, "namespace"))),
		     TEXT("team-a")));
	cr_expect(not(writes(&s, 200)), "told once");
	close_stand(&s);
	NO_LEAKS();
}

Test(events, of_one_owner_and_reason_are_one_event_that_counts)
{
	struct stand s;

	open_stand(&s);
	deny(&s, "web-5d9");
	cr_assert(writes(&s, 201));
	for (int i = 0; i < 500; i++)
		deny(&s, "web-5d9");
	pass_ms(&s, EVENTS_AGAIN_MS - 1);
	cr_expect(not(writes(&s, 200)), "not so soon again");
	pass_ms(&s, 1);
	cr_assert(writes(&s, 200));
	cr_expect(eq(str, TEXT(s.write.method), TEXT("PATCH")));
	cr_expect(eq(str, TEXT(s.write.content_type), TEXT("application/merge-patch+json")));
	cr_expect(strstr(s.write.path.data, "/api/v1/namespaces/team-a/events/web-5d9.") ==
		  s.write.path.data);
	cr_expect(eq(int, count(&s), 501));
	cr_expect(eq(sz, json_object_size(s.body), 3));
	s.about.reason = REASON_INJECT_TWICE;
	deny(&s, "web-5d9");
	cr_assert(writes(&s, 201));
	cr_expect(eq(str, TEXT(s.write.method), TEXT("POST")), "another reason is another Event");
	close_stand(&s);
	NO_LEAKS();
}

Test(events, of_all_owners_together_are_held_to_a_rate)
{
	struct stand s;
	int n = 0;

	open_stand(&s);
	for (int i = 0; i < EVENTS_MAX; i++)
		deny_many(&s, i);
	while (writes(&s, 201))
		n++;
	cr_expect(eq(int, n, EVENTS_BURST));
	pass_ms(&s, 3000);
	while (writes(&s, 201))
		n++;
	cr_expect(eq(int, n, EVENTS_BURST + 3));
	close_stand(&s);
	NO_LEAKS();
}

Test(events, keep_to_their_memory_and_make_room_when_a_series_rests)
{
	struct stand s;

	open_stand(&s);
	for (int i = 0; i < EVENTS_MAX + 5; i++)
		deny_many(&s, i);
	cr_expect(eq(u64, s.events.dropped, 5));
	for (int i = 0; i < EVENTS_MAX; i++) {
		cr_assert(writes(&s, 201));
		pass_ms(&s, 1000);
	}
	pass_ms(&s, EVENTS_REST_MS);
	deny(&s, "late");
	cr_expect(eq(u64, s.events.dropped, 5));
	cr_assert(writes(&s, 201));
	close_stand(&s);
	NO_LEAKS();
}

Test(events, none_for_a_dry_run_or_without_a_proper_owner)
{
	struct stand s;

	open_stand(&s);
	s.about.dry_run = true;
	deny(&s, "web-5d9");
	s.about.dry_run = false;
	deny(&s, "../../secrets");
	(void)strcpy(s.about.namespace_, "a/b");
	deny(&s, "web-5d9");
	(void)strcpy(s.about.namespace_, "team-a");
	s.about.owner = (struct owner){ .kind = "" };
	events_denied(&s.events, &s.about);
	cr_expect(not(writes(&s, 201)));
	close_stand(&s);
	NO_LEAKS();
}

Test(events, one_that_was_forgotten_by_the_API_server_is_made_anew)
{
	struct stand s;

	open_stand(&s);
	deny(&s, "web-5d9");
	cr_assert(writes(&s, 201));
	pass_ms(&s, EVENTS_AGAIN_MS);
	deny(&s, "web-5d9");
	cr_assert(writes(&s, 404));
	cr_expect(eq(str, TEXT(s.write.method), TEXT("PATCH")));
	cr_assert(writes(&s, 201));
	cr_expect(eq(str, TEXT(s.write.method), TEXT("POST")));
	cr_expect(eq(int, count(&s), 2));
	cr_expect(not(writes(&s, 201)));
	close_stand(&s);
	NO_LEAKS();
}

Test(events, one_that_is_refused_waits_for_the_next_refusal)
{
	struct stand s;

	open_stand(&s);
	deny(&s, "web-5d9");
	cr_assert(writes(&s, 404)); /* its Namespace is gone */
	pass_ms(&s, 2 * EVENTS_AGAIN_MS);
	cr_expect(not(writes(&s, 201)));
	cr_expect(eq(u64, s.events.failed, 1));
	deny(&s, "web-5d9");
	cr_assert(writes(&s, 0));
	cr_expect(eq(str, TEXT(s.write.method), TEXT("POST")));
	cr_expect(eq(u64, s.events.failed, 2));
	close_stand(&s);
	NO_LEAKS();
}

Test(events, one_that_fails_for_now_is_tried_again_and_not_doubled)
{
	static const int passing[] = { 0, 429, 500, 503 };

	for (size_t i = 0; i < COUNTOF(passing); i++) {
		struct stand s;

		open_stand(&s);
		deny(&s, "web-5d9");
		cr_assert(writes(&s, passing[i]));
		cr_expect(not(writes(&s, 200)), "not at once");
		pass_ms(&s, EVENTS_AGAIN_MS);
		cr_assert(writes(&s, 200), "%d", passing[i]);
		cr_expect(eq(str, TEXT(s.write.method), TEXT("PATCH")), "it may be there");
		deny(&s, "web-5d9");
		pass_ms(&s, EVENTS_AGAIN_MS);
		cr_assert(writes(&s, passing[i]));
		pass_ms(&s, EVENTS_AGAIN_MS);
		cr_assert(writes(&s, 404));
		cr_assert(writes(&s, 201), "it was not there");
		cr_expect(eq(str, TEXT(s.write.method), TEXT("POST")));
		cr_expect(eq(int, count(&s), 2));
		cr_expect(not(writes(&s, 200)));
		close_stand(&s);
	}
	NO_LEAKS();
}

Test(events, one_that_fails_for_long_gives_its_place_up)
{
	struct stand s;

	open_stand(&s);
	for (int i = 0; i < EVENTS_MAX; i++) {
		deny_many(&s, i);
		cr_assert(writes(&s, 500));
		pass_ms(&s, 1000);
	}
	deny_many(&s, EVENTS_MAX);
	cr_expect(eq(u64, s.events.dropped, 1));
	pass_ms(&s, EVENTS_REST_MS);
	deny_many(&s, EVENTS_MAX);
	cr_expect(eq(u64, s.events.dropped, 1));
	close_stand(&s);
	NO_LEAKS();
}

Test(events, of_one_namespace_leave_room_for_the_others)
{
	struct stand s;
	char name[32];

	open_stand(&s);
	for (int i = 0; i < EVENTS_MAX; i++) {
		(void)snprintf(name, sizeof(name), "web-%d", i);
		deny(&s, name);
	}
	cr_expect(eq(u64, s.events.dropped, EVENTS_MAX - EVENTS_NAMESPACE_MAX));
	deny(&s, "web-0");
	(void)strcpy(s.about.namespace_, "team-b");
	deny(&s, "web-0");
	cr_expect(eq(u64, s.events.dropped, EVENTS_MAX - EVENTS_NAMESPACE_MAX));
	close_stand(&s);
	NO_LEAKS();
}

Test(events, a_long_name_still_makes_a_name)
{
	struct stand s;
	char name[254];

	open_stand(&s);
	memset(name, 'a', sizeof(name) - 1);
	for (size_t i = 50; i < 240; i += 50)
		name[i] = '.';
	memset(name + 225, '-', 20); /* where it is cut */
	name[253] = '\0';
	deny(&s, name);
	cr_assert(writes(&s, 201));
	cr_expect(eq(sz, strlen(json_string_value(json_object_get(
				 json_object_get(s.body, "metadata"), "name"))), 225 + 17));
	close_stand(&s);
	NO_LEAKS();
}

/* --- what every replica sees --- */

/* A writer of the owner called NAME ended: SHARED. */
static void end_writer(struct stand *s, const char *namespace_, const char *name, uint64_t shared)
{
	(void)snprintf(s->about.owner.name, sizeof(s->about.owner.name), "%s", name);
	events_note(&s->events, &(struct events_news){ .namespace_ = namespace_,
						       .message = "pod web-1: \"WriterDenied: \xe2\x82\xac",
						       .owner = &s->about.owner,
						       .reason = "WriterDenied",
						       .shared = shared });
}

static const char *name_of(const struct stand *s)
{
	return json_string_value(json_object_get(json_object_get(s->body, "metadata"), "name"));
}

Test(events, two_replicas_tell_one_and_the_first_goes_on)
{
	struct stand a, b;

	open_stand(&a);
	open_stand(&b);
	end_writer(&a, "team-a", "web-5d9", 0x2a);
	end_writer(&b, "team-a", "web-5d9", 0x2a);
	cr_assert(writes(&a, 201));
	cr_expect(eq(str, TEXT(member(&a, "reason")), TEXT("WriterDenied")));
	cr_expect(eq(str, TEXT(name_of(&a)), TEXT("web-5d9.000000000000002a")));
	cr_assert(writes(&b, 409));
	cr_expect(eq(str, TEXT(name_of(&b)), TEXT("web-5d9.000000000000002a")));
	cr_expect(eq(u64, b.events.failed, 0));
	cr_expect(eq(u64, a.events.written, 1));
	for (int i = 0; i < 3; i++) {
		end_writer(&a, "team-a", "web-5d9", 0x2a);
		end_writer(&b, "team-a", "web-5d9", 0x2a);
	}
	pass_ms(&a, EVENTS_AGAIN_MS);
	pass_ms(&b, EVENTS_AGAIN_MS);
	cr_assert(writes(&a, 200));
	cr_expect(eq(str, TEXT(a.write.method), TEXT("PATCH")));
	cr_expect(eq(int, count(&a), 4));
	cr_expect(not(writes(&b, 200)), "the other one tells it");
	end_writer(&b, "team-a", "web-5d9", 0x2b);
	cr_assert(writes(&b, 201), "what comes later is told anew");
	cr_expect(eq(str, TEXT(name_of(&b)), TEXT("web-5d9.000000000000002b")));
	close_stand(&a);
	close_stand(&b);
	NO_LEAKS();
}

/* A refusal is this replica's alone: a name that is taken is a failure. */
Test(events, a_conflict_of_what_is_not_shared_is_a_failure)
{
	struct stand s;

	open_stand(&s);
	deny(&s, "web-5d9");
	cr_assert(writes(&s, 409));
	cr_expect(eq(u64, s.events.failed, 1));
	end_writer(&s, "team-a", "web-5d9", 7);
	cr_assert(writes(&s, 500));
	pass_ms(&s, EVENTS_AGAIN_MS);
	cr_assert(writes(&s, 409), "of a change");
	cr_expect(eq(u64, s.events.failed, 3));
	end_writer(&s, "team-a", "web-5d9", 7);
	pass_ms(&s, EVENTS_AGAIN_MS);
	cr_assert(writes(&s, 201));
	cr_expect(eq(str, TEXT(s.write.method), TEXT("POST")));
	close_stand(&s);
	NO_LEAKS();
}

Test(events, of_writers_leave_room_for_refusals)
{
	struct stand s;
	char namespace_[16];

	open_stand(&s);
	for (int i = 0; i < EVENTS_MAX; i++) {
		(void)snprintf(namespace_, sizeof(namespace_), "n-%d", i / 4);
		end_writer(&s, namespace_, "web", (uint64_t)i + 1);
	}
	cr_expect(eq(u64, s.events.dropped, EVENTS_MAX - EVENTS_SHARED_MAX));
	for (int i = 0; i < EVENTS_MAX - EVENTS_SHARED_MAX; i++)
		deny_many(&s, i);
	cr_expect(eq(u64, s.events.dropped, EVENTS_MAX - EVENTS_SHARED_MAX));
	close_stand(&s);
	NO_LEAKS();
}

Test(events, a_message_is_cut_between_characters_and_escaped)
{
	struct stand s;
	char text[2048] = "\"\\ \x1b";

	open_stand(&s);
	for (size_t i = 0; i < 600; i++)
		(void)strcat(text, "\xe2\x82\xac");
	events_note(&s.events, &(struct events_news){ .namespace_ = "n", .message = text,
						      .owner = &s.about.owner, .reason = "Error" });
	cr_assert(writes(&s, 201));
	cr_expect(eq(sz, strlen(member(&s, "message")), 4 + 1020 - 1020 % 3));
	cr_expect(strncmp(member(&s, "message"), text, strlen(member(&s, "message"))) == 0);
	close_stand(&s);
	NO_LEAKS();
}
