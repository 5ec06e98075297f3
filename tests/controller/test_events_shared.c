/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "tests/controller/events_stand.h"
#include "tests/support/leaks.h"
#include "tests/support/text.h"

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

Test(events_shared, two_replicas_tell_one_and_the_first_goes_on)
{
	struct stand a, b;

	stand_open(&a);
	stand_open(&b);
	end_writer(&a, "team-a", "web-5d9", 0x2a);
	end_writer(&b, "team-a", "web-5d9", 0x2a);
	cr_assert(stand_writes(&a, 201));
	cr_expect(eq(str, TEXT(stand_member(&a, "reason")), TEXT("WriterDenied")));
	cr_expect(eq(str, TEXT(name_of(&a)), TEXT("web-5d9.000000000000002a")));
	cr_assert(stand_writes(&b, 409));
	cr_expect(eq(str, TEXT(name_of(&b)), TEXT("web-5d9.000000000000002a")));
	cr_expect(eq(u64, b.events.failed, 0));
	cr_expect(eq(u64, a.events.written, 1));
	for (int i = 0; i < 3; i++) {
		end_writer(&a, "team-a", "web-5d9", 0x2a);
		end_writer(&b, "team-a", "web-5d9", 0x2a);
	}
	still_pass_ms(&a.still, EVENTS_AGAIN_MS);
	still_pass_ms(&b.still, EVENTS_AGAIN_MS);
	cr_assert(stand_writes(&a, 200));
	cr_expect(eq(str, TEXT(a.write.method), TEXT("PATCH")));
	cr_expect(eq(int, stand_count(&a), 4));
	cr_expect(not(stand_writes(&b, 200)), "the other one tells it");
	end_writer(&b, "team-a", "web-5d9", 0x2b);
	cr_assert(stand_writes(&b, 201), "what comes later is told anew");
	cr_expect(eq(str, TEXT(name_of(&b)), TEXT("web-5d9.000000000000002b")));
	stand_close(&a);
	stand_close(&b);
	NO_LEAKS();
}

/* A refusal is this replica's alone: a name that is taken is a failure. */
Test(events_shared, a_conflict_of_what_is_not_shared_is_a_failure)
{
	struct stand s;

	stand_open(&s);
	stand_deny(&s, "web-5d9");
	cr_assert(stand_writes(&s, 409));
	cr_expect(eq(u64, s.events.failed, 1));
	end_writer(&s, "team-a", "web-5d9", 7);
	cr_assert(stand_writes(&s, 500));
	still_pass_ms(&s.still, EVENTS_AGAIN_MS);
	cr_assert(stand_writes(&s, 409), "of a change");
	cr_expect(eq(u64, s.events.failed, 3));
	end_writer(&s, "team-a", "web-5d9", 7);
	still_pass_ms(&s.still, EVENTS_AGAIN_MS);
	cr_assert(stand_writes(&s, 201));
	cr_expect(eq(str, TEXT(s.write.method), TEXT("POST")));
	stand_close(&s);
	NO_LEAKS();
}

Test(events_shared, of_writers_leave_room_for_refusals)
{
	struct stand s;
	char namespace_[16];

	stand_open(&s);
	for (int i = 0; i < EVENTS_MAX; i++) {
		(void)snprintf(namespace_, sizeof(namespace_), "n-%d", i / 4);
		end_writer(&s, namespace_, "web", (uint64_t)i + 1);
	}
	cr_expect(eq(u64, s.events.dropped, EVENTS_MAX - EVENTS_SHARED_MAX));
	for (int i = 0; i < EVENTS_MAX - EVENTS_SHARED_MAX; i++)
		stand_deny_many(&s, i);
	cr_expect(eq(u64, s.events.dropped, EVENTS_MAX - EVENTS_SHARED_MAX));
	stand_close(&s);
	NO_LEAKS();
}

Test(events_shared, a_message_is_cut_between_characters_and_escaped)
{
	struct stand s;
	char text[2048] = "\"\\ \x1b";

	stand_open(&s);
	for (size_t i = 0; i < 600; i++)
		(void)strcat(text, "\xe2\x82\xac");
	events_note(&s.events, &(struct events_news){ .namespace_ = "n", .message = text,
						      .owner = &s.about.owner, .reason = "Error" });
	cr_assert(stand_writes(&s, 201));
	cr_expect(eq(sz, strlen(stand_member(&s, "message")), 4 + 1020 - 1020 % 3));
	cr_expect(strncmp(stand_member(&s, "message"), text, strlen(stand_member(&s, "message"))) == 0);
	stand_close(&s);
	NO_LEAKS();
}
