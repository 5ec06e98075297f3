/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/jsonpatch.h"

#include <stdbool.h>
#include <string.h>

/* Where an operation acts: a member of an object or an element of an array. */
struct place {
	json_t *parent;
	char key[512]; /* unescaped; of an object's member */
	size_t index;  /* of an array's element; its size for "-" */
};

/* Take the next token off *POINTER, unescaped; false when there is none or it is bad. */
static bool next_token(const char **pointer, char *out, size_t size)
{
	const char *p = *pointer;
	size_t n = 0;

	if (*p++ != '/')
		return false;
	for (; *p && *p != '/'; p++) {
		char c = *p;

		if (c == '~') {
			p++;
			if (*p != '0' && *p != '1')
				return false;
			c = *p == '0' ? '~' : '/';
		}
		if (n + 1 >= size)
			return false;
		out[n++] = c;
	}
	out[n] = '\0';
	*pointer = p;
	return true;
}

static bool array_index(const json_t *array, const char *token, size_t *out)
{
	size_t len = strlen(token);

	if (!strcmp(token, "-")) {
		*out = json_array_size(array);
		return true;
	}
	if (!len || len > 9 || strspn(token, "0123456789") != len || (len > 1 && token[0] == '0'))
		return false;
	*out = strtoul(token, NULL, 10);
	return true;
}

static bool find(json_t *doc, const char *pointer, struct place *out)
{
	out->parent = doc;
	for (;;) {
		json_t *here = out->parent;

		if (!next_token(&pointer, out->key, sizeof(out->key)))
			return false;
		if (json_is_array(here) && !array_index(here, out->key, &out->index))
			return false;
		if (!json_is_array(here) && !json_is_object(here))
			return false;
		if (!*pointer)
			return true;
		out->parent = json_is_array(here) ? json_array_get(here, out->index) :
						    json_object_get(here, out->key);
	}
}

static json_t *value_at(const struct place *at)
{
	return json_is_array(at->parent) ? json_array_get(at->parent, at->index) :
					   json_object_get(at->parent, at->key);
}

json_t *jsonpatch_at(json_t *doc, const char *pointer, json_t **holder)
{
	struct place at;
	bool found = find(doc, pointer, &at);

	if (holder)
		*holder = found ? at.parent : NULL;
	return found ? value_at(&at) : NULL;
}

static bool add(const struct place *at, const json_t *value)
{
	json_auto_t *copy = json_deep_copy(value);

	if (json_is_object(at->parent))
		return json_object_set(at->parent, at->key, copy) == 0;
	return at->index <= json_array_size(at->parent) &&
	       json_array_insert(at->parent, at->index, copy) == 0;
}

static bool removed(const struct place *at)
{
	return json_is_array(at->parent) ? json_array_remove(at->parent, at->index) == 0 :
					   json_object_del(at->parent, at->key) == 0;
}

static bool apply_one(json_t *doc, const json_t *op)
{
	const char *name = json_string_value(json_object_get(op, "op"));
	const char *path = json_string_value(json_object_get(op, "path"));
	const json_t *value = json_object_get(op, "value");
	struct place at;

	if (!name || !path || !find(doc, path, &at))
		return false;
	if (!strcmp(name, "add"))
		return value && add(&at, value);
	if (!strcmp(name, "remove"))
		return !value && removed(&at);
	return !strcmp(name, "test") && value && json_equal(value_at(&at), value);
}

int jsonpatch_apply(json_t *doc, const json_t *patch, struct err *e)
{
	size_t i;
	json_t *op;

	if (!json_is_array(patch))
		return err_set(e, ERR_INVALID, 0, "the patch is no array");
	json_array_foreach(patch, i, op)
	{
		if (!apply_one(doc, op))
			return err_set(e, ERR_INVALID, 0, "operation %zu (%s %s) does not apply", i,
				       json_string_value(json_object_get(op, "op")),
				       json_string_value(json_object_get(op, "path")));
	}
	return 0;
}
