/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/tree.h"

static const enum node_kind kinds[] = {
	[JSONSPAN_ABSENT] = NODE_NULL,	 [JSONSPAN_NULL] = NODE_NULL,
	[JSONSPAN_BOOL] = NODE_BOOL,	 [JSONSPAN_NUMBER] = NODE_NUMBER,
	[JSONSPAN_STRING] = NODE_STRING, [JSONSPAN_ARRAY] = NODE_LIST,
	[JSONSPAN_OBJECT] = NODE_MAP,
};

/* The string V's value; of other scalars the text. A NUL byte is a fault, and then "". */
static char *text_of(struct tree *t, const struct jsonspan *doc, uint32_t v, struct err *e)
{
	size_t len;
	const char *raw = jsonspan_raw(doc, v, &len);
	char *text = malloc(len + 1);

	if (!text) {
		err_set(e, ERR_NOMEM, 0, "no memory for a manifest");
		return NULL;
	}
	memcpy(text, raw, len);
	text[len] = '\0';
	if (jsonspan_type(doc, v) == JSONSPAN_STRING && jsonspan_str(doc, v, text, len + 1) < 0)
		tree_fault(t, "JSON", 1, "a string with a NUL byte");
	return text;
}

static int add_children(struct tree *t, struct node *n, const struct jsonspan *doc, uint32_t v,
			struct err *e)
{
	for (uint32_t i = jsonspan_first(doc, v); i != JSONSPAN_NONE;
	     i = jsonspan_next(doc, v, i)) {
		bool map = n->kind == NODE_MAP;
		struct node *child = tree_from_json(t, doc, map ? jsonspan_of(doc, i) : i, e);

		if (!child)
			return -1;
		node_append(n, child);
		if (!map)
			continue;
		child->key_at = doc->values[i].start;
		child->key = text_of(t, doc, i, e);
		if (!child->key)
			return -1;
	}
	return 0;
}

struct node *tree_from_json(struct tree *t, const struct jsonspan *doc, uint32_t v, struct err *e)
{
	struct node *n = tree_node(t, kinds[jsonspan_type(doc, v)], e);
	int ret = 0;

	if (!n)
		return NULL;
	n->flow = n->kind >= NODE_LIST;
	n->at = doc->values[v].start;
	n->end = doc->values[v].end;
	if (n->flow)
		ret = add_children(t, n, doc, v, e);
	else if (!(n->text = text_of(t, doc, v, e)))
		ret = -1;
	if (ret < 0) {
		node_free(n);
		return NULL;
	}
	return n;
}

/* 1: it is JSON, and read; 0: it is something else. */
static int json_read(struct tree *t, const char *text, size_t len, struct err *e)
{
	AUTO(jsonspan) struct jsonspan doc = { .max = 2 * TREE_NODES_MAX,
					       .depth_max = TREE_DEPTH_MAX };
	struct err why = { 0 };

	if (jsonspan_parse(&doc, text, len, &why) < 0)
		return why.kind == ERR_INVALID ? 0 : (*e = why, -1);
	t->json = true;
	t->root = tree_from_json(t, &doc, 0, e);
	return t->root ? 1 : -1;
}

int tree_parse(struct tree *t, const char *text, size_t len, const char *name, int line,
	       struct err *e)
{
	size_t skip = 0;
	int done = 0;

	*t = (struct tree){ .root = NULL };
	while (skip < len && strchr(" \t\r\n", text[skip]) && text[skip])
		skip++;
	if (skip < len && text[skip] == '{')
		done = json_read(t, text, len, e);
	if (!done)
		done = yaml_read(t, text, len, name, line, e);
	if (done < 0 && e->kind == ERR_TOO_BIG)
		return err_wrap(e, "%s:%d", name, line);
	return done < 0 ? -1 : 0;
}
