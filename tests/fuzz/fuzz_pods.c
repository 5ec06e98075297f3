/* SPDX-License-Identifier: Apache-2.0 */
/* A pod as the API server has it: what is kept of it, and the Events that its writers' ends become. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/plain.h"
#include "controller/ends.h"
#include "controller/events.h"
#include "controller/pods.h"
#include "tests/fuzz/fuzz.h"

struct telling {
	struct events events;
	size_t n;
};

static void is_plain(const char *text)
{
	AUTO(buf) struct buf plain;

	buf_init(&plain, 4096);
	plain_add(&plain, text, strlen(text));
	MUST(strlen(text) < REVIEW_MESSAGE_SIZE && !strcmp(text, plain.data), "not plain: %s", text);
}

static void tell(void *ctx, const struct ends_end *end)
{
	struct telling *t = ctx;

	t->n++;
	MUST(end->why < ENDS_REASONS && end->shared && *end->owner.kind, "not an end");
	is_plain(end->message);
	events_note(&t->events, &(struct events_news){ .namespace_ = end->namespace_,
						       .message = end->message,
						       .owner = &end->owner,
						       .reason = ends_reason(end->why),
						       .shared = end->shared });
}

static void write_all(struct events *ev)
{
	bool more = true;

	while (more) {
		AUTO(events_write) struct events_write w = { .method = NULL };

		buf_init(&w.path, 64u << 10);
		buf_init(&w.body, 64u << 10);
		more = events_next(ev, &w);
		if (!more)
			return;
		fuzz_is_json(&w.body, "the Event");
		MUST(!strcmp(w.path.data, "/api/v1/namespaces/team-a/events"), "%s", w.path.data);
		events_done(ev, 201, NULL);
	}
}

static void judge(const json_t *pod)
{
	struct sys sys = sys_real();
	struct telling first = { .n = 0 }, again = { .n = 0 };
	char *text = NULL, *same = NULL;
	struct log log;

	log_init(&log, &sys, -1, LOG_LEVEL_ERROR);
	events_init(&first.events, &log, "fuzz");
	events_init(&again.events, &log, "fuzz");
	MUST(pods_reduce(pod, "wif.anthropic.com", &text) == 0 &&
	     pods_reduce(pod, "wif.anthropic.com", &same) == 0, "no memory");
	text = ends_take("team-a", NULL, text, tell, &first);
	MUST(!text || !text[strspn(text, "-ANKSF!#0123456789abcdef")], "kept: %s", text);
	MUST(!text || strlen(text) < 8 + ENDS_MARKS_SIZE + 17, "%zu bytes are kept", strlen(text));
	MUST(first.n <= ENDS_MAX, "%zu ends", first.n);
	same = ends_take("team-a", text, same, tell, &again);
	MUST(again.n == 0, "told again");
	MUST(!text == !same && (!text || !strcmp(text, same)), "another time it is %s", same);
	write_all(&first.events);
	events_fini(&first.events);
	events_fini(&again.events);
	free(text);
	free(same);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *pod = json_loadb((const char *)data, size, JSON_ALLOW_NUL, NULL);

	if (!pod)
		return -1;
	judge(pod);
	json_decref(pod);
	return 0;
}
