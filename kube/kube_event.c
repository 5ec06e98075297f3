/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/kube_event.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "kube/kube_scan.h"

#define FLAGS JSON_ALLOW_NUL /* a strange annotation of another's must not end the watch */
#define OUTLINE_MAX 4096     /* bytes: three names */

void kube_change_fini(struct kube_change *c)
{
	free(c->namespace_);
	free(c->name);
	free(c->text);
	*c = (struct kube_change){ .gone = false };
}

void kube_changes_fini(struct kube_changes *c)
{
	for (size_t i = 0; i < c->n; i++)
		kube_change_fini(&c->list[i]);
	free(c->list);
	*c = (struct kube_changes){ .n = 0 };
}

void kube_page_fini(struct kube_page *p)
{
	kube_changes_fini(&p->changes);
	free(p->more);
	p->more = NULL;
}

void kube_event_fini(struct kube_event *ev)
{
	kube_change_fini(&ev->change);
}

static int not_it(struct err *e, const char *what)
{
	return err_set(e, ERR_TRANSIENT, 0, "the API server's answer is no %s", what);
}

static int no_memory(struct err *e)
{
	return err_set(e, ERR_NOMEM, 0, "no memory for what the API server says");
}

static json_t *load(const char *text, size_t len, const char *what, struct err *e)
{
	json_error_t why;
	json_t *doc = json_loadb(text, len, FLAGS, &why);

	if (!doc)
		(void)err_set(e, ERR_TRANSIENT, 0, "the API server's %s is no JSON: %s", what,
			      why.text);
	return doc;
}

/*
 * Of an object that is too large, its metadata.name, .namespace and .resourceVersion alone,
 * as an object; NULL without memory, or when these are large.
 */
static json_t *load_outline(struct kube_span object, struct err *e)
{
	static const char *const members[] = { "name", "namespace", "resourceVersion" };
	struct kube_span metadata = kube_scan_member(object, "metadata");
	AUTO(buf) struct buf text;
	const char *comma = "";

	buf_init(&text, OUTLINE_MAX);
	buf_adds(&text, "{\"metadata\":{");
	for (size_t i = 0; i < COUNTOF(members); i++) {
		struct kube_span value = kube_scan_member(metadata, members[i]);

		if (!value.len)
			continue;
		buf_addf(&text, "%s\"%s\":", comma, members[i]);
		buf_add(&text, value.text, value.len);
		comma = ",";
	}
	buf_adds(&text, "}}");
	return buf_check(&text, "an object's name", e) < 0 ? NULL :
							      load(text.data, text.len, "object", e);
}

/* An object, or its outline when it is TOO_LARGE. */
static json_t *load_object(struct kube_span object, bool *too_large, struct err *e)
{
	*too_large = kube_scan_cost(object) > KUBE_TREE_MAX;
	return *too_large ? load_outline(object, e) : load(object.text, object.len, "object", e);
}

/* TEXT less what is in VALUE, which is part of it. */
static json_t *load_without(const char *text, size_t len, struct kube_span value,
			    const char *what, struct err *e)
{
	size_t before = value.len ? (size_t)(value.text - text) : len;
	AUTO(buf) struct buf rest;

	buf_init(&rest, len + sizeof("null"));
	buf_add(&rest, text, before);
	if (value.len)
		buf_adds(&rest, "null");
	buf_add(&rest, text + before + value.len, len - before - value.len);
	return buf_check(&rest, what, e) < 0 ? NULL : load(rest.data, rest.len, what, e);
}

/* Copy the entries of metadata's map FIELD that are under PREFIX to OUT; -1 without memory. */
static int keep(const json_t *metadata, const char *field, const char *prefix, json_t *out)
{
	json_t *map = json_object_get(metadata, field), *value, *kept;
	size_t n = strlen(prefix);
	const char *key;

	json_object_foreach(map, key, value)
	{
		if (strncmp(key, prefix, n) != 0 || key[n] != '/')
			continue;
		kept = json_object_get(out, field);
		if (!kept && json_object_set_new(out, field, json_object()) < 0)
			return -1;
		if (json_object_set(json_object_get(out, field), key, value) < 0)
			return -1;
	}
	return 0;
}

/* The object's text less all that is not ours; NULL in OUT when nothing is left. */
static int keep_ours(const json_t *object, const char *prefix, char **out)
{
	const json_t *metadata = json_object_get(object, "metadata");
	json_auto_t *ours = json_object();
	json_auto_t *whole = NULL;

	if (!ours || keep(metadata, "labels", prefix, ours) < 0 ||
	    keep(metadata, "annotations", prefix, ours) < 0)
		return -1;
	if (json_object_size(ours) == 0)
		return 0;
	whole = json_pack("{s:O}", "metadata", ours);
	*out = whole ? json_dumps(whole, JSON_COMPACT) : NULL;
	return *out ? 0 : -1;
}

static int read_object(const json_t *object, bool too_large, const char *prefix,
		       int (*reduce)(const struct json_t *, const char *, char **),
		       struct kube_change *out, struct err *e)
{
	const json_t *metadata = json_object_get(object, "metadata");
	const char *name = json_string_value(json_object_get(metadata, "name"));
	const char *namespace_ = json_string_value(json_object_get(metadata, "namespace"));
	AUTO(kube_change) struct kube_change c = { .gone = too_large, .too_large = too_large };

	if (!name)
		return not_it(e, "object with a name");
	c.name = strdup(name);
	c.namespace_ = strdup(namespace_ ? namespace_ : "");
	if (!c.name || !c.namespace_ ||
	    (!too_large && (reduce ? reduce : keep_ours)(object, prefix, &c.text) < 0))
		return no_memory(e);
	*out = c;
	c = (struct kube_change){ .gone = false };
	return 0;
}

/* metadata.resourceVersion into OUT; -1 when it is none that can be said again in a URL. */
static int read_version(const json_t *object, char out[KUBE_VERSION_SIZE], struct err *e)
{
	const json_t *metadata = json_object_get(object, "metadata");
	const char *v = json_string_value(json_object_get(metadata, "resourceVersion"));

	if (!v || !*v || strlen(v) >= KUBE_VERSION_SIZE ||
	    v[strspn(v, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.")])
		return not_it(e, "object with a resourceVersion");
	(void)snprintf(out, KUBE_VERSION_SIZE, "%s", v);
	return 0;
}

static int read_item(struct kube_span item, const char *prefix,
		     int (*reduce)(const struct json_t *, const char *, char **),
		     struct kube_change *out, struct err *e)
{
	bool too_large = false;
	json_auto_t *object = load_object(item, &too_large, e);

	return object ? read_object(object, too_large, prefix, reduce, out, e) : -1;
}

/* One after the other: the tree of one object is what memory must hold. */
static int read_items(struct kube_span items, const char *prefix,
		      int (*reduce)(const struct json_t *, const char *, char **),
		      struct kube_changes *out, struct err *e)
{
	struct kube_span item = { .len = 0 };
	size_t n = 0;

	while (kube_scan_next(items, &item))
		n++;
	out->list = calloc(n ? n : 1, sizeof(*out->list));
	if (!out->list)
		return no_memory(e);
	for (; kube_scan_next(items, &item); out->n++)
		if (read_item(item, prefix, reduce, &out->list[out->n], e) < 0)
			return -1;
	return 0;
}

/* Is S an array to its last byte, or null? What lies between its elements was never parsed. */
static bool is_list(struct kube_span s)
{
	struct kube_span item = { .len = 0 };
	const char *last = s.text;

	if (s.len == 4 && !memcmp(s.text, "null", 4))
		return true;
	if (s.len < 2 || s.text[0] != '[')
		return false;
	while (kube_scan_next(s, &item))
		last = item.text + item.len - 1;
	for (last++; last < s.text + s.len - 1; last++)
		if (!memchr(" \t\r\n", *last, 4))
			return false;
	return s.text[s.len - 1] == ']';
}

int kube_event_page(const char *text, size_t len, const char *prefix,
		    int (*reduce)(const struct json_t *, const char *, char **),
		    struct kube_page *out, struct err *e)
{
	struct kube_span items = kube_scan_member((struct kube_span){ text, len }, "items");
	json_auto_t *doc = load_without(text, len, items, "list", e);
	AUTO(kube_page) struct kube_page page = { .more = NULL };
	const char *more;

	if (!doc)
		return -1;
	if (!is_list(items))
		return not_it(e, "list");
	if (read_version(doc, page.version, e) < 0 ||
	    read_items(items, prefix, reduce, &page.changes, e) < 0)
		return -1;
	more = json_string_value(json_object_get(json_object_get(doc, "metadata"), "continue"));
	if (more && *more) {
		page.more = strdup(more);
		if (!page.more)
			return no_memory(e);
	}
	*out = page;
	page = (struct kube_page){ .more = NULL };
	return 0;
}

static int read_change(const char *type, const json_t *object, bool too_large,
		       const char *prefix,
		       int (*reduce)(const struct json_t *, const char *, char **),
		       struct kube_event *out, struct err *e)
{
	bool gone = !strcmp(type, "DELETED");

	if (!gone && strcmp(type, "ADDED") != 0 && strcmp(type, "MODIFIED") != 0)
		return not_it(e, "event of a known type");
	out->type = KUBE_EVENT_CHANGE;
	if (read_object(object, too_large, prefix, reduce, &out->change, e) < 0)
		return -1;
	out->change.gone |= gone;
	return 0;
}

int kube_event_line(const char *text, size_t len, const char *prefix,
		    int (*reduce)(const struct json_t *, const char *, char **),
		    struct kube_event *out, struct err *e)
{
	struct kube_span its = kube_scan_member((struct kube_span){ text, len }, "object");
	json_auto_t *doc = load_without(text, len, its, "event", e);
	AUTO(kube_event) struct kube_event ev = { .code = 0 };
	const char *type = json_string_value(json_object_get(doc, "type"));
	bool too_large = false;
	json_auto_t *object = NULL;

	if (!doc)
		return -1;
	if (!type || !its.len)
		return not_it(e, "event");
	object = load_object(its, &too_large, e);
	if (!object)
		return -1;
	if (!json_is_object(object))
		return not_it(e, "event");
	if (!strcmp(type, "ERROR")) {
		ev.type = KUBE_EVENT_ERROR;
		ev.code = (int)json_integer_value(json_object_get(object, "code"));
	} else {
		if (read_version(object, ev.version, e) < 0)
			return -1;
		ev.type = KUBE_EVENT_BOOKMARK;
		if (strcmp(type, "BOOKMARK") != 0 &&
		    read_change(type, object, too_large, prefix, reduce, &ev, e) < 0)
			return -1;
	}
	*out = ev;
	ev = (struct kube_event){ .code = 0 };
	return 0;
}

int kube_event_object(const char *text, size_t len, const char *prefix, struct kube_change *out,
		      struct err *e)
{
	bool too_large = false;
	json_auto_t *doc = load_object((struct kube_span){ text, len }, &too_large, e);

	if (!doc)
		return -1;
	if (too_large)
		return err_set(e, ERR_TOO_BIG, 0, "it is too large to be read");
	return read_object(doc, false, prefix, NULL, out, e);
}
