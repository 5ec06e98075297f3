/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/emit.h"

#include <string.h>

#include "cli/scalar.h"

static void emit_string(const char *text, struct buf *out)
{
	if (scalar_is_plain(text))
		buf_adds(out, text);
	else
		scalar_quote(text, out);
}

/* A text of several lines as a literal block. Source: YAML 1.2 §8.1.2. */
static void emit_literal(const char *text, int indent, struct buf *out)
{
	size_t len = strlen(text);

	buf_adds(out, text[len - 1] == '\n' ? "|\n" : "|-\n");
	while (*text) {
		size_t n = strcspn(text, "\n");

		if (n)
			buf_addf(out, "%*s%.*s", indent, "", (int)n, text);
		buf_addc(out, '\n');
		text += n + (text[n] == '\n');
	}
}

/* What follows "key:" or "-"; an open line is ended. */
static void emit_value(const struct node *n, int indent, struct buf *out)
{
	bool in_list = n->parent && n->parent->kind == NODE_LIST;

	if (n->kind >= NODE_LIST && !node_live(n->first)) {
		buf_adds(out, n->kind == NODE_MAP ? " {}\n" : " []\n");
	} else if (n->kind >= NODE_LIST && in_list) {
		AUTO(buf) struct buf inner = { .max = out->max };

		emit_block(n, indent + 2, &inner);
		if (inner.failed)
			out->failed = inner.failed;
		else
			buf_adds(out, inner.data + indent + 1); /* the first begins after "- " */
	} else if (n->kind >= NODE_LIST) {
		buf_addc(out, '\n');
		emit_block(n, n->kind == NODE_MAP ? indent + 2 : indent, out);
	} else if (n->kind == NODE_STRING && scalar_is_literal(n->text)) {
		buf_addc(out, ' ');
		emit_literal(n->text, indent + 2, out);
	} else {
		buf_addc(out, ' ');
		if (n->kind == NODE_STRING)
			emit_string(n->text, out);
		else
			buf_adds(out, n->text[0] ? n->text : "null");
		buf_addc(out, '\n');
	}
}

void emit_child(const struct node *child, int indent, struct buf *out)
{
	if (child->key) {
		emit_string(child->key, out);
		buf_addc(out, ':');
	} else {
		buf_addc(out, '-');
	}
	emit_value(child, indent, out);
}

void emit_block(const struct node *n, int indent, struct buf *out)
{
	EACH_NODE(c, n) {
		buf_addf(out, "%*s", indent, "");
		emit_child(c, indent, out);
	}
}
