/* SPDX-License-Identifier: Apache-2.0 */
#include "inject/patch.h"

#include <stdio.h>
#include <string.h>

#define PATH_SIZE 512

void patch_begin(struct patch *p, struct buf *out)
{
	*p = (struct patch){ .out = out };
	buf_addc(out, '[');
}

void patch_end(struct patch *p)
{
	buf_addc(p->out, ']');
}

static void op(struct patch *p, const char *name, const char *path)
{
	if (p->n++)
		buf_addc(p->out, ',');
	buf_adds(p->out, "{\"op\":\"");
	buf_adds(p->out, name);
	buf_adds(p->out, "\",\"path\":");
	buf_add_json(p->out, path, strlen(path));
}

void patch_add(struct patch *p, const char *path, const char *value, size_t len)
{
	op(p, "add", path);
	buf_adds(p->out, ",\"value\":");
	buf_add(p->out, value, len);
	buf_addc(p->out, '}');
}

static void op_string(struct patch *p, const char *name, const char *path, const char *value)
{
	op(p, name, path);
	buf_adds(p->out, ",\"value\":");
	buf_add_json(p->out, value, strlen(value));
	buf_addc(p->out, '}');
}

void patch_add_string(struct patch *p, const char *path, const char *value)
{
	op_string(p, "add", path, value);
}

void patch_test_string(struct patch *p, const char *path, const char *value)
{
	op_string(p, "test", path, value);
}

void patch_remove(struct patch *p, const char *path)
{
	op(p, "remove", path);
	buf_addc(p->out, '}');
}

void patch_list_begin(struct patch_list *l, struct patch *p, const char *path, bool exists)
{
	*l = (struct patch_list){ .patch = p, .path = path, .exists = exists };
	buf_init(&l->whole, p->out->max);
}

void patch_list_add(struct patch_list *l, const char *value, size_t len)
{
	char path[PATH_SIZE];

	if (l->exists) {
		(void)snprintf(path, sizeof(path), "%s/-", l->path);
		patch_add(l->patch, path, value, len);
		return;
	}
	buf_addc(&l->whole, l->whole.len ? ',' : '[');
	buf_add(&l->whole, value, len);
}

void patch_list_end(struct patch_list *l)
{
	struct buf *out = l->patch->out;

	if (l->whole.len) {
		buf_addc(&l->whole, ']');
		patch_add(l->patch, l->path, l->whole.data, l->whole.len);
	}
	if (l->whole.failed && !out->failed)
		out->failed = l->whole.failed;
	buf_fini(&l->whole);
}

void patch_pointer_key(struct buf *out, const char *key)
{
	for (; *key; key++) {
		if (*key == '~')
			buf_adds(out, "~0");
		else if (*key == '/')
			buf_adds(out, "~1");
		else
			buf_addc(out, *key);
	}
}
