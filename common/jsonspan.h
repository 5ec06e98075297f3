/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_JSONSPAN_H
#define COMMON_JSONSPAN_H

/*
 * JSON text as a table of spans: one pass checks the grammar (RFC 8259) and
 * UTF-8 (RFC 3629), and notes where each value begins and ends. Nothing is
 * copied, so a value's text can be passed on byte for byte.
 *
 * Values lie in the table in the order of the text; an object's members are
 * pairs of key and value. A value is named by its index in the table, and
 * JSONSPAN_NONE is the value that is not there: every reader below takes it and
 * finds nothing in it, so look-ups can be chained and checked once.
 *
 * The table and the text must outlive the indexes; the parser keeps the table's
 * memory from one text to the next.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/err.h"

#define JSONSPAN_NONE UINT32_MAX
#define JSONSPAN_DEPTH_MAX 64		/* arrays and objects within each other */
#define JSONSPAN_TEXT_MAX (1u << 30)	/* bytes */

enum jsonspan_type {
	JSONSPAN_ABSENT, /* the type of JSONSPAN_NONE */
	JSONSPAN_NULL,
	JSONSPAN_BOOL,
	JSONSPAN_NUMBER,
	JSONSPAN_STRING,
	JSONSPAN_ARRAY,
	JSONSPAN_OBJECT,
};

struct jsonspan_value {
	uint32_t start, end; /* bytes [start, end) of the text, quotes and brackets included */
	uint32_t next;	     /* index after this value and all it holds */
	uint8_t type;
	bool escaped; /* a string with backslashes: its text is not its value */
};

struct jsonspan {
	const char *text; /* borrowed */
	uint32_t len;	  /* bytes */
	struct jsonspan_value *values; /* owned; values[0] is the document */
	uint32_t n, cap, max;	       /* values held, allocated, allowed */
	uint32_t depth_max;
};

/* An empty table that will hold at most VALUES_MAX values, nested at most DEPTH_MAX deep. */
void jsonspan_init(struct jsonspan *j, uint32_t values_max, uint32_t depth_max);
void jsonspan_fini(struct jsonspan *j);

/*
 * Check LEN bytes of TEXT, one JSON value with optional white space around it,
 * and fill the table; TEXT needs no NUL and is borrowed as long as J is read.
 *
 * Stricter than the grammar: \u escapes of surrogates must come in pairs.
 * Errors  ERR_INVALID naming the byte offset, ERR_TOO_BIG for the depth, the
 *         number of values or the length, ERR_NOMEM. The table is then empty.
 * Source  RFC 8259 §2 to §8; RFC 3629 §4.
 */
int jsonspan_parse(struct jsonspan *j, const char *text, size_t len, struct err *e) MUST_CHECK;

static inline void auto_jsonspan(struct jsonspan *j)
{
	jsonspan_fini(j);
}

/* --- reading (jsonspan_read.c) --- */

enum jsonspan_type jsonspan_type(const struct jsonspan *j, uint32_t v);

/*
 * Walk an array's elements or an object's keys:
 *	for (uint32_t i = jsonspan_first(j, v); i != JSONSPAN_NONE; i = jsonspan_next(j, v, i))
 * In an object I is the key; its value is jsonspan_of(j, i).
 */
uint32_t jsonspan_first(const struct jsonspan *j, uint32_t v);
uint32_t jsonspan_next(const struct jsonspan *j, uint32_t v, uint32_t i);
uint32_t jsonspan_of(const struct jsonspan *j, uint32_t key);

/* Elements of an array or members of an object. */
size_t jsonspan_count(const struct jsonspan *j, uint32_t v);

/*
 * The value of OBJECT's member KEY, compared after unescaping. Of several the
 * last counts, as for the API server (Go's encoding/json).
 */
uint32_t jsonspan_get(const struct jsonspan *j, uint32_t object, const char *key);

/* As jsonspan_get, but JSONSPAN_NONE also for null: Kubernetes takes null as absent. */
uint32_t jsonspan_member(const struct jsonspan *j, uint32_t object, const char *key);

/* The value's text as it stands, not terminated; "" and 0 for JSONSPAN_NONE. */
const char *jsonspan_raw(const struct jsonspan *j, uint32_t v, size_t *len);

/* Is V a string whose value is exactly S? */
bool jsonspan_eq(const struct jsonspan *j, uint32_t v, const char *s);

/* Are A and B strings of the same value? */
bool jsonspan_same(const struct jsonspan *a, uint32_t va, const struct jsonspan *b, uint32_t vb);

/*
 * The string V's value into OUT, NUL-terminated. Returns its length, or -1 when
 * V is no string, does not fit into SIZE bytes, or holds a NUL (OUT is "").
 */
ssize_t jsonspan_str(const struct jsonspan *j, uint32_t v, char *out, size_t size);

/*
 * As much of the string V's value as fits, cut between characters, with NULs
 * as '?': for messages. Returns the length of the whole value, 0 for no string.
 */
size_t jsonspan_show(const struct jsonspan *j, uint32_t v, char *out, size_t size);

/* V as an integer; false when it is none, has a fraction or an exponent, or is out of range. */
bool jsonspan_int(const struct jsonspan *j, uint32_t v, int64_t *out);

/* Is V the literal true? */
bool jsonspan_true(const struct jsonspan *j, uint32_t v);

#endif
