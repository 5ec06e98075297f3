/* SPDX-License-Identifier: Apache-2.0 */
#include "config/yamldoc.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/buf.h"

#define VALUE_SHOWN 40 /* bytes of a value that a message quotes */

static void node_free(struct yamldoc_node *node)
{
	while (node) {
		struct yamldoc_node *next = node->next;

		node_free(node->first);
		free(node->key);
		free(node->text);
		free(node);
		node = next;
	}
}

void yamldoc_fini(struct yamldoc *doc)
{
	node_free(doc->root);
	free(doc->name);
	*doc = (struct yamldoc){ 0 };
}

const struct yamldoc_node *yamldoc_get(const struct yamldoc_node *map, const char *key)
{
	for (const struct yamldoc_node *n = map->first; n; n = n->next)
		if (!strcmp(n->key, key))
			return n;
	return NULL;
}

/* Append NODE's path, "a.b[2].c", to OUT; the root has none. */
static void add_path(struct buf *out, const struct yamldoc_node *node)
{
	const struct yamldoc_node *up = node->parent;
	int i = 0;

	if (!up)
		return;
	add_path(out, up);
	if (node->key) {
		buf_addf(out, "%s%s", up->parent ? "." : "", node->key);
		return;
	}
	for (const struct yamldoc_node *n = up->first; n != node; n = n->next)
		i++;
	buf_addf(out, "[%d]", i);
}

/* Whether VALUE may stand in a message: one line, and nothing that looks like a credential. */
static bool may_show(const char *value)
{
	const char *authority = strstr(value, "://");

	return !strchr(value, '\n') && !strstr(value, "sk-ant-") && !strstr(value, "-----") &&
	       !(authority && strchr(authority, '@'));
}

static void add_value(struct buf *out, const char *value)
{
	size_t len = strlen(value), shown = len;

	if (!may_show(value))
		return;
	if (len > VALUE_SHOWN)
		for (shown = VALUE_SHOWN; ((unsigned char)value[shown] & 0xc0) == 0x80; shown--)
			;
	buf_addf(out, "=\"%.*s%s\"", (int)shown, value, shown < len ? "…" : "");
}

static int PRINTF(5, 0) fail(const struct yamldoc *doc, const struct yamldoc_node *node,
			     const char *value, struct err *e, const char *fmt, va_list ap)
{
	AUTO(buf) struct buf where;
	struct err what = { 0 };

	buf_init(&where, sizeof(e->msg));
	add_path(&where, node);
	if (value && node->parent)
		add_value(&where, value);
	(void)vsnprintf(what.msg, sizeof(what.msg), fmt, ap);
	return err_set(e, ERR_INVALID, 0, "%s:%d: %s%s%s", doc->name, node->line,
		       where.data ? where.data : "", where.len ? ": " : "", what.msg);
}

int yamldoc_fail(const struct yamldoc *doc, const struct yamldoc_node *node, struct err *e,
		 const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)fail(doc, node, node->text, e, fmt, ap);
	va_end(ap);
	return -1;
}

int yamldoc_fail_key(const struct yamldoc *doc, const struct yamldoc_node *node, struct err *e,
		     const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)fail(doc, node, NULL, e, fmt, ap);
	va_end(ap);
	return -1;
}
