/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "common/jsonspan.h"

static const struct jsonspan_value *value(const struct jsonspan *j, uint32_t v)
{
	return v < j->n ? &j->values[v] : NULL;
}

enum jsonspan_type jsonspan_type(const struct jsonspan *j, uint32_t v)
{
	const struct jsonspan_value *s = value(j, v);

	return s ? (enum jsonspan_type)s->type : JSONSPAN_ABSENT;
}

uint32_t jsonspan_first(const struct jsonspan *j, uint32_t v)
{
	const struct jsonspan_value *s = value(j, v);

	if (!s || (s->type != JSONSPAN_ARRAY && s->type != JSONSPAN_OBJECT) || s->next == v + 1)
		return JSONSPAN_NONE;
	return v + 1;
}

uint32_t jsonspan_next(const struct jsonspan *j, uint32_t v, uint32_t i)
{
	if (j->values[v].type == JSONSPAN_OBJECT)
		i++;
	i = j->values[i].next;
	return i < j->values[v].next ? i : JSONSPAN_NONE;
}

uint32_t jsonspan_of(const struct jsonspan *j, uint32_t key)
{
	(void)j;
	return key == JSONSPAN_NONE ? key : key + 1;
}

size_t jsonspan_count(const struct jsonspan *j, uint32_t v)
{
	size_t n = 0;

	for (uint32_t i = jsonspan_first(j, v); i != JSONSPAN_NONE; i = jsonspan_next(j, v, i))
		n++;
	return n;
}

/* The bytes between a string's quotes; the parser has checked all of them. */
struct chars {
	const char *p, *end;
};

static struct chars chars(const struct jsonspan *j, const struct jsonspan_value *s)
{
	return (struct chars){ j->text + s->start + 1, j->text + s->end - 1 };
}

static unsigned hex4(const char *p)
{
	unsigned u = 0;

	for (size_t i = 0; i < 4; i++)
		u = u * 16 + (unsigned)(p[i] <= '9' ? p[i] - '0' : (p[i] | 0x20) - 'a' + 10);
	return u;
}

/* U in UTF-8. Source: RFC 3629 §3. */
static size_t utf8(unsigned u, char out[4])
{
	size_t n = u < 0x80 ? 1 : u < 0x800 ? 2 : u < 0x10000 ? 3 : 4;

	for (size_t i = n; i-- > 1; u >>= 6)
		out[i] = (char)(0x80 | (u & 0x3f));
	out[0] = (char)(n == 1 ? u : (0xf00u >> n & 0xf0) | u);
	return n;
}

/* The next character of a string's value, one to four bytes. Source: RFC 8259 §7. */
static size_t next_char(struct chars *c, char out[4])
{
	static const char plain[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
	unsigned char b = (unsigned char)*c->p;
	size_t n = b < 0x80 ? 1 : b < 0xe0 ? 2 : b < 0xf0 ? 3 : 4;
	unsigned u;

	if (b != '\\') {
		memcpy(out, c->p, n);
		c->p += n;
		return n;
	}
	if (c->p[1] != 'u') {
		out[0] = means[strchr(plain, c->p[1]) - plain];
		c->p += 2;
		return 1;
	}
	u = hex4(c->p + 2);
	c->p += 6;
	if (u >= 0xd800 && u <= 0xdbff) {
		u = 0x10000 + ((u - 0xd800) << 10) + (hex4(c->p + 2) - 0xdc00);
		c->p += 6;
	}
	return utf8(u, out);
}

static bool string_is(const struct jsonspan *j, const struct jsonspan_value *s, const char *want,
		      size_t len)
{
	struct chars c = chars(j, s);
	char ch[4];
	size_t n;

	if (!s->escaped)
		return (size_t)(c.end - c.p) == len && memcmp(c.p, want, len) == 0;
	while (c.p < c.end) {
		n = next_char(&c, ch);
		if (n > len || memcmp(ch, want, n) != 0)
			return false;
		want += n;
		len -= n;
	}
	return len == 0;
}

uint32_t jsonspan_get(const struct jsonspan *j, uint32_t object, const char *key)
{
	uint32_t found = JSONSPAN_NONE;
	size_t len = strlen(key);

	if (jsonspan_type(j, object) != JSONSPAN_OBJECT)
		return found;
	for (uint32_t i = object + 1; i < j->values[object].next; i = j->values[i + 1].next) {
		const struct jsonspan_value *s = &j->values[i];

		/* The length alone sorts most keys out, without a look at the text. */
		if ((s->escaped || s->end - s->start == len + 2) && string_is(j, s, key, len))
			found = i + 1;
	}
	return found;
}

uint32_t jsonspan_member(const struct jsonspan *j, uint32_t object, const char *key)
{
	uint32_t v = jsonspan_get(j, object, key);

	return jsonspan_type(j, v) == JSONSPAN_NULL ? JSONSPAN_NONE : v;
}

const char *jsonspan_raw(const struct jsonspan *j, uint32_t v, size_t *len)
{
	const struct jsonspan_value *s = value(j, v);

	*len = s ? s->end - s->start : 0;
	return s ? j->text + s->start : "";
}

bool jsonspan_eq(const struct jsonspan *j, uint32_t v, const char *s)
{
	const struct jsonspan_value *str = value(j, v);

	return str && str->type == JSONSPAN_STRING && string_is(j, str, s, strlen(s));
}

bool jsonspan_same(const struct jsonspan *a, uint32_t va, const struct jsonspan *b, uint32_t vb)
{
	const struct jsonspan_value *sa = value(a, va), *sb = value(b, vb);
	struct chars ca, cb;
	char x[4], y[4];
	size_t n;

	if (!sa || !sb || sa->type != JSONSPAN_STRING || sb->type != JSONSPAN_STRING)
		return false;
	ca = chars(a, sa);
	cb = chars(b, sb);
	if (!sa->escaped)
		return string_is(b, sb, ca.p, (size_t)(ca.end - ca.p));
	while (ca.p < ca.end && cb.p < cb.end) {
		n = next_char(&ca, x);
		if (next_char(&cb, y) != n || memcmp(x, y, n) != 0)
			return false;
	}
	return ca.p == ca.end && cb.p == cb.end;
}

ssize_t jsonspan_str(const struct jsonspan *j, uint32_t v, char *out, size_t size)
{
	const struct jsonspan_value *s = value(j, v);
	struct chars c;
	size_t len = 0, n;
	char ch[4];

	out[0] = '\0';
	if (!s || s->type != JSONSPAN_STRING)
		return -1;
	c = chars(j, s);
	if (!s->escaped) { /* and so without a NUL */
		len = (size_t)(c.end - c.p);
		if (len >= size)
			return -1;
		memcpy(out, c.p, len);
	}
	for (; s->escaped && c.p < c.end; len += n) {
		n = next_char(&c, ch);
		if (len + n >= size || ch[0] == '\0') {
			out[0] = '\0';
			return -1;
		}
		memcpy(out + len, ch, n);
	}
	out[len] = '\0';
	return (ssize_t)len;
}

size_t jsonspan_show(const struct jsonspan *j, uint32_t v, char *out, size_t size)
{
	const struct jsonspan_value *s = value(j, v);
	size_t whole = 0, len = 0, n;
	struct chars c;
	char ch[4];

	out[0] = '\0';
	if (!s || s->type != JSONSPAN_STRING)
		return 0;
	if (!s->escaped && jsonspan_str(j, v, out, size) >= 0)
		return s->end - s->start - 2;
	for (c = chars(j, s); c.p < c.end; whole += n) {
		n = next_char(&c, ch);
		if (ch[0] == '\0')
			ch[0] = '?';
		if (len != whole || len + n >= size)
			continue;
		memcpy(out + len, ch, n);
		len += n;
	}
	out[len] = '\0';
	return whole;
}

bool jsonspan_int(const struct jsonspan *j, uint32_t v, int64_t *out)
{
	const struct jsonspan_value *s = value(j, v);
	bool negative;
	int64_t n = 0;

	if (!s || s->type != JSONSPAN_NUMBER)
		return false;
	negative = j->text[s->start] == '-';
	for (uint32_t i = s->start + negative; i < s->end; i++) {
		int d = j->text[i] - '0';

		if (d < 0 || d > 9 || __builtin_mul_overflow(n, (int64_t)10, &n) ||
		    __builtin_add_overflow(n, negative ? -d : d, &n))
			return false;
	}
	*out = n;
	return true;
}

bool jsonspan_true(const struct jsonspan *j, uint32_t v)
{
	const struct jsonspan_value *s = value(j, v);

	return s && s->type == JSONSPAN_BOOL && j->text[s->start] == 't';
}
