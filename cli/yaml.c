/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <yaml.h>

#include "cli/merge.h"
#include "cli/scalar.h"

struct anchor {
	char *name; /* owned */
	const struct node *node;
	bool closed; /* complete: an alias within its own anchor has no end */
	struct anchor *next;
};

struct reader {
	struct tree *t;
	struct source source;
	size_t chars, bytes;		      /* of the last mark; libyaml counts characters */
	struct node *open[TREE_DEPTH_MAX];
	size_t depth;
	char *key;			      /* owned: waits for its value */
	size_t key_at;
	bool merge;
	int documents;
	struct anchor *anchors;
};

static void auto_event(yaml_event_t *ev)
{
	yaml_event_delete(ev);
}

static void auto_parser(yaml_parser_t *p)
{
	yaml_parser_delete(p);
}

static void auto_reader(struct reader *r)
{
	free(r->key);
	while (r->anchors) {
		struct anchor *next = r->anchors->next;

		free(r->anchors->name);
		free(r->anchors);
		r->anchors = next;
	}
}

static int no_memory(struct err *e)
{
	return err_set(e, ERR_NOMEM, 0, "no memory for a manifest");
}

static int line_of(const struct reader *r, const yaml_event_t *ev)
{
	return r->source.line + (int)ev->start_mark.line;
}

/* Byte offset of a mark. Marks come nearly in order, so it walks from the last one. */
static size_t offset(struct reader *r, const yaml_mark_t *mark)
{
	const char *s = r->source.text;

	while (r->chars < mark->index && r->bytes < r->source.len) {
		r->bytes++;
		r->chars++;
		while (r->bytes < r->source.len && ((unsigned char)s[r->bytes] & 0xc0) == 0x80)
			r->bytes++;
	}
	while (r->chars > mark->index && r->bytes > 0) {
		r->bytes--;
		while (r->bytes > 0 && ((unsigned char)s[r->bytes] & 0xc0) == 0x80)
			r->bytes--;
		r->chars--;
	}
	return r->bytes;
}

static struct node *innermost(const struct reader *r)
{
	return r->depth ? r->open[r->depth - 1] : NULL;
}

static bool wants_key(const struct reader *r)
{
	const struct node *up = innermost(r);

	return up && up->kind == NODE_MAP && !r->key;
}

/* Link N, whose value begins at the event, below what is open. */
static void link_node(struct reader *r, struct node *n, const yaml_event_t *ev)
{
	struct node *up = innermost(r);

	n->at = offset(r, &ev->start_mark);
	n->end = offset(r, &ev->end_mark);
	n->key = TAKE(r->key);
	n->key_at = r->key_at;
	n->merge = n->key && r->merge;
	if (up)
		node_append(up, n);
	else
		r->t->root = n;
}

static int remember(struct reader *r, const yaml_char_t *name, const struct node *n, struct err *e)
{
	struct anchor *a = name ? calloc(1, sizeof(*a)) : NULL;

	if (!name)
		return 0;
	if (!a || !(a->name = strdup((const char *)name))) {
		free(a);
		return no_memory(e);
	}
	a->node = n;
	a->closed = n->kind < NODE_LIST;
	a->next = r->anchors;
	r->anchors = a;
	return 0;
}

static bool is_tag(const yaml_event_t *ev, const char *name)
{
	static const char base[] = "tag:yaml.org,2002:";
	const char *tag = (const char *)ev->data.scalar.tag;

	return tag && !strncmp(tag, base, strlen(base)) && !strcmp(tag + strlen(base), name);
}

/* The scalar's kind as kubectl sees it. Other tags than YAML's own mean nothing to it. */
static enum node_kind kind_of(struct reader *r, const yaml_event_t *ev, const char *text)
{
	static const enum node_kind kinds[] = {
		[SCALAR_NULL] = NODE_NULL,     [SCALAR_BOOL] = NODE_BOOL,
		[SCALAR_NUMBER] = NODE_NUMBER, [SCALAR_STRING] = NODE_STRING,
		[SCALAR_NOT_JSON] = NODE_STRING,
	};
	bool typed = is_tag(ev, "int") || is_tag(ev, "float") || is_tag(ev, "bool") ||
		     is_tag(ev, "null");

	if (is_tag(ev, "binary"))
		tree_fault(r->t, r->source.name, line_of(r, ev), "!!binary; write the text itself");
	if (!typed && (!ev->data.scalar.plain_implicit || ev->data.scalar.tag))
		return NODE_STRING;
	if (scalar_kind(text) == SCALAR_NOT_JSON)
		tree_fault(r->t, r->source.name, line_of(r, ev),
			   "a number that JSON does not have");
	if (typed && scalar_kind(text) == SCALAR_STRING)
		tree_fault(r->t, r->source.name, line_of(r, ev),
			   "a value that is not what its tag says");
	return kinds[scalar_kind(text)];
}

/* Keys are strings; of a key that is another scalar, what JSON would write. */
static int take_key(struct reader *r, const yaml_event_t *ev, char *text, struct err *e)
{
	AUTO(buf) struct buf key = { .max = 1u << 20 };
	enum node_kind kind = kind_of(r, ev, text);

	r->key_at = offset(r, &ev->start_mark);
	r->merge = !strcmp(text, "<<") && ev->data.scalar.plain_implicit;
	if (kind == NODE_NULL)
		tree_fault(r->t, r->source.name, line_of(r, ev), "a key that is null");
	if (kind == NODE_STRING || kind == NODE_NULL) {
		r->key = strdup(text);
	} else {
		scalar_json(text, &key);
		r->key = buf_take(&key);
	}
	if (ev->data.scalar.anchor)
		tree_fault(r->t, r->source.name, line_of(r, ev),
			   "an anchor on a key; write it without");
	return r->key ? 0 : no_memory(e);
}

static int on_scalar(struct reader *r, const yaml_event_t *ev, struct err *e)
{
	char *text = (char *)ev->data.scalar.value;
	struct node *n;

	if (strlen(text) != ev->data.scalar.length)
		tree_fault(r->t, r->source.name, line_of(r, ev), "a string with a NUL byte");
	if (wants_key(r))
		return take_key(r, ev, text, e);
	n = tree_node(r->t, kind_of(r, ev, text), e);
	if (!n)
		return -1;
	n->pinned = ev->data.scalar.anchor || ev->data.scalar.tag;
	link_node(r, n, ev);
	n->text = strdup(text);
	if (!n->text)
		return no_memory(e);
	return remember(r, ev->data.scalar.anchor, n, e);
}

static int too_deep(struct err *e)
{
	return err_set(e, ERR_TOO_BIG, 0, "nested deeper than %d levels", TREE_DEPTH_MAX);
}

static int on_open(struct reader *r, const yaml_event_t *ev, enum node_kind kind, bool flow,
		   const yaml_char_t *anchor, const yaml_char_t *tag, struct err *e)
{
	struct node *n;

	if (wants_key(r))
		return err_set(e, ERR_INVALID, 0,
			       "%s:%d: a key must be a word, not a list or a map",
			       r->source.name, line_of(r, ev));
	if (r->depth == TREE_DEPTH_MAX)
		return too_deep(e);
	n = tree_node(r->t, kind, e);
	if (!n)
		return -1;
	n->flow = flow;
	n->pinned = anchor || tag;
	link_node(r, n, ev);
	r->open[r->depth++] = n;
	return remember(r, anchor, n, e);
}

static int on_close(struct reader *r, const yaml_event_t *ev, struct err *e)
{
	struct node *n = r->open[--r->depth];

	if (n->flow)
		n->end = offset(r, &ev->end_mark);
	for (struct anchor *a = r->anchors; a; a = a->next)
		a->closed = a->closed || a->node == n;
	return n->kind == NODE_MAP ? merge_expand(r->t, n, &r->source, e) : 0;
}

static int on_alias(struct reader *r, const yaml_event_t *ev, struct err *e)
{
	const struct anchor *a = r->anchors;
	struct node *n;

	while (a && strcmp(a->name, (const char *)ev->data.alias.anchor) != 0)
		a = a->next;
	if (!a || !a->closed)
		return err_set(e, ERR_INVALID, 0, "%s:%d: alias *%.60s: %s", r->source.name,
			       line_of(r, ev), (const char *)ev->data.alias.anchor,
			       a ? "it would contain itself" : "there is no such anchor");
	if (wants_key(r))
		return err_set(e, ERR_INVALID, 0, "%s:%d: an alias as a key; write the key out",
			       r->source.name, line_of(r, ev));
	if (r->depth + node_height(a->node) > TREE_DEPTH_MAX)
		return too_deep(e);
	r->t->aliased = true;
	n = tree_copy(r->t, a->node, e);
	if (!n)
		return -1;
	free(n->key); /* of the anchored value's entry */
	n->key = NULL;
	link_node(r, n, ev);
	return 0;
}

static int on_event(struct reader *r, const yaml_event_t *ev, struct err *e)
{
	switch (ev->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (++r->documents > 1)
			return err_set(e, ERR_INVALID, 0, "%s:%d: a second document; begin it with "
				       "a line of ---", r->source.name, line_of(r, ev));
		return 0;
	case YAML_ALIAS_EVENT:
		return on_alias(r, ev, e);
	case YAML_SCALAR_EVENT:
		return on_scalar(r, ev, e);
	case YAML_SEQUENCE_START_EVENT:
		return on_open(r, ev, NODE_LIST,
			       ev->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE,
			       ev->data.sequence_start.anchor, ev->data.sequence_start.tag, e);
	case YAML_MAPPING_START_EVENT:
		return on_open(r, ev, NODE_MAP,
			       ev->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE,
			       ev->data.mapping_start.anchor, ev->data.mapping_start.tag, e);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return on_close(r, ev, e);
	default:
		return 0;
	}
}

/* Why libyaml stopped. It gives no line for bytes it cannot read, only their offset. */
static int syntax_error(const struct reader *r, const yaml_parser_t *p, struct err *e)
{
	int line = r->source.line + (int)p->problem_mark.line;

	if (p->error == YAML_MEMORY_ERROR)
		return no_memory(e);
	if (p->error == YAML_READER_ERROR) {
		line = r->source.line;
		for (size_t i = 0; i < p->problem_offset && i < r->source.len; i++)
			line += r->source.text[i] == '\n';
	}
	return err_set(e, ERR_INVALID, 0, "%s:%d: not YAML: %s", r->source.name, line,
		       p->problem ? p->problem : "unknown");
}

int yaml_read(struct tree *t, const char *text, size_t len, const char *name, int line,
	      struct err *e)
{
	AUTO(reader) struct reader r = { .t = t, .source = { text, len, name, line } };
	AUTO(parser) yaml_parser_t p = { 0 };
	bool more = true;

	if (!yaml_parser_initialize(&p))
		return no_memory(e);
	/* Without this libyaml would read UTF-16 after a byte order mark; UTF-8's it counts. */
	yaml_parser_set_encoding(&p, YAML_UTF8_ENCODING);
	r.bytes = len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3) ? 3 : 0;
	yaml_parser_set_input_string(&p, (const unsigned char *)text + r.bytes, len - r.bytes);
	while (more) {
		AUTO(event) yaml_event_t ev = { 0 };

		if (!yaml_parser_parse(&p, &ev))
			return syntax_error(&r, &p, e);
		if (on_event(&r, &ev, e) < 0)
			return -1;
		more = ev.type != YAML_STREAM_END_EVENT;
	}
	return 0;
}
