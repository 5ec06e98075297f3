/* SPDX-License-Identifier: Apache-2.0 */
#include "inject/identity.h"

#include <string.h>

struct identity identity_of(const struct pod *p, const struct container *c, int64_t run_as_user)
{
	struct identity id = { .uid = run_as_user,
			       .image = JSONSPAN_NONE,
			       .group = JSONSPAN_NONE,
			       .non_root = JSONSPAN_NONE };
	int64_t uid;

	if (jsonspan_int(p->doc, pod_security(p, c, "runAsUser"), &uid) && uid >= 0)
		id.uid = uid;
	if (id.uid >= 0)
		return id;
	id.image = jsonspan_member(p->doc, c->at, "image");
	id.group = pod_security(p, c, "runAsGroup");
	id.non_root = pod_security(p, c, "runAsNonRoot");
	return id;
}

static bool same_text(const struct pod *p, uint32_t a, uint32_t b)
{
	size_t la, lb;
	const char *ta = jsonspan_raw(p->doc, a, &la), *tb = jsonspan_raw(p->doc, b, &lb);

	return la == lb && memcmp(ta, tb, la) == 0;
}

bool identity_same(const struct pod *p, const struct identity *a, const struct identity *b)
{
	if (a->uid >= 0 || b->uid >= 0)
		return a->uid == b->uid;
	return same_text(p, a->image, b->image) && same_text(p, a->group, b->group) &&
	       same_text(p, a->non_root, b->non_root);
}
