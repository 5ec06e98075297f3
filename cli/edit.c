/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/edit.h"

#include <string.h>

#include "cli/emit.h"

struct edit {
	const char *text;
	size_t len, pos; /* what stands before pos is written, or left out */
	int unit;	 /* blanks a level, in JSON of several lines */
	bool failed;	 /* not possible in place */
	struct buf *out;
};

static size_t line_start(const struct edit *ed, size_t at)
{
	while (at > 0 && ed->text[at - 1] != '\n')
		at--;
	return at;
}

/* After the newline that ends the line at AT, or the text's end. */
static size_t line_end(const struct edit *ed, size_t at)
{
	while (at < ed->len && ed->text[at] != '\n')
		at++;
	return at < ed->len ? at + 1 : at;
}

static size_t skip_blanks(const struct edit *ed, size_t at)
{
	while (at < ed->len && ed->text[at] == ' ')
		at++;
	return at;
}

static bool first_on_line(const struct edit *ed, size_t at)
{
	return skip_blanks(ed, line_start(ed, at)) == at;
}

static void copy_to(struct edit *ed, size_t at)
{
	if (at < ed->pos) {
		ed->failed = true;
		return;
	}
	buf_add(ed->out, ed->text + ed->pos, at - ed->pos);
	ed->pos = at;
}

/* Where a child begins: its key, or its value; of a list's item in a block, its dash. */
static size_t child_start(struct edit *ed, const struct node *c)
{
	size_t at = c->key ? c->key_at : c->at;

	if (c->key || c->parent->flow)
		return at;
	while (at > 0 && ed->text[at - 1] == ' ')
		at--;
	if (at == 0 || ed->text[at - 1] != '-')
		ed->failed = true;
	return at ? at - 1 : 0;
}

/* Where the value ends that was read; block collections end with their last child. */
static size_t value_end(const struct node *n)
{
	const struct node *last = NULL;

	if (n->kind < NODE_LIST || n->flow)
		return n->end;
	for (const struct node *c = n->first; c; c = c->next)
		if (!c->made)
			last = c;
	return last ? value_end(last) : n->end;
}

/* Where the lines of the block's child C end. */
static size_t block_end(const struct edit *ed, const struct node *c)
{
	size_t end = value_end(c);
	bool ended = end > 0 && ed->text[end - 1] == '\n' && end > c->at;

	return ended ? end : line_end(ed, end);
}

/* Before the comments that stand directly above the line at AT. */
static size_t above_comments(const struct edit *ed, size_t at)
{
	while (at > ed->pos) {
		size_t above = line_start(ed, at - 1), first = skip_blanks(ed, above);

		if (above < ed->pos || ed->text[first] != '#')
			break;
		at = above;
	}
	return at;
}

static const struct node *next_read(const struct node *n)
{
	while (n && n->made)
		n = n->next;
	return n;
}

/* --- blocks --- */

static void insert_block(struct edit *ed, const struct node *c, int column)
{
	if (ed->out->len && ed->out->data[ed->out->len - 1] != '\n')
		buf_addc(ed->out, '\n');
	buf_addf(ed->out, "%*s", column, "");
	emit_child(c, column, ed->out);
}

/* The column of a block collection's children. */
static int block_column(struct edit *ed, const struct node *n)
{
	const struct node *first = next_read(n->first);
	size_t at = first ? child_start(ed, first) : 0;

	ed->failed = ed->failed || !first;
	return (int)(at - line_start(ed, at));
}

static void walk(struct edit *ed, const struct node *n);

static void walk_block(struct edit *ed, const struct node *n)
{
	int column = block_column(ed, n);
	bool at_start = true; /* no child that was read has been passed */

	for (const struct node *c = n->first; c && !ed->failed; c = c->next) {
		size_t start = c->made ? 0 : child_start(ed, c);

		if (c->made && at_start) {
			start = child_start(ed, next_read(c));
			ed->failed = ed->failed || !first_on_line(ed, start);
			copy_to(ed, above_comments(ed, line_start(ed, start)));
		}
		if (c->made) {
			insert_block(ed, c, column);
		} else if (c->gone) {
			ed->failed = ed->failed || !first_on_line(ed, start);
			copy_to(ed, line_start(ed, start));
			ed->pos = block_end(ed, c);
		} else {
			walk(ed, c);
			if (c->next && c->next->made)
				copy_to(ed, block_end(ed, c));
		}
		at_start = at_start && c->made;
	}
}

/* --- brackets --- */

/* Start what goes between others: on a line of its own where NEAR, a neighbour, has one. */
static void flow_gap(struct edit *ed, size_t near)
{
	size_t start = line_start(ed, near);

	if (first_on_line(ed, near) && start > 0)
		buf_addf(ed->out, "\n%*s", (int)(near - start), "");
	else
		buf_addc(ed->out, ' ');
}

static void insert_flow(struct edit *ed, const struct node *c, size_t near)
{
	int column = (int)(near - line_start(ed, near));
	bool lines = near && first_on_line(ed, near) && column > 0;

	if (c->key) {
		AUTO(buf) struct buf key = { .max = ed->out->max };

		buf_add_json(&key, c->key, strlen(c->key));
		buf_addf(ed->out, "%s: ", key.data ? key.data : "");
	}
	node_json(c, lines ? column : -1, ed->unit, ed->out);
}

static void walk_flow(struct edit *ed, const struct node *n)
{
	const struct node *passed = NULL;

	for (const struct node *c = n->first; c && !ed->failed; c = c->next) {
		const struct node *next = next_read(c->next);
		const struct node *near = passed ? passed : next;
		size_t start;

		ed->failed = ed->failed || c->gone;
		if (!c->made) {
			walk(ed, c);
			passed = c;
			continue;
		}
		start = near ? child_start(ed, near) : 0;
		if (passed) {
			copy_to(ed, value_end(passed) > ed->pos ? value_end(passed) : ed->pos);
			buf_addc(ed->out, ',');
			flow_gap(ed, start);
			insert_flow(ed, c, start);
			continue;
		}
		copy_to(ed, next ? start : ed->pos > n->at + 1 ? ed->pos : n->at + 1);
		insert_flow(ed, c, start);
		if (c->next) {
			buf_addc(ed->out, ',');
			flow_gap(ed, start);
		}
	}
}

static bool changes(const struct node *n)
{
	for (const struct node *c = n->first; c; c = c->next)
		if (c->made || c->gone)
			return true;
	return false;
}

static void walk(struct edit *ed, const struct node *n)
{
	if (changes(n) && n->pinned)
		ed->failed = true;
	else if (changes(n) && n->flow)
		walk_flow(ed, n);
	else if (changes(n))
		walk_block(ed, n);
	else
		for (const struct node *c = n->first; c && !ed->failed; c = c->next)
			walk(ed, c);
}

/* --- the whole document --- */

static bool reads_as(const struct tree *t, const struct buf *text, struct err *e)
{
	AUTO(tree) struct tree again = { .root = NULL };

	if (buf_check(text, "the manifest", e) < 0)
		return false;
	if (tree_parse(&again, text->data, text->len, "the result", 1, e) < 0)
		return false;
	if (again.root && !again.fault.kind && node_equal(t->root, again.root))
		return true;
	err_set(e, ERR_BUG, 0, "what was written does not read back as it was meant");
	return false;
}

static int json_unit(const struct edit *ed, const struct node *root)
{
	size_t at = root->first ? root->first->key_at : 0, start = line_start(ed, at);

	return root->flow && at > start && first_on_line(ed, at) && at - start <= 8 ?
		       (int)(at - start) : 2;
}

/* What stands before the document's first key stays: license, source, directions. */
static void write_anew(struct edit *ed, const struct tree *t)
{
	const struct node *root = t->root;
	bool keep = !root->flow && !root->pinned && root->first && !root->first->made;

	ed->pos = 0;
	if (t->json) {
		node_json(root, 0, ed->unit, ed->out);
		buf_addc(ed->out, '\n');
		return;
	}
	if (keep)
		copy_to(ed, line_start(ed, root->first->key_at));
	emit_block(root, 0, ed->out);
}

static void add_line_ends(const struct edit *ed, const struct buf *from, struct buf *out)
{
	const char *first = memchr(ed->text, '\n', ed->len);
	bool crlf = first && first > ed->text && first[-1] == '\r';

	if (!crlf) {
		buf_add(out, from->data, from->len);
		return;
	}
	for (size_t i = 0; i < from->len; i++) {
		if (from->data[i] == '\n' && (i == 0 || from->data[i - 1] != '\r'))
			buf_addc(out, '\r');
		buf_addc(out, from->data[i]);
	}
}

int edit_write(const struct tree *t, const char *text, size_t len, struct buf *out, bool *anew,
	       struct err *e)
{
	AUTO(buf) struct buf made = { .max = out->max };
	struct edit ed = { .text = text, .len = len, .out = &made };
	struct err why = { 0 };

	ed.unit = json_unit(&ed, t->root);
	ed.failed = t->aliased;
	if (!ed.failed) {
		walk(&ed, t->root);
		if (!ed.failed)
			copy_to(&ed, len);
	}
	*anew = ed.failed || !reads_as(t, &made, &why);
	if (*anew) {
		buf_reset(&made);
		write_anew(&ed, t);
		if (!reads_as(t, &made, e))
			return -1;
	}
	add_line_ends(&ed, &made, out);
	return buf_check(out, "the manifest", e);
}
