/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONFIG_FIELDS_H
#define CONFIG_FIELDS_H

/*
 * Tables that say which key of a YAML map fills which member of a struct: what
 * it may hold, and what it is when it is absent. Reading, error texts and the
 * hash all follow the one table.
 */

#include "common/buf.h"
#include "config/yamldoc.h"

enum field_type {
	FIELD_STRING,	/* char * */
	FIELD_QUANTITY,	/* char *, and a bare number is text too */
	FIELD_INT,	/* int */
	FIELD_BOOL,	/* bool */
	FIELD_ENUM,	/* an enum whose values count up as `names` do */
	FIELD_LIST,	/* struct strlist */
	FIELD_MAP,	/* a map that fills the same struct by `sub` */
	FIELD_OTHER	/* the caller reads it */
};

struct field {
	const char *key;
	enum field_type type;
	size_t offset;		/* of the member */
	const char *preset;	/* text when the key is absent, always accepted; NULL: required */
	/* NULL, or what is wrong about TEXT: "not a …; use …". For a list: about each item. */
	const char *(*check)(const char *text);
	const char *const *names;	/* the only values there are, ended by NULL */
	const struct field *sub;
	size_t n_sub;
};

/*
 * Fill the zeroed struct at BASE from MAP by the N FIELDS; its strings are the
 * caller's to free. Presets of lists are comma-separated.
 *
 * Errors  ERR_INVALID with file, line and key: unknown or missing key, wrong
 *         type, refused value. ERR_NOMEM. BASE then holds a part.
 */
int fields_read(const struct yamldoc *doc, const struct yamldoc_node *map,
		const struct field *fields, size_t n, void *base, struct err *e) MUST_CHECK;

/* Append one canonical line per field to OUT, the same for the same content. */
void fields_dump(const struct field *fields, size_t n, const void *base, struct buf *out);

/* ERR_INVALID unless NODE is of KIND (a map or a list). */
int fields_want(const struct yamldoc *doc, const struct yamldoc_node *node,
		enum yamldoc_kind kind, struct err *e) MUST_CHECK;

#endif
