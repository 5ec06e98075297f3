/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "tests/controller/events_stand.h"
#include "tests/support/leaks.h"
#include "tests/support/text.h"

Test(events, tells_the_owner_what_was_refused_and_why)
{
	struct stand s;
	const json_t *owner;

	stand_open(&s);
	stand_deny(&s, "web-5d9");
	cr_assert(stand_writes(&s, 201));
	cr_expect(eq(str, TEXT(s.write.method), TEXT("POST")));
	cr_expect(eq(str, s.write.path.data, TEXT("/api/v1/namespaces/team-a/events")));
	cr_expect(eq(str, TEXT(stand_member(&s, "reason")), TEXT("BadValue")));
	cr_expect(eq(str, TEXT(stand_member(&s, "type")), TEXT("Warning")));
	cr_expect(eq(str, TEXT(stand_member(&s, "message")), s.about.message));
	cr_expect(eq(str, TEXT(stand_member(&s, "firstTimestamp")), TEXT("2025-11-22T18:40:00Z")));
	cr_expect(eq(str, TEXT(stand_member(&s, "lastTimestamp")), TEXT("2025-11-22T18:40:00Z")));
	cr_expect(eq(str, TEXT(stand_member(&s, "reportingInstance")), TEXT("pod-1")));
	cr_expect(eq(int, stand_count(&s), 1));
	owner = json_object_get(s.body, "involvedObject");
	cr_expect(eq(str, TEXT(json_string_value(json_object_get(owner, "kind"))),
		     TEXT("ReplicaSet")));
	cr_expect(eq(str, TEXT(json_string_value(json_object_get(owner, "uid"))), TEXT("11-22")));
	cr_expect(eq(str, TEXT(json_string_value(json_object_get(owner, "namespace"))),
		     TEXT("team-a")));
	cr_expect(not(stand_writes(&s, 200)), "told once");
	stand_close(&s);
	NO_LEAKS();
}

Test(events, of_one_owner_and_reason_are_one_event_that_counts)
{
	struct stand s;

	stand_open(&s);
	stand_deny(&s, "web-5d9");
	cr_assert(stand_writes(&s, 201));
	for (int i = 0; i < 500; i++)
		stand_deny(&s, "web-5d9");
	still_pass_ms(&s.still, EVENTS_AGAIN_MS - 1);
	cr_expect(not(stand_writes(&s, 200)), "not so soon again");
	still_pass_ms(&s.still, 1);
	cr_assert(stand_writes(&s, 200));
	cr_expect(eq(str, TEXT(s.write.method), TEXT("PATCH")));
	cr_expect(eq(str, TEXT(s.write.content_type), TEXT("application/merge-patch+json")));
	cr_expect(strstr(s.write.path.data, "/api/v1/namespaces/team-a/events/web-5d9.") ==
		  s.write.path.data);
	cr_expect(eq(int, stand_count(&s), 501));
	cr_expect(eq(sz, json_object_size(s.body), 3));
	s.about.reason = REASON_INJECT_TWICE;
	stand_deny(&s, "web-5d9");
	cr_assert(stand_writes(&s, 201));
	cr_expect(eq(str, TEXT(s.write.method), TEXT("POST")), "another reason is another Event");
	stand_close(&s);
	NO_LEAKS();
}

Test(events, of_all_owners_together_are_held_to_a_rate)
{
	struct stand s;
	int n = 0;

	stand_open(&s);
	for (int i = 0; i < EVENTS_MAX; i++)
		stand_deny_many(&s, i);
	while (stand_writes(&s, 201))
		n++;
	cr_expect(eq(int, n, EVENTS_BURST));
	still_pass_ms(&s.still, 3000);
	while (stand_writes(&s, 201))
		n++;
	cr_expect(eq(int, n, EVENTS_BURST + 3));
	stand_close(&s);
	NO_LEAKS();
}

Test(events, keep_to_their_memory_and_make_room_when_a_series_rests)
{
	struct stand s;

	stand_open(&s);
	for (int i = 0; i < EVENTS_MAX + 5; i++)
		stand_deny_many(&s, i);
	cr_expect(eq(u64, s.events.dropped, 5));
	for (int i = 0; i < EVENTS_MAX; i++) {
		cr_assert(stand_writes(&s, 201));
		still_pass_ms(&s.still, 1000);
	}
	still_pass_ms(&s.still, EVENTS_REST_MS);
	stand_deny(&s, "late");
	cr_expect(eq(u64, s.events.dropped, 5));
	cr_assert(stand_writes(&s, 201));
	stand_close(&s);
	NO_LEAKS();
}

Test(events, none_for_a_dry_run_or_without_a_proper_owner)
{
	struct stand s;

	stand_open(&s);
	s.about.dry_run = true;
	stand_deny(&s, "web-5d9");
	s.about.dry_run = false;
	stand_deny(&s, "../../secrets");
	(void)strcpy(s.about.namespace_, "a/b");
	stand_deny(&s, "web-5d9");
	(void)strcpy(s.about.namespace_, "team-a");
	s.about.owner = (struct owner){ .kind = "" };
	events_denied(&s.events, &s.about);
	cr_expect(not(stand_writes(&s, 201)));
	stand_close(&s);
	NO_LEAKS();
}

Test(events, one_that_was_forgotten_by_the_API_server_is_made_anew)
{
	struct stand s;

	stand_open(&s);
	stand_deny(&s, "web-5d9");
	cr_assert(stand_writes(&s, 201));
	still_pass_ms(&s.still, EVENTS_AGAIN_MS);
	stand_deny(&s, "web-5d9");
	cr_assert(stand_writes(&s, 404));
	cr_expect(eq(str, TEXT(s.write.method), TEXT("PATCH")));
	cr_assert(stand_writes(&s, 201));
	cr_expect(eq(str, TEXT(s.write.method), TEXT("POST")));
	cr_expect(eq(int, stand_count(&s), 2));
	cr_expect(not(stand_writes(&s, 201)));
	stand_close(&s);
	NO_LEAKS();
}

Test(events, one_that_is_refused_waits_for_the_next_refusal)
{
	struct stand s;

	stand_open(&s);
	stand_deny(&s, "web-5d9");
	cr_assert(stand_writes(&s, 404)); /* its Namespace is gone */
	still_pass_ms(&s.still, 2 * EVENTS_AGAIN_MS);
	cr_expect(not(stand_writes(&s, 201)));
	cr_expect(eq(u64, s.events.failed, 1));
	stand_deny(&s, "web-5d9");
	cr_assert(stand_writes(&s, 0));
	cr_expect(eq(str, TEXT(s.write.method), TEXT("POST")));
	cr_expect(eq(u64, s.events.failed, 2));
	stand_close(&s);
	NO_LEAKS();
}

Test(events, one_that_fails_for_now_is_tried_again_and_not_doubled)
{
	static const int passing[] = { 0, 429, 500, 503 };

	for (size_t i = 0; i < COUNTOF(passing); i++) {
		struct stand s;

		stand_open(&s);
		stand_deny(&s, "web-5d9");
		cr_assert(stand_writes(&s, passing[i]));
		cr_expect(not(stand_writes(&s, 200)), "not at once");
		still_pass_ms(&s.still, EVENTS_AGAIN_MS);
		cr_assert(stand_writes(&s, 200), "%d", passing[i]);
		cr_expect(eq(str, TEXT(s.write.method), TEXT("PATCH")), "it may be there");
		stand_deny(&s, "web-5d9");
		still_pass_ms(&s.still, EVENTS_AGAIN_MS);
		cr_assert(stand_writes(&s, passing[i]));
		still_pass_ms(&s.still, EVENTS_AGAIN_MS);
		cr_assert(stand_writes(&s, 404));
		cr_assert(stand_writes(&s, 201), "it was not there");
		cr_expect(eq(str, TEXT(s.write.method), TEXT("POST")));
		cr_expect(eq(int, stand_count(&s), 2));
		cr_expect(not(stand_writes(&s, 200)));
		stand_close(&s);
	}
	NO_LEAKS();
}

Test(events, one_that_fails_for_long_gives_its_place_up)
{
	struct stand s;

	stand_open(&s);
	for (int i = 0; i < EVENTS_MAX; i++) {
		stand_deny_many(&s, i);
		cr_assert(stand_writes(&s, 500));
		still_pass_ms(&s.still, 1000);
	}
	stand_deny_many(&s, EVENTS_MAX);
	cr_expect(eq(u64, s.events.dropped, 1));
	still_pass_ms(&s.still, EVENTS_REST_MS);
	stand_deny_many(&s, EVENTS_MAX);
	cr_expect(eq(u64, s.events.dropped, 1));
	stand_close(&s);
	NO_LEAKS();
}

Test(events, of_one_namespace_leave_room_for_the_others)
{
	struct stand s;
	char name[32];

	stand_open(&s);
	for (int i = 0; i < EVENTS_MAX; i++) {
		(void)snprintf(name, sizeof(name), "web-%d", i);
		stand_deny(&s, name);
	}
	cr_expect(eq(u64, s.events.dropped, EVENTS_MAX - EVENTS_NAMESPACE_MAX));
	stand_deny(&s, "web-0");
	(void)strcpy(s.about.namespace_, "team-b");
	stand_deny(&s, "web-0");
	cr_expect(eq(u64, s.events.dropped, EVENTS_MAX - EVENTS_NAMESPACE_MAX));
	stand_close(&s);
	NO_LEAKS();
}

Test(events, a_long_name_still_makes_a_name)
{
	struct stand s;
	char name[254];

	stand_open(&s);
	memset(name, 'a', sizeof(name) - 1);
	for (size_t i = 50; i < 240; i += 50)
		name[i] = '.';
	memset(name + 225, '-', 20); /* where it is cut */
	name[253] = '\0';
	stand_deny(&s, name);
	cr_assert(stand_writes(&s, 201));
	cr_expect(eq(sz, strlen(json_string_value(json_object_get(
				 json_object_get(s.body, "metadata"), "name"))), 225 + 17));
	stand_close(&s);
	NO_LEAKS();
}
