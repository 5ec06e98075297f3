/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/apply.h"

#include <string.h>

#define PATH_MAX_BYTES 1024

struct place {
	struct node *parent, *node; /* node: what is there now, or NULL */
	char key[PATH_MAX_BYTES];   /* the path's last token */
};

static int misfit(const char *path, struct err *e)
{
	return err_set(e, ERR_BUG, 0, "the patch does not fit the manifest at %.120s", path);
}

static struct node *list_item(const struct node *list, const char *index)
{
	unsigned long i = strtoul(index, NULL, 10);

	EACH_NODE(n, list)
		if (!i--)
			return n;
	return NULL;
}

/* May an item be added at INDEX, where none is? Source: RFC 6902 §4.1. */
static bool is_end(const struct node *list, const char *index)
{
	unsigned long n = 0;

	EACH_NODE(c, list)
		n++;
	return !strcmp(index, "-") || strtoul(index, NULL, 10) == n;
}

static struct node *step(const struct node *from, const char *token)
{
	if (from->kind == NODE_MAP)
		return node_get(from, token);
	return from->kind == NODE_LIST && strcmp(token, "-") != 0 ? list_item(from, token) : NULL;
}

/* The next token of *PATH, unescaped. */
static void next_token(const char **path, char *out)
{
	const char *s = *path + 1;

	for (; *s && *s != '/'; s++) {
		*out = *s;
		if (*s == '~')
			*out = *++s == '1' ? '/' : '~';
		out++;
	}
	*out = '\0';
	*path = s;
}

static int find_place(struct node *pod, const char *path, struct place *out, struct err *e)
{
	const char *rest = path;

	out->node = pod;
	while (*rest) {
		out->parent = out->node;
		if (!out->parent)
			return misfit(path, e);
		next_token(&rest, out->key);
		out->node = step(out->parent, out->key);
	}
	return 0;
}

static void mark_made(struct node *n)
{
	n->made = true;
	for (struct node *c = n->first; c; c = c->next)
		mark_made(c);
}

/* Put VALUE where P says; an entry of a map that is there is replaced. */
static int put(const struct place *p, struct node *value, const char *path, struct err *e)
{
	struct node *before = NULL, *up = p->parent;

	if (up->kind == NODE_MAP) {
		value->key = strdup(p->key);
		if (!value->key)
			return err_set(e, ERR_NOMEM, 0, "no memory for a manifest");
	} else if (up->kind != NODE_LIST || (!p->node && !is_end(up, p->key))) {
		return misfit(path, e);
	}
	if (!p->node)
		before = up->last;
	else if (up->kind == NODE_MAP)
		before = p->node;
	else
		for (struct node *n = up->first; n != p->node; n = n->next)
			before = n;
	if (p->node && up->kind == NODE_MAP)
		p->node->gone = true;
	mark_made(value);
	node_insert(up, before, value);
	return 0;
}

static int apply_one(struct tree *t, struct node *pod, const struct jsonspan *doc, uint32_t op,
		     struct err *e)
{
	uint32_t v = jsonspan_get(doc, op, "value");
	uint32_t what = jsonspan_get(doc, op, "op");
	char path[PATH_MAX_BYTES];
	struct place p = { .parent = NULL };
	struct node *value = NULL;
	int ret = 0;

	if (jsonspan_str(doc, jsonspan_get(doc, op, "path"), path, sizeof(path)) <= 0)
		return misfit("a path", e);
	if (find_place(pod, path, &p, e) < 0 ||
	    (v != JSONSPAN_NONE && !(value = tree_from_json(t, doc, v, e))))
		return -1;
	if (jsonspan_eq(doc, what, "add") && value) {
		ret = put(&p, value, path, e);
		if (!ret)
			return 0;
	} else if (jsonspan_eq(doc, what, "remove") && p.node) {
		p.node->gone = true;
	} else if (!jsonspan_eq(doc, what, "test") || !p.node || !value ||
		   p.node->kind != value->kind || strcmp(p.node->text ? p.node->text : "",
							 value->text ? value->text : "") != 0) {
		ret = misfit(path, e);
	}
	node_free(value);
	return ret;
}

int apply_patch(struct tree *t, struct node *pod, const struct buf *patch, struct err *e)
{
	AUTO(jsonspan) struct jsonspan doc = { .max = TREE_NODES_MAX, .depth_max = TREE_DEPTH_MAX };

	if (jsonspan_parse(&doc, patch->data, patch->len, e) < 0)
		return err_wrap(e, "the patch");
	for (uint32_t op = jsonspan_first(&doc, 0); op != JSONSPAN_NONE;
	     op = jsonspan_next(&doc, 0, op))
		if (apply_one(t, pod, &doc, op, e) < 0)
			return -1;
	return 0;
}
