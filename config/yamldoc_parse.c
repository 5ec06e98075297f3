/* SPDX-License-Identifier: Apache-2.0 */
#include "config/yamldoc.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

struct builder {
	struct yamldoc *doc;
	struct yamldoc_node *open[YAMLDOC_DEPTH_MAX];	/* collections, outermost first */
	int depth;					/* how many of them */
	char *key;	/* owned: the innermost map's key that waits for its value */
	int key_line, nodes, documents;
};

static void auto_event(yaml_event_t *ev)
{
	yaml_event_delete(ev);
}

static void auto_parser(yaml_parser_t *p)
{
	yaml_parser_delete(p);
}

static void auto_builder(struct builder *b)
{
	free(b->key);
}

static int line_of(const yaml_event_t *ev)
{
	return (int)ev->start_mark.line + 1;
}

static int fail_at(const struct builder *b, int line, struct err *e, const char *what)
{
	return err_set(e, ERR_INVALID, 0, "%s:%d: %s", b->doc->name, line, what);
}

static int no_memory(const struct builder *b, struct err *e)
{
	return err_set(e, ERR_NOMEM, 0, "no memory for %s", b->doc->name);
}

/* The innermost open collection, or NULL. */
static struct yamldoc_node *innermost(const struct builder *b)
{
	return b->depth ? b->open[b->depth - 1] : NULL;
}

/* Link a node of KIND below the open collection. NULL with E set: a limit or memory. */
static struct yamldoc_node *add_node(struct builder *b, enum yamldoc_kind kind,
				     const yaml_event_t *ev, struct err *e)
{
	struct yamldoc_node *node, *up = innermost(b);

	if (++b->nodes > YAMLDOC_NODES_MAX) {
		err_set(e, ERR_TOO_BIG, 0, "%s:%d: more than %d values", b->doc->name, line_of(ev),
			YAMLDOC_NODES_MAX);
		return NULL;
	}
	node = calloc(1, sizeof(*node));
	if (!node) {
		no_memory(b, e);
		return NULL;
	}
	node->kind = kind;
	node->line = b->key ? b->key_line : line_of(ev);
	node->key = TAKE(b->key);
	node->parent = up;
	if (!up)
		b->doc->root = node;
	else if (up->last)
		up->last->next = node;
	else
		up->first = node;
	if (up)
		up->last = node;
	return node;
}

static bool wants_key(const struct builder *b)
{
	const struct yamldoc_node *up = innermost(b);

	return up && up->kind == YAMLDOC_MAP && !b->key;
}

static int take_key(struct builder *b, const yaml_event_t *ev, char **text, struct err *e)
{
	const struct yamldoc_node *twin = yamldoc_get(innermost(b), *text);

	if (twin)
		return yamldoc_fail_key(b->doc, twin, e, "given again in line %d; keep one",
					line_of(ev));
	b->key = TAKE(*text);
	b->key_line = line_of(ev);
	return 0;
}

static int on_scalar(struct builder *b, const yaml_event_t *ev, struct err *e)
{
	const char *value = (const char *)ev->data.scalar.value;
	bool plain = ev->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	AUTO(free) char *text = NULL;
	struct yamldoc_node *node;

	if (ev->data.scalar.anchor || ev->data.scalar.tag)
		return fail_at(b, line_of(ev), e,
			       "anchors and tags are not accepted; write plain values");
	if (strlen(value) != ev->data.scalar.length)
		return fail_at(b, line_of(ev), e, "a value with a NUL byte");
	text = strdup(value);
	if (!text)
		return no_memory(b, e);
	if (wants_key(b))
		return take_key(b, ev, &text, e);
	node = add_node(b, plain ? YAMLDOC_PLAIN : YAMLDOC_QUOTED, ev, e);
	if (!node)
		return -1;
	node->text = TAKE(text);
	return 0;
}

static int on_open(struct builder *b, const yaml_event_t *ev, enum yamldoc_kind kind, bool marked,
		   struct err *e)
{
	struct yamldoc_node *node;

	if (marked)
		return fail_at(b, line_of(ev), e,
			       "anchors and tags are not accepted; write plain values");
	if (wants_key(b))
		return fail_at(b, line_of(ev), e, "a key must be a word, not a list or a map");
	if (b->depth == YAMLDOC_DEPTH_MAX)
		return err_set(e, ERR_TOO_BIG, 0, "%s:%d: nested deeper than %d levels",
			       b->doc->name, line_of(ev), YAMLDOC_DEPTH_MAX);
	node = add_node(b, kind, ev, e);
	if (!node)
		return -1;
	b->open[b->depth++] = node;
	return 0;
}

static int on_event(struct builder *b, const yaml_event_t *ev, struct err *e)
{
	switch (ev->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (++b->documents > 1)
			return fail_at(b, line_of(ev), e,
				       "a second document; one is expected, remove the '---'");
		return 0;
	case YAML_ALIAS_EVENT:
		return fail_at(b, line_of(ev), e, "aliases are not accepted; write the value out");
	case YAML_SCALAR_EVENT:
		return on_scalar(b, ev, e);
	case YAML_SEQUENCE_START_EVENT:
		return on_open(b, ev, YAMLDOC_LIST,
			       ev->data.sequence_start.anchor || ev->data.sequence_start.tag, e);
	case YAML_MAPPING_START_EVENT:
		return on_open(b, ev, YAMLDOC_MAP,
			       ev->data.mapping_start.anchor || ev->data.mapping_start.tag, e);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		b->depth--;
		return 0;
	default:
		return 0;
	}
}

/* Why libyaml stopped. It gives no line for bytes it cannot read, only their offset. */
static int syntax_error(const struct builder *b, const yaml_parser_t *p, const char *text,
			struct err *e)
{
	const char *problem = p->problem ? p->problem : "not YAML";
	const char *tab = "";
	int line = (int)p->problem_mark.line + 1;
	const char *start = text;

	if (p->error == YAML_MEMORY_ERROR)
		return no_memory(b, e);
	if (p->error == YAML_READER_ERROR) {
		line = 1;
		for (const char *s = text; s < text + p->problem_offset; s++)
			line += *s == '\n';
		return err_set(e, ERR_INVALID, 0, "%s:%d: not YAML: %s", b->doc->name, line,
			       problem);
	}
	for (int i = 1; i < line && start; i++)
		start = (start = strchr(start, '\n')) ? start + 1 : NULL;
	if (start && start[strspn(start, " ")] == '\t')
		tab = "; indent with spaces, not with a tab";
	return err_set(e, ERR_INVALID, 0, "%s:%d: not YAML: %s%s", b->doc->name, line, problem,
		       tab);
}

static int build(struct builder *b, const char *text, size_t len, struct err *e)
{
	AUTO(parser) yaml_parser_t p = { 0 };
	bool more = true;

	if (!yaml_parser_initialize(&p))
		return no_memory(b, e);
	/* Without this libyaml would read UTF-16 after a byte order mark. */
	yaml_parser_set_encoding(&p, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&p, (const unsigned char *)text, len);
	while (more) {
		AUTO(event) yaml_event_t ev = { 0 };

		if (!yaml_parser_parse(&p, &ev))
			return syntax_error(b, &p, text, e);
		if (on_event(b, &ev, e) < 0)
			return -1;
		more = ev.type != YAML_STREAM_END_EVENT;
	}
	if (!b->doc->root)
		return fail_at(b, 1, e, "empty; a map of settings is expected");
	return 0;
}

int yamldoc_parse(struct yamldoc *doc, const char *text, size_t len, const char *name,
		  struct err *e)
{
	AUTO(builder) struct builder b = { .doc = doc };
	AUTO(free) char *copy = NULL;

	*doc = (struct yamldoc){ 0 };
	if (len > YAMLDOC_BYTES_MAX)
		return err_set(e, ERR_TOO_BIG, 0, "%s is larger than %u bytes", name,
			       YAMLDOC_BYTES_MAX);
	if (memchr(text, '\0', len))
		return err_set(e, ERR_INVALID, 0, "%s: not text: it holds a NUL byte", name);
	doc->name = strdup(name);
	copy = malloc(len + 1);
	if (!doc->name || !copy)
		return err_set(e, ERR_NOMEM, 0, "no memory for %s", name);
	memcpy(copy, text, len);
	copy[len] = '\0';
	return build(&b, copy, len, e);
}
