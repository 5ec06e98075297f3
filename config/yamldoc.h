/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_YAMLDOC_H
#define CONFIG_YAMLDOC_H

/*
 * One small YAML document as a tree. Text stays text: no value is converted,
 * so YAML 1.1's booleans, octals and dates decide nothing here. Refused are
 * aliases, anchors, tags, repeated keys, a second document, and anything deeper
 * or larger than the limits below. The only file that includes <yaml.h>.
 */

#include <stddef.h>

#include "common/err.h"

#define YAMLDOC_BYTES_MAX (1u << 20)
#define YAMLDOC_DEPTH_MAX 16
#define YAMLDOC_NODES_MAX 16384

enum yamldoc_kind {
	YAMLDOC_MAP,
	YAMLDOC_LIST,
	YAMLDOC_PLAIN,	/* a scalar without quotes */
	YAMLDOC_QUOTED	/* a scalar in quotes, or a block */
};

struct yamldoc_node {
	enum yamldoc_kind kind;
	int line;	/* from 1; of the key where there is one */
	char *key;	/* of an entry of a map, else NULL */
	char *text;	/* of a scalar, without NUL bytes, else NULL */
	const struct yamldoc_node *parent;
	struct yamldoc_node *first, *last, *next;
};

struct yamldoc {
	char *name;	/* of the file, for messages */
	struct yamldoc_node *root;
};

/*
 * Parse LEN bytes of TEXT; NAME is copied and starts every message.
 *
 * Owns    nothing of the arguments; end DOC with yamldoc_fini, also after an error.
 * Errors  ERR_INVALID "NAME:LINE: what", ERR_TOO_BIG, ERR_NOMEM.
 * Source  YAML 1.1, as libyaml 0.2.5 reads it.
 */
int yamldoc_parse(struct yamldoc *doc, const char *text, size_t len, const char *name,
		  struct err *e) MUST_CHECK;
void yamldoc_fini(struct yamldoc *doc);

/* The entry of MAP under KEY, or NULL. */
const struct yamldoc_node *yamldoc_get(const struct yamldoc_node *map, const char *key);

/*
 * ERR_INVALID "NAME:LINE: path.to.key="value": what"; a long value is cut, and
 * one that looks like it holds a credential is left out. Returns -1.
 */
int yamldoc_fail(const struct yamldoc *doc, const struct yamldoc_node *node, struct err *e,
		 const char *fmt, ...) PRINTF(4, 5);

/* As yamldoc_fail without the value, for what is wrong about the key itself. */
int yamldoc_fail_key(const struct yamldoc *doc, const struct yamldoc_node *node, struct err *e,
		     const char *fmt, ...) PRINTF(4, 5);

static inline void auto_yamldoc(struct yamldoc *doc)
{
	yamldoc_fini(doc);
}

#endif
