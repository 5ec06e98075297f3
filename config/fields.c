/* SPDX-License-Identifier: Apache-2.0 */
#include "config/fields.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "common/syntax.h"
#include "inject/settings.h"

#define FIELDS_MAX 16 /* keys of one table */

struct reader {
	const struct yamldoc *doc;
	const struct yamldoc_node *node; /* the value, or NULL for a preset */
};

static int no_memory(const struct reader *r, struct err *e)
{
	return err_set(e, ERR_NOMEM, 0, "no memory for %s", r->doc->name);
}

/* Whether some YAML reader on the way here would make TEXT a boolean, null or number. */
static bool is_ambiguous(const char *text, bool number_too)
{
	static const char *const words[] = { "true", "false", "yes", "no",   "on",
					     "off",  "y",     "n",   "null", "~" };
	char *end = NULL;

	for (size_t i = 0; i < COUNTOF(words); i++)
		if (!strcasecmp(text, words[i]))
			return true;
	(void)strtod(text, &end);
	return number_too && *text && !*end;
}

/* The text of scalar NODE for a field of TYPE, or -1: not text, or text only by luck. */
static int scalar_text(const struct reader *r, enum field_type type, const char **text,
		       struct err *e)
{
	const struct yamldoc_node *n = r->node;
	bool number = type == FIELD_QUANTITY || type == FIELD_INT;

	if (n->kind == YAMLDOC_MAP || n->kind == YAMLDOC_LIST)
		return yamldoc_fail(r->doc, n, e, "a %s where one value is expected",
				    n->kind == YAMLDOC_MAP ? "map" : "list");
	if (n->kind == YAMLDOC_PLAIN && !*n->text)
		return yamldoc_fail_key(r->doc, n, e, "no value; write \"\" or leave the key out");
	if (type == FIELD_BOOL ? n->kind == YAMLDOC_QUOTED :
				 n->kind == YAMLDOC_PLAIN && is_ambiguous(n->text, !number))
		return yamldoc_fail(r->doc, n, e, type == FIELD_BOOL ?
				    "text; use true or false without quotes" :
				    "not text to every YAML reader; put it in quotes");
	*text = n->text;
	return 0;
}

static int set_string(const struct reader *r, char **to, const char *text, struct err *e)
{
	*to = strdup(text);
	return *to ? 0 : no_memory(r, e);
}

static int set_bool(const struct reader *r, bool *to, const char *text, struct err *e)
{
	if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
		return yamldoc_fail(r->doc, r->node, e, "not a boolean; use true or false");
	*to = text[0] == 't';
	return 0;
}

/* Append the names of an enum as "a, b or c". */
static void add_names(struct buf *out, const char *const *names)
{
	for (size_t i = 0; names[i]; i++)
		buf_addf(out, "%s%s", !i ? "" : names[i + 1] ? ", " : " or ", names[i]);
}

/* The place of TEXT among F's names. */
static int name_index(const struct reader *r, const struct field *f, const char *text, int *index,
		      struct err *e)
{
	AUTO(buf) struct buf list;

	buf_init(&list, 128);
	for (int i = 0; f->names[i]; i++) {
		if (!strcmp(text, f->names[i])) {
			*index = i;
			return 0;
		}
	}
	add_names(&list, f->names);
	return yamldoc_fail(r->doc, r->node, e, "not known here; use %s", list.data);
}

static int set_scalar(const struct reader *r, const struct field *f, void *to, const char *text,
		      struct err *e)
{
	const char *wrong = NULL;
	int index = 0;

	if (f->check && !(f->preset && !strcmp(text, f->preset)))
		wrong = f->check(text);
	if (wrong)
		return yamldoc_fail(r->doc, r->node, e, "%s", wrong);
	if (f->names && name_index(r, f, text, &index, e) < 0)
		return -1;
	switch (f->type) {
	case FIELD_BOOL:
		return set_bool(r, to, text, e);
	case FIELD_ENUM:
		memcpy(to, &index, sizeof(index));
		return 0;
	case FIELD_INT:
		*(int *)to = (int)strtol(text, NULL, 10);
		return 0;
	default:
		return set_string(r, to, text, e);
	}
}

static int list_add(const struct reader *r, struct strlist *list, const char *item, struct err *e)
{
	return strlist_add(list, item) < 0 ? no_memory(r, e) : 0;
}

static int preset_list(const struct reader *r, struct strlist *list, const char *preset,
		       struct err *e)
{
	AUTO(free) char *copy = strdup(preset);
	char *rest = copy, *item;

	if (!copy)
		return no_memory(r, e);
	while (*copy && (item = strsep(&rest, ",")))
		if (list_add(r, list, item, e) < 0)
			return -1;
	return 0;
}

static int read_list(const struct reader *r, const struct field *f, struct strlist *list,
		     struct err *e)
{
	if (fields_want(r->doc, r->node, YAMLDOC_LIST, e) < 0)
		return -1;
	for (const struct yamldoc_node *n = r->node->first; n; n = n->next) {
		const struct reader item = { r->doc, n };
		const char *text = NULL, *wrong;

		if (scalar_text(&item, FIELD_STRING, &text, e) < 0)
			return -1;
		wrong = f->check(text);
		if (wrong)
			return yamldoc_fail(r->doc, n, e, "%s", wrong);
		if (list_add(&item, list, text, e) < 0)
			return -1;
	}
	return 0;
}

static int read_field(const struct reader *r, const struct field *f, void *to, struct err *e)
{
	const char *text = f->preset;

	if (f->type == FIELD_LIST)
		return r->node ? read_list(r, f, to, e) : preset_list(r, to, f->preset, e);
	if (r->node && scalar_text(r, f->type, &text, e) < 0)
		return -1;
	return set_scalar(r, f, to, text, e);
}

static int unknown_key(const struct yamldoc *doc, const struct yamldoc_node *node,
		       const char *const *known, size_t n, struct err *e)
{
	const char *near = syntax_nearest(node->key, known, n);
	AUTO(buf) struct buf list;

	buf_init(&list, 512);
	if (near)
		return yamldoc_fail_key(doc, node, e, "unknown key; did you mean %s?", near);
	for (size_t i = 0; i < n; i++)
		buf_addf(&list, "%s%s", i ? ", " : "", known[i]);
	return yamldoc_fail_key(doc, node, e, "unknown key; known here: %s", list.data);
}

static int check_keys(const struct yamldoc *doc, const struct yamldoc_node *map,
		      const struct field *fields, size_t n, struct err *e)
{
	const char *known[FIELDS_MAX];

	for (size_t i = 0; i < n; i++)
		known[i] = fields[i].key;
	for (const struct yamldoc_node *at = map->first; at; at = at->next) {
		size_t i = 0;

		while (i < n && strcmp(at->key, known[i]) != 0)
			i++;
		if (i == n)
			return unknown_key(doc, at, known, n, e);
	}
	return 0;
}

static int missing(const struct yamldoc *doc, const struct yamldoc_node *map,
		   const struct field *f, struct err *e)
{
	const char *wrong = f->check(""), *advice = wrong ? strchr(wrong, ';') : NULL;

	return yamldoc_fail_key(doc, map, e, "%s is missing%s", f->key, advice ? advice : "");
}

/* Read as an empty map: presets apply, and what is required is missed by its path. */
static int read_absent(const struct yamldoc *doc, const struct yamldoc_node *map,
		       const struct field *f, void *base, struct err *e)
{
	AUTO(free) char *key = strdup(f->key);
	const struct yamldoc_node empty = {
		.kind = YAMLDOC_MAP, .line = map->line, .key = key, .parent = map
	};

	if (!key)
		return err_set(e, ERR_NOMEM, 0, "no memory for %s", doc->name);
	return fields_read(doc, &empty, f->sub, f->n_sub, base, e);
}

static int read_one(const struct yamldoc *doc, const struct yamldoc_node *map,
		    const struct field *f, void *base, struct err *e)
{
	const struct reader r = { doc, yamldoc_get(map, f->key) };

	if (f->type == FIELD_OTHER)
		return 0;
	if (f->type == FIELD_MAP)
		return r.node ? fields_read(doc, r.node, f->sub, f->n_sub, base, e) :
				read_absent(doc, map, f, base, e);
	if (!r.node && !f->preset)
		return missing(doc, map, f, e);
	return read_field(&r, f, (char *)base + f->offset, e);
}

int fields_want(const struct yamldoc *doc, const struct yamldoc_node *node,
		enum yamldoc_kind kind, struct err *e)
{
	if (node->kind == kind)
		return 0;
	return yamldoc_fail(doc, node, e, kind == YAMLDOC_MAP ?
			    "not a map; write \"key: value\" lines below it" :
			    "not a list; write [a, b], or \"- a\" lines below it");
}

int fields_read(const struct yamldoc *doc, const struct yamldoc_node *map,
		const struct field *fields, size_t n, void *base, struct err *e)
{
	if (fields_want(doc, map, YAMLDOC_MAP, e) < 0 || check_keys(doc, map, fields, n, e) < 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (read_one(doc, map, &fields[i], base, e) < 0)
			return -1;
	return 0;
}

static void dump_one(const struct field *f, const void *at, struct buf *out)
{
	const struct strlist *list = at;

	switch (f->type) {
	case FIELD_LIST:
		for (size_t i = 0; i < list->len; i++)
			buf_add_json(out, list->items[i], strlen(list->items[i]));
		break;
	case FIELD_BOOL:
		buf_addf(out, "%d", *(const bool *)at);
		break;
	case FIELD_INT:
	case FIELD_ENUM:
		buf_addf(out, "%d", *(const int *)at);
		break;
	default:
		buf_add_json(out, *(char *const *)at, strlen(*(char *const *)at));
	}
}

void fields_dump(const struct field *fields, size_t n, const void *base, struct buf *out)
{
	for (size_t i = 0; i < n; i++) {
		const struct field *f = &fields[i];

		if (f->type == FIELD_OTHER)
			continue;
		buf_addf(out, "%s:", f->key);
		if (f->type == FIELD_MAP)
			fields_dump(f->sub, f->n_sub, base, out);
		else
			dump_one(f, (const char *)base + f->offset, out);
		buf_addc(out, '\n');
	}
}
