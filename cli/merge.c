/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/merge.h"

#include <string.h>

#define MERGE_MAX 1024 /* keys; each is looked for in the map */

/* The line of the byte AT. */
static int line_at(const struct source *s, size_t at)
{
	int line = s->line;

	for (size_t i = 0; i < at && i < s->len; i++)
		line += s->text[i] == '\n';
	return line;
}

static bool has_key(const struct node *map, const char *key)
{
	const struct node *n = map->first;

	while (n && (n->merge || strcmp(n->key, key) != 0))
		n = n->next;
	return n;
}

/* Add to MAP what it does not have of FROM, which the merge M names. */
static int merge_map(struct tree *t, struct node *map, const struct node *m,
		     const struct node *from, const struct source *s, struct err *e)
{
	size_t n = 0;

	for (const struct node *c = from->first; c; c = c->next) {
		struct node *copy;

		if (++n > MERGE_MAX)
			return err_set(e, ERR_TOO_BIG, 0,
				       "line %d: a merge (<<) of more than %d keys",
				       line_at(s, m->key_at), MERGE_MAX);
		if (c->gone || has_key(map, c->key))
			continue;
		copy = tree_copy(t, c, e);
		if (!copy)
			return -1;
		node_append(map, copy);
	}
	return 0;
}

static void fault_merge(struct tree *t, const struct node *m, const struct source *s)
{
	tree_fault(t, s->name, line_at(s, m->key_at), "a merge (<<) of something that is no map");
}

/* What the merge M names: a map, or a list of maps. */
static int merge_one(struct tree *t, struct node *map, const struct node *m,
		     const struct source *s, struct err *e)
{
	if (m->kind == NODE_MAP)
		return merge_map(t, map, m, m, s, e);
	if (m->kind != NODE_LIST)
		fault_merge(t, m, s);
	for (const struct node *c = m->first; c; c = c->next)
		if (c->kind != NODE_MAP)
			fault_merge(t, m, s);
		else if (merge_map(t, map, m, c, s, e) < 0)
			return -1;
	return 0;
}

int merge_expand(struct tree *t, struct node *map, const struct source *s, struct err *e)
{
	for (struct node *m = map->first; m; m = m->next) {
		if (!m->merge)
			continue;
		t->aliased = true;
		m->gone = true;
		if (merge_one(t, map, m, s, e) < 0)
			return -1;
	}
	return 0;
}
