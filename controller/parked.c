/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/parked.h"

#include <stdio.h>

static void forget(struct parked *p)
{
	for (size_t i = 0; i < INJECT_KINDS; i++) {
		free(p->object[i].text);
		p->object[i] = (struct parked_object){ .found = false };
	}
}

void auto_parked(struct parked *p)
{
	forget(p);
	*p = (struct parked){ .req = NULL };
}

/* Is another one that doubts its Namespace too many? They must leave room for the others. */
static bool is_full(const struct parked_list *l, bool doubted)
{
	size_t n = 0;

	for (size_t i = 0; i < PARKED_MAX; i++)
		n += l->place[i].req && l->place[i].doubted;
	return doubted && n >= PARKED_DOUBTED_MAX;
}

struct parked *parked_add(struct parked_list *l, struct httpd_request *req, struct parked *found,
			  enum inject_kind kind)
{
	if (is_full(l, found->doubted))
		return NULL;
	for (size_t i = 0; i < PARKED_MAX; i++) {
		struct parked *p = &l->place[i];

		if (p->req)
			continue;
		*p = *found;
		*found = (struct parked){ .req = NULL };
		p->req = req;
		p->id = ++l->last_id;
		p->wants = kind;
		return p;
	}
	return NULL;
}

void parked_take(struct parked *p, struct parked *out)
{
	*out = *p;
	out->req = NULL;
	*p = (struct parked){ .req = NULL };
}

void parked_found(struct parked *p, enum inject_kind kind, enum inject_known known, char *text,
		  const char *why)
{
	struct parked_object *o = &p->object[kind];

	free(o->text);
	*o = (struct parked_object){ .found = true, .known = known, .text = text };
	(void)snprintf(o->why, sizeof(o->why), "%.*s", (int)sizeof(o->why) - 1, why);
}

void parked_forget(struct parked_list *l)
{
	for (size_t i = 0; i < PARKED_MAX; i++)
		forget(&l->place[i]);
}

struct parked *parked_by_id(struct parked_list *l, uint64_t id)
{
	for (size_t i = 0; i < PARKED_MAX; i++)
		if (l->place[i].req && l->place[i].id == id)
			return &l->place[i];
	return NULL;
}

struct parked *parked_late(struct parked_list *l, struct mono now)
{
	for (size_t i = 0; i < PARKED_MAX; i++)
		if (l->place[i].req &&
		    mono_diff_ms(now, l->place[i].deadline) >= PARKED_LATE_MS)
			return &l->place[i];
	return NULL;
}

void parked_drop(struct parked_list *l, const struct httpd_request *req)
{
	for (size_t i = 0; i < PARKED_MAX; i++)
		if (l->place[i].req == req)
			auto_parked(&l->place[i]);
}

void parked_fini(struct parked_list *l)
{
	for (size_t i = 0; i < PARKED_MAX; i++)
		auto_parked(&l->place[i]);
}
