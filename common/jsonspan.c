/* SPDX-License-Identifier: Apache-2.0 */
#include "common/jsonspan.h"

#include <endian.h>
#include <string.h>

#define ONES 0x0101010101010101u
#define LIKELY(x) __builtin_expect(!!(x), 1)

/*
 * What the scan knows beside its position: each scan_ function takes the
 * position P and returns the one after what it read, or NULL after fail(), so
 * that the position stays in a register. The open container is `parent`; while
 * it is open its `next` holds the index of the container around it: no stack.
 */
struct scan {
	const char *end, *text;
	struct jsonspan *j;
	uint32_t parent, depth;
	const char *at, *fault; /* where and what, once something is wrong */
	enum err_kind kind;
};

static const char *__attribute__((cold, noinline))
fail(struct scan *c, const char *p, enum err_kind kind, const char *fault)
{
	c->at = p;
	c->fault = fault;
	c->kind = kind;
	return NULL;
}

static const char *bad(struct scan *c, const char *p, const char *fault)
{
	return fail(c, p, ERR_INVALID, fault);
}

static bool __attribute__((cold, noinline)) grow(struct scan *c, const char *p)
{
	struct jsonspan *j = c->j;
	uint32_t cap = j->cap ? j->cap * 2 : 512;
	struct jsonspan_value *values;

	if (cap > j->max)
		cap = j->max;
	if (j->n == cap)
		return fail(c, p, ERR_TOO_BIG, "too many values");
	values = realloc(j->values, cap * sizeof(*values));
	if (!values)
		return fail(c, p, ERR_NOMEM, "no memory for the table of values");
	j->values = values;
	j->cap = cap;
	return true;
}

/* Note a value of TYPE that lies at [START, P); a container's end is set when it closes. */
static inline const char *note(struct scan *c, const char *start, const char *p,
			       enum jsonspan_type type, bool escaped)
{
	struct jsonspan *j = c->j;

	if (!LIKELY(j->n < j->cap) && !grow(c, p))
		return NULL;
	j->values[j->n] = (struct jsonspan_value){
		.start = (uint32_t)(start - c->text),
		.end = (uint32_t)(p - c->text),
		.next = j->n + 1,
		.type = (uint8_t)type,
		.escaped = escaped,
	};
	j->n++;
	return p;
}

/* Past white space; most JSON on the wire has none. */
static inline const char *skip_space(const struct scan *c, const char *p)
{
	while (p < c->end && !LIKELY((unsigned char)*p > ' ') &&
	       (*p == ' ' || *p == '\n' || *p == '\t' || *p == '\r'))
		p++;
	return p;
}

/* Is a byte of LO..HI at P? */
static bool within(const struct scan *c, const char *p, unsigned char lo, unsigned char hi)
{
	return p < c->end && (unsigned char)*p >= lo && (unsigned char)*p <= hi;
}

/* One character beyond ASCII. Source: RFC 3629 §4, the table of well-formed sequences. */
static const char *scan_utf8(struct scan *c, const char *p)
{
	unsigned char b = (unsigned char)*p;
	unsigned char lo = b == 0xe0 ? 0xa0 : b == 0xf0 ? 0x90 : 0x80;
	unsigned char hi = b == 0xed ? 0x9f : b == 0xf4 ? 0x8f : 0xbf;
	int more = b >= 0xf0 ? 3 : b >= 0xe0 ? 2 : 1;

	if (b < 0xc2 || b > 0xf4 || !within(c, p + 1, lo, hi))
		return bad(c, p, "invalid UTF-8");
	for (int i = 2; i <= more; i++)
		if (!within(c, p + i, 0x80, 0xbf))
			return bad(c, p, "invalid UTF-8");
	return p + 1 + more;
}

/* The number in a \u escape whose backslash is at P; -1 when it is not there. */
static int hex4(const struct scan *c, const char *p)
{
	int value = 0;

	if (c->end - p < 6 || p[0] != '\\' || p[1] != 'u')
		return -1;
	for (int i = 2; i < 6; i++) {
		if (p[i] >= '0' && p[i] <= '9')
			value = value * 16 + (p[i] - '0');
		else if ((p[i] | 0x20) >= 'a' && (p[i] | 0x20) <= 'f')
			value = value * 16 + ((p[i] | 0x20) - 'a' + 10);
		else
			return -1;
	}
	return value;
}

static const char *scan_unicode(struct scan *c, const char *p)
{
	int first = hex4(c, p), second;

	if (first < 0)
		return bad(c, p, "incomplete escape");
	if (first < 0xd800 || first > 0xdfff)
		return p + 6;
	second = hex4(c, p + 6);
	if (first > 0xdbff || second < 0xdc00 || second > 0xdfff)
		return bad(c, p, "half of a surrogate pair");
	return p + 12;
}

static inline const char *scan_escape(struct scan *c, const char *p)
{
	switch (c->end - p >= 2 ? p[1] : 0) {
	case '"':
	case '\\':
	case '/':
	case 'b':
	case 'f':
	case 'n':
	case 'r':
	case 't':
		return p + 2;
	case 'u':
		return scan_unicode(c, p);
	default:
		return bad(c, p, "unknown escape");
	}
}

/*
 * The next byte that a string cannot simply hold: a quote, a backslash, a
 * control character or one beyond ASCII. Eight bytes at a time: a borrow in
 * these subtractions only reaches bytes after a hit, and the first hit is all
 * that is asked for.
 */
static inline const char *skip_plain(const struct scan *c, const char *p)
{
	uint64_t x, hits;

	for (; c->end - p >= 8; p += 8) {
		memcpy(&x, p, 8);
		x = le64toh(x);
		hits = ((x - ONES * 0x20) | ((x ^ ONES * '"') - ONES) |
			((x ^ ONES * '\\') - ONES) | x) & ONES * 0x80;
		if (hits)
			return p + __builtin_ctzll(hits) / 8;
	}
	while (p < c->end && *p != '"' && *p != '\\' && (signed char)*p >= 0x20)
		p++;
	return p;
}

static inline const char *scan_string(struct scan *c, const char *p)
{
	const char *start = p++;
	bool escaped = false;

	while (p) {
		p = skip_plain(c, p);
		if (!LIKELY(p < c->end))
			return bad(c, p, "string without its end");
		if (LIKELY(*p == '"'))
			return note(c, start, p + 1, JSONSPAN_STRING, escaped);
		if (*p == '\\') {
			escaped = true;
			p = scan_escape(c, p);
		} else if ((signed char)*p < 0) {
			p = scan_utf8(c, p);
		} else {
			return bad(c, p, "control character in a string");
		}
	}
	return NULL;
}

static const char *scan_digits(struct scan *c, const char *p)
{
	const char *start = p;

	while (p < c->end && *p >= '0' && *p <= '9')
		p++;
	return p > start ? p : bad(c, p, "digit expected");
}

static const char *scan_number(struct scan *c, const char *p)
{
	const char *start = p;

	if (*p == '-')
		p++;
	if (p < c->end && *p == '0')
		p++; /* a digit after it is then found where none may be */
	else if (!(p = scan_digits(c, p)))
		return NULL;
	if (p < c->end && *p == '.' && !(p = scan_digits(c, p + 1)))
		return NULL;
	if (p < c->end && (*p | 0x20) == 'e') {
		p++;
		if (p < c->end && (*p == '+' || *p == '-'))
			p++;
		if (!(p = scan_digits(c, p)))
			return NULL;
	}
	return note(c, start, p, JSONSPAN_NUMBER, false);
}

static const char *scan_word(struct scan *c, const char *p, const char *word,
			     enum jsonspan_type type)
{
	size_t len = strlen(word);

	if ((size_t)(c->end - p) < len || memcmp(p, word, len) != 0)
		return bad(c, p, "value expected");
	return note(c, p, p + len, type, false);
}

/* A key and its colon, from the white space before it. */
static inline const char *scan_key(struct scan *c, const char *p)
{
	p = skip_space(c, p);
	if (p == c->end || *p != '"')
		return bad(c, p, "key expected");
	if (!(p = scan_string(c, p)))
		return NULL;
	p = skip_space(c, p);
	if (p == c->end || *p != ':')
		return bad(c, p, "':' expected");
	return p + 1;
}

static inline const char *close_container(struct scan *c, const char *p)
{
	struct jsonspan_value *v = &c->j->values[c->parent];

	c->parent = v->next;
	v->next = c->j->n;
	v->end = (uint32_t)(p + 1 - c->text);
	c->depth--;
	return p + 1;
}

/* Open a container: P is then before its first value, or after it when it is EMPTY. */
static inline const char *open_container(struct scan *c, const char *p, bool *empty)
{
	bool object = *p == '{';

	if (c->depth == c->j->depth_max)
		return fail(c, p, ERR_TOO_BIG, "too deeply nested");
	if (!note(c, p, p, object ? JSONSPAN_OBJECT : JSONSPAN_ARRAY, false))
		return NULL;
	c->j->values[c->j->n - 1].next = c->parent;
	c->parent = c->j->n - 1;
	c->depth++;
	p = skip_space(c, p + 1);
	*empty = p < c->end && *p == (object ? '}' : ']');
	if (*empty)
		return close_container(c, p);
	return object ? scan_key(c, p) : p;
}

/* Read what may stand where a value is expected; *OPENED when that value goes on. */
static inline const char *scan_value(struct scan *c, const char *p, bool *opened)
{
	bool empty = true;

	*opened = false;
	p = skip_space(c, p);
	switch (p < c->end ? *p : '\0') {
	case '"':
		return scan_string(c, p);
	case '{':
	case '[':
		p = open_container(c, p, &empty);
		*opened = !empty;
		return p;
	case 't':
		return scan_word(c, p, "true", JSONSPAN_BOOL);
	case 'f':
		return scan_word(c, p, "false", JSONSPAN_BOOL);
	case 'n':
		return scan_word(c, p, "null", JSONSPAN_NULL);
	case '-':
	case '0' ... '9':
		return scan_number(c, p);
	default:
		return bad(c, p, "value expected");
	}
}

/* After a value: close what ends here, until a comma calls for another value or all is read. */
static inline const char *after_value(struct scan *c, const char *p)
{
	while (c->parent != JSONSPAN_NONE) {
		bool object = c->j->values[c->parent].type == JSONSPAN_OBJECT;

		p = skip_space(c, p);
		if (p == c->end)
			return bad(c, p,
				   object ? "object without its end" : "array without its end");
		if (*p == ',')
			return object ? scan_key(c, p + 1) : p + 1;
		if (*p != (object ? '}' : ']'))
			return bad(c, p, object ? "',' or '}' expected" : "',' or ']' expected");
		p = close_container(c, p);
	}
	return p;
}

static bool scan_document(struct scan *c, const char *p)
{
	bool opened;

	do {
		p = scan_value(c, p, &opened);
		if (p && !opened)
			p = after_value(c, p);
	} while (p && c->parent != JSONSPAN_NONE);
	if (!p)
		return false;
	p = skip_space(c, p);
	return p == c->end || bad(c, p, "text after the value");
}

void jsonspan_init(struct jsonspan *j, uint32_t values_max, uint32_t depth_max)
{
	*j = (struct jsonspan){ .max = values_max, .depth_max = depth_max };
}

void jsonspan_fini(struct jsonspan *j)
{
	int saved = errno;

	free(j->values);
	jsonspan_init(j, j->max, j->depth_max);
	errno = saved;
}

int jsonspan_parse(struct jsonspan *j, const char *text, size_t len, struct err *e)
{
	struct scan c = { .end = text + len, .text = text, .j = j, .parent = JSONSPAN_NONE };

	j->text = text;
	j->len = 0;
	j->n = 0;
	if (len > JSONSPAN_TEXT_MAX)
		return err_set(e, ERR_TOO_BIG, 0, "JSON text is larger than %u bytes",
			       JSONSPAN_TEXT_MAX);
	j->len = (uint32_t)len;
	if (scan_document(&c, text))
		return 0;
	j->n = 0;
	return err_set(e, c.kind, 0, "invalid JSON at byte %zu: %s", (size_t)(c.at - text),
		       c.fault);
}
