/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_TREE_H
#define CLI_TREE_H

/*
 * One manifest, YAML or JSON, as a tree that knows where each of its parts
 * stands in the text, so that a change can be written into the text itself.
 *
 * A change never frees: what is taken out is marked `gone`, what is put in is
 * marked `made`, and edit.c compares both with the text.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/err.h"
#include "common/jsonspan.h"

#define TREE_DEPTH_MAX 100
#define TREE_NODES_MAX (1u << 19)

enum node_kind { NODE_NULL, NODE_BOOL, NODE_NUMBER, NODE_STRING, NODE_LIST, NODE_MAP };

struct node {
	enum node_kind kind;
	char *key;	/* of a map's entry, else NULL */
	char *text;	/* a string's value; other scalars as they are written */
	size_t key_at;	/* byte offsets in the manifest: of the key, */
	size_t at, end; /* and of the value; `end` is not set for block collections */
	bool flow;	/* a collection in brackets */
	bool pinned;	/* an anchor or a tag stands before it: `at` is theirs */
	bool merge;	/* the key is YAML's "<<" */
	bool made, gone;
	struct node *parent, *first, *last, *next;
};

struct tree {
	struct node *root; /* NULL: an empty document, comments at most */
	size_t nodes;
	bool json;	   /* read as JSON, and so to be written */
	bool aliased;	   /* holds aliases or merges: its text cannot be edited in place */
	struct err fault;  /* what kubectl would refuse about it; ERR_NONE: nothing */
};

/*
 * Parse LEN bytes of TEXT as one document. NAME and the number of its first
 * LINE are for messages. JSON is read as JSON, all else as kubectl reads YAML:
 * aliases and merges expanded, of equal keys the last counts.
 *
 * Owns    nothing of the arguments; end T with tree_fini, also after an error.
 * Errors  ERR_INVALID "NAME:LINE: not YAML: ...", ERR_TOO_BIG, ERR_NOMEM. What
 *         YAML allows and Kubernetes does not is left in T's `fault`.
 */
int tree_parse(struct tree *t, const char *text, size_t len, const char *name, int line,
	       struct err *e) MUST_CHECK;
void tree_fini(struct tree *t);

static inline void auto_tree(struct tree *t)
{
	tree_fini(t);
}

/* The JSON value V as new nodes. NULL with E set: ERR_TOO_BIG, ERR_NOMEM. */
struct node *tree_from_json(struct tree *t, const struct jsonspan *doc, uint32_t v,
			    struct err *e);

/* N, or the next after it that is not gone. */
struct node *node_live(struct node *n);

/* Walk the children of OF that are there; of equal keys each one comes. */
#define EACH_NODE(c, of)                                                                           \
	for (struct node *c = node_live((of)->first); c; c = node_live(c->next))

/* The entry of MAP under KEY, the last one; NULL when there is none, or MAP is none. */
struct node *node_get(const struct node *map, const char *key);

/* As node_get along PATH, "spec.template"; "" is the node itself. */
struct node *node_path(struct node *map, const char *path);

/* The text of MAP's string KEY, or "". */
const char *node_text(const struct node *map, const char *key);

/* Put CHILD into PARENT after AFTER, NULL: first. */
void node_insert(struct node *parent, struct node *after, struct node *child);
void node_append(struct node *parent, struct node *child);
void node_free(struct node *n);

/* Are A and B the same JSON value, in the same order? */
bool node_equal(const struct node *a, const struct node *b);

/* Append N as JSON on one line; with INDENT >= 0 over several, UNIT blanks a level. */
void node_json(const struct node *n, int indent, int unit, struct buf *out);

/* --- for the two readers --- */

/* A node of KIND counted in T; NULL with E set. */
struct node *tree_node(struct tree *t, enum node_kind kind, struct err *e);

/* A copy of N and all below. NULL with E set. */
struct node *tree_copy(struct tree *t, const struct node *n, struct err *e);

/* How many collections N holds within each other. */
size_t node_height(const struct node *n);

/* Note WHAT kubectl would refuse, unless something is noted already. */
void tree_fault(struct tree *t, const char *name, int line, const char *what);

/* yaml.c: the YAML reader. */
int yaml_read(struct tree *t, const char *text, size_t len, const char *name, int line,
	      struct err *e) MUST_CHECK;

#endif
