/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WRITER_SOURCE_H
#define WRITER_SOURCE_H

/*
 * Where assertions come from. Each kind says which directory to watch and which
 * names in it matter, lists what is there now, and hands out one text. The text
 * is read only when it is about to be spent.
 */

#include "common/sys.h"
#include "writer/assertion.h"
#include "writer/options.h"

#define SUPPLY_MAX 24
#define SOURCE_HOPS_MAX 8 /* symlinks from a source that is one file to the file */

struct supply_item {
	struct assertion jwt;
	char name[64];	  /* in the source's directory */
	struct mono seen; /* when source_scan first met this id */
};

struct supply {
	struct supply_item item[SUPPLY_MAX];
	size_t n;
	size_t bad;	   /* files that are no usable assertion */
	char problem[240]; /* of one of them, or of the directory; "" = none */
};

/*
 * The directory whose changes mean new assertions; into OUT, terminated. SIZE is
 * larger than the path, which options.h and source_follow bound.
 */
void source_dir(enum source_kind kind, const char *path, char *out, size_t size);

/*
 * Replace PATH, a buffer of SIZE bytes, by what the symlink there points to.
 * False, and PATH as it was, when it is none, or the new path would not fit.
 */
bool source_follow(struct sys *sys, char *path, size_t size);

/* Whether a change of NAME in that directory is one. */
bool source_concerns(enum source_kind kind, const char *path, const char *name);

/*
 * Look at what is there. Ids met before keep their `seen`; an id that two files
 * hold counts once.
 *
 * Errors  ERR_IO when the directory cannot be read: SUPPLY stays as it was. Bad
 *         files are no error; they are counted.
 */
int source_scan(struct sys *sys, enum source_kind kind, const char *path, struct supply *supply,
		struct err *e) MUST_CHECK;

/*
 * Read the text of ITEM again, into OUT (a secret).
 *
 * Errors  ERR_IO, ERR_INVALID; ERR_TRANSIENT when the file holds another
 *         assertion by now: scan again.
 */
int source_read(struct sys *sys, enum source_kind kind, const char *path,
		const struct supply_item *item, struct buf *out, struct err *e) MUST_CHECK;

#endif
