/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "tests/sandbox/stand.h"

/* What the endpoint does with the next exchanges. */
static void fault(const struct stand *s, const char *kind)
{
	char body[64];

	(void)snprintf(body, sizeof(body), "{\"target\":\"token\",\"kind\":\"%s\"}", kind);
	stand_admin(s, "/fault", body);
}

static int present(const struct stand *s, const char *assertion, const char *kind)
{
	fault(s, kind);
	return stand_exchange(s, assertion).status;
}

/* Presentations of one assertion: how each is answered, and whether it is a replay. */
static const struct {
	const char *name;
	struct {
		const char *fault; /* NULL: no more */
		int status;
		bool replay;
	} step[4];
} courses[] = {
	{ "once more", { { "429", 429, false }, { "none", 200, false }, { "none", 401, true } } },
	{ "once more, throttled",
	  { { "429", 429, false }, { "429", 429, false }, { "429", 429, true }, { "none", 401, true } } },
	{ "once more, failing", { { "429", 429, false }, { "500", 500, false }, { "429", 429, true } } },
	{ "granted", { { "none", 200, false }, { "429", 429, true }, { "429", 429, true } } },
	{ "failed", { { "500", 500, false }, { "429", 429, true }, { "none", 401, true } } },
};

Test(throttle, one_presentation_more_is_no_replay_and_a_third_is, .timeout = 60)
{
	AUTO(stand) struct stand s;

	stand_init(&s);
	stand_serve(&s, false, NULL);
	for (size_t i = 0; i < COUNTOF(courses); i++) {
		AUTO(free) char *assertion = stand_assertion(&s, courses[i].name);
		int replays = 0;

		stand_admin(&s, "/reset", "");
		for (size_t j = 0; j < COUNTOF(courses[i].step) && courses[i].step[j].fault; j++) {
			cr_expect(eq(int, present(&s, assertion, courses[i].step[j].fault),
				     courses[i].step[j].status), "%s, %zu", courses[i].name, j);
			replays += courses[i].step[j].replay;
			cr_expect(eq(i64, stand_figure(&s, "replays"), replays), "%s, %zu",
				  courses[i].name, j);
		}
		cr_expect(eq(i64, stand_figure(&s, "assertions"), 1), "%s", courses[i].name);
	}
}

Test(throttle, a_refused_assertion_may_not_come_again, .timeout = 60)
{
	AUTO(stand) struct stand s;
	AUTO(free) char *assertion = NULL;

	stand_init(&s);
	stand_serve(&s, false, NULL);
	assertion = stand_assertion(&s, "one");
	stand_admin(&s, "/rule", "{\"archived\":true}");
	cr_expect(eq(int, present(&s, assertion, "none"), 401));
	cr_expect(eq(int, present(&s, assertion, "429"), 429));
	cr_expect(eq(i64, stand_figure(&s, "replays"), 1));
}

Test(throttle, the_answer_does_not_tell_what_the_assertion_is_worth, .timeout = 60)
{
	AUTO(stand) struct stand s;
	AUTO(free) char *assertion = NULL;
	struct stand_answer good, replay, denied, none;

	stand_init(&s);
	stand_serve(&s, false, NULL);
	assertion = stand_assertion(&s, "one");
	fault(&s, "429");
	good = stand_exchange(&s, assertion);
	(void)stand_exchange(&s, assertion);
	replay = stand_exchange(&s, assertion);
	assertion[strlen(assertion) - 20] ^= 1;
	denied = stand_exchange(&s, assertion);
	none = stand_ask(s.port, false, "POST", "/v1/oauth/token", "", "no JSON");
	cr_expect(eq(int, good.status, 429));
	cr_expect(eq(int, replay.status, 429));
	cr_expect(eq(int, denied.status, 429));
	cr_expect(eq(int, none.status, 429));
	cr_expect(eq(str, replay.body, good.body));
	cr_expect(eq(str, denied.body, good.body));
	cr_expect(eq(str, none.body, good.body));
	cr_expect(eq(i64, stand_figure(&s, "exchanges.throttled"), 5));
	cr_expect(eq(i64, stand_figure(&s, "exchanges.denied"), 0));
}

Test(throttle, the_event_names_the_assertion, .timeout = 60)
{
	AUTO(stand) struct stand s;
	AUTO(free) char *assertion = NULL;
	char path[64], line[1024];
	json_auto_t *event = NULL;
	FILE *f;

	stand_init(&s);
	stand_serve(&s, false, NULL);
	assertion = stand_assertion(&s, "jti-one");
	fault(&s, "429");
	(void)stand_exchange(&s, assertion);
	(void)snprintf(path, sizeof(path), "%s/events", s.dir);
	f = fopen(path, "re");
	cr_assert(f != NULL);
	cr_assert(fgets(line, sizeof(line), f) != NULL);
	(void)fclose(f);
	event = json_loads(line, 0, NULL);
	cr_assert(event != NULL, "%s", line);
	cr_expect(strcmp(json_string_value(json_object_get(event, "result")), "throttled") == 0, "%s",
		  line);
	cr_expect(strcmp(json_string_value(json_object_get(event, "jti")), "jti-one") == 0, "%s",
		  line);
	cr_expect(json_object_get(event, "replay") == json_false(), "%s", line);
}
