/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/beside.h"

#include <string.h>

#define OBJECT_MAX (8u << 20) /* bytes; the API server takes 3 MiB at most */

struct beside_object {
	enum inject_kind kind;
	char *namespace_, *name; /* namespace_ is "" of a Namespace */
	struct buf text;	 /* its JSON */
};

static int note(struct beside *b, enum inject_kind kind, const struct node *object,
		const char *namespace_, struct err *e)
{
	const struct node *metadata = node_get(object, "metadata");
	const char *own = node_text(metadata, "namespace");
	struct beside_object *grown = realloc(b->items, (b->n + 1) * sizeof(*grown)), *o;

	if (!grown)
		return err_set(e, ERR_NOMEM, 0, "no memory for a manifest");
	b->items = grown;
	o = &b->items[b->n++];
	*o = (struct beside_object){ .kind = kind, .text = { .max = OBJECT_MAX } };
	o->name = strdup(node_text(metadata, "name"));
	o->namespace_ = strdup(kind == INJECT_NAMESPACE ? "" : own[0] ? own : namespace_);
	node_json(object, -1, 0, &o->text);
	if (!o->name || !o->namespace_)
		return err_set(e, ERR_NOMEM, 0, "no memory for a manifest");
	return buf_check(&o->text, "a Namespace or ServiceAccount", e);
}

static int add(struct beside *b, const struct node *object, const char *namespace_, struct err *e)
{
	static const struct {
		const char *kind;
		enum inject_kind what;
	} kinds[] = { { "Namespace", INJECT_NAMESPACE },
		      { "ServiceAccount", INJECT_SERVICE_ACCOUNT } };
	const char *kind = node_text(object, "kind");
	const struct node *items = node_get(object, "items");
	size_t n = strlen(kind);

	if (strcmp(node_text(object, "apiVersion"), "v1") != 0)
		return 0;
	for (size_t i = 0; i < COUNTOF(kinds); i++)
		if (!strcmp(kind, kinds[i].kind))
			return note(b, kinds[i].what, object, namespace_, e);
	/* "List", "NamespaceList", "ServiceAccountList" */
	if (n < 4 || strcmp(kind + n - 4, "List") != 0 || !items || items->kind != NODE_LIST)
		return 0;
	EACH_NODE(item, items)
		if (add(b, item, namespace_, e) < 0)
			return -1;
	return 0;
}

int beside_add(struct beside *b, const struct tree *t, const char *namespace_, struct err *e)
{
	return t->root ? add(b, t->root, namespace_, e) : 0;
}

void beside_fini(struct beside *b)
{
	for (size_t i = 0; i < b->n; i++) {
		free(b->items[i].namespace_);
		free(b->items[i].name);
		buf_fini(&b->items[i].text);
	}
	free(b->items);
	*b = (struct beside){ .items = NULL };
}

/* Of several of one name the last counts, as it does for an apply. */
static void find(void *ctx, enum inject_kind kind, const char *namespace_, const char *name,
		 struct inject_object *out)
{
	const struct beside *b = ctx;

	for (size_t i = b->n; i-- > 0;) {
		const struct beside_object *o = &b->items[i];

		if (o->kind != kind || strcmp(o->name, name) != 0 ||
		    strcmp(o->namespace_, namespace_) != 0)
			continue;
		*out = (struct inject_object){ .known = INJECT_SAYS, .text = o->text.data,
					       .len = o->text.len };
		return;
	}
}

struct inject_around beside_view(struct beside *b)
{
	return (struct inject_around){ .find = find, .ctx = b };
}
