/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/tree.h"

#include <string.h>

#include "cli/scalar.h"

void node_free(struct node *n)
{
	while (n) {
		struct node *next = n->next;

		node_free(n->first);
		free(n->key);
		free(n->text);
		free(n);
		n = next;
	}
}

void tree_fini(struct tree *t)
{
	node_free(t->root);
	*t = (struct tree){ .root = NULL };
}

void tree_fault(struct tree *t, const char *name, int line, const char *what)
{
	if (!t->fault.kind)
		(void)err_set(&t->fault, ERR_INVALID, 0, "%s:%d: %s", name, line, what);
}

struct node *tree_node(struct tree *t, enum node_kind kind, struct err *e)
{
	struct node *n = NULL;

	if (++t->nodes > TREE_NODES_MAX)
		err_set(e, ERR_TOO_BIG, 0, "more than %u values in one document, aliases "
			"written out", TREE_NODES_MAX);
	else if (!(n = calloc(1, sizeof(*n))))
		err_set(e, ERR_NOMEM, 0, "no memory for a manifest");
	if (n)
		n->kind = kind;
	return n;
}

void node_insert(struct node *parent, struct node *after, struct node *child)
{
	struct node **slot = after ? &after->next : &parent->first;

	child->parent = parent;
	child->next = *slot;
	*slot = child;
	if (parent->last == after)
		parent->last = child;
}

void node_append(struct node *parent, struct node *child)
{
	node_insert(parent, parent->last, child);
}

/* Long texts count too: aliases may ask for one a million times. */
static int copy_text(struct tree *t, char **out, const char *text, struct err *e)
{
	if (!text)
		return 0;
	*out = strdup(text);
	t->nodes += strlen(text) / 64;
	return *out ? 0 : err_set(e, ERR_NOMEM, 0, "no memory for a manifest");
}

struct node *tree_copy(struct tree *t, const struct node *n, struct err *e)
{
	struct node *copy = tree_node(t, n->kind, e);

	if (!copy)
		return NULL;
	copy->merge = n->merge;
	copy->gone = n->gone;
	if (copy_text(t, &copy->key, n->key, e) < 0 ||
	    copy_text(t, &copy->text, n->text, e) < 0) {
		node_free(copy);
		return NULL;
	}
	for (const struct node *c = n->first; c; c = c->next) {
		struct node *child = tree_copy(t, c, e);

		if (!child) {
			node_free(copy);
			return NULL;
		}
		node_append(copy, child);
	}
	return copy;
}

size_t node_height(const struct node *n)
{
	size_t most = 0;

	for (const struct node *c = n->first; c; c = c->next) {
		size_t h = node_height(c);

		most = h > most ? h : most;
	}
	return n->kind < NODE_LIST ? 0 : most + 1;
}

struct node *node_live(struct node *n)
{
	while (n && n->gone)
		n = n->next;
	return n;
}

struct node *node_get(const struct node *map, const char *key)
{
	struct node *found = NULL;

	if (!map || map->kind != NODE_MAP)
		return NULL;
	EACH_NODE(n, map)
		if (!strcmp(n->key, key))
			found = n;
	return found;
}

struct node *node_path(struct node *map, const char *path)
{
	char key[64];

	while (map && *path) {
		size_t n = strcspn(path, ".");

		if (n >= sizeof(key))
			return NULL;
		memcpy(key, path, n);
		key[n] = '\0';
		map = node_get(map, key);
		path += n + (path[n] == '.');
	}
	return map;
}

const char *node_text(const struct node *map, const char *key)
{
	const struct node *n = node_get(map, key);

	return n && n->kind == NODE_STRING ? n->text : "";
}

static bool same_scalar(const struct node *a, const struct node *b)
{
	AUTO(buf) struct buf ja = { .max = 4096 };
	AUTO(buf) struct buf jb = { .max = 4096 };

	if (!strcmp(a->text, b->text))
		return true;
	if (a->kind == NODE_STRING)
		return false;
	scalar_json(a->text, &ja);
	scalar_json(b->text, &jb);
	return ja.len == jb.len && ja.len && !memcmp(ja.data, jb.data, ja.len);
}

bool node_equal(const struct node *a, const struct node *b)
{
	struct node *ca = node_live(a->first), *cb = node_live(b->first);

	if (a->kind != b->kind || !a->key != !b->key || (a->key && strcmp(a->key, b->key) != 0))
		return false;
	if (a->kind < NODE_LIST)
		return same_scalar(a, b);
	while (ca && cb && node_equal(ca, cb)) {
		ca = node_live(ca->next);
		cb = node_live(cb->next);
	}
	return !ca && !cb;
}

static void new_line(int indent, struct buf *out)
{
	if (indent >= 0)
		buf_addf(out, "\n%*s", indent, "");
}

void node_json(const struct node *n, int indent, int unit, struct buf *out)
{
	bool map = n->kind == NODE_MAP, any = false;
	int inner = indent < 0 ? -1 : indent + unit;

	if (n->kind == NODE_STRING) {
		scalar_quote(n->text, out);
	} else if (n->kind < NODE_LIST) {
		size_t before = out->len;

		scalar_json(n->text, out);
		if (out->len == before) /* a number of JSON that no machine holds */
			buf_adds(out, n->text);
	} else {
		buf_addc(out, map ? '{' : '[');
		EACH_NODE(c, n) {
			buf_adds(out, !any ? "" : inner < 0 ? ", " : ",");
			any = true;
			new_line(inner, out);
			if (map)
				scalar_quote(c->key, out);
			buf_adds(out, map ? ": " : "");
			node_json(c, inner, unit, out);
		}
		if (any)
			new_line(indent, out);
		buf_addc(out, map ? '}' : ']');
	}
}
