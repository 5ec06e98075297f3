/* SPDX-License-Identifier: Apache-2.0 */
#include "common/buf.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

void buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .max = max };
}

void buf_fini(struct buf *b)
{
	int saved = errno;

	if (b->data)
		explicit_bzero(b->data, b->cap);
	free(b->data);
	buf_init(b, b->max);
	errno = saved;
}

void buf_reset(struct buf *b)
{
	if (b->data)
		explicit_bzero(b->data, b->cap);
	b->len = 0;
	b->failed = ERR_NONE;
}

/* Make room for LEN more bytes and a NUL. realloc would leave an unwiped copy behind. */
static bool reserve(struct buf *b, size_t len)
{
	size_t cap = b->cap ? b->cap : 64;
	char *data;

	if (b->failed)
		return false;
	if (len > b->max - b->len) {
		b->failed = ERR_TOO_BIG;
		return false;
	}
	if (b->len + len + 1 <= b->cap)
		return true;
	while (cap < b->len + len + 1)
		cap *= 2;
	if (cap > b->max) /* nothing more will ever come in */
		cap = b->max + 1;
	data = malloc(cap);
	if (!data) {
		b->failed = ERR_NOMEM;
		return false;
	}
	if (b->data) {
		memcpy(data, b->data, b->len);
		explicit_bzero(b->data, b->cap);
		free(b->data);
	}
	b->data = data;
	b->cap = cap;
	return true;
}

void buf_add(struct buf *b, const void *data, size_t len)
{
	if (!reserve(b, len))
		return;
	if (len)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void buf_adds(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_addc(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_addv(struct buf *b, const char *fmt, va_list ap)
{
	size_t room = b->data ? b->cap - b->len : 0;
	va_list again;
	int n;

	/* Most texts fit at the first try: formatting only to count costs as much again. */
	va_copy(again, ap);
	n = vsnprintf(room ? b->data + b->len : NULL, room, fmt, again);
	va_end(again);
	if (n >= 0 && (size_t)n < room && !b->failed && (size_t)n <= b->max - b->len) {
		b->len += (size_t)n;
		return;
	}
	if (room)
		b->data[b->len] = '\0';
	if (n < 0 || !reserve(b, (size_t)n))
		return;
	(void)vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
	b->len += (size_t)n;
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_addv(b, fmt, ap);
	va_end(ap);
}

void buf_add_json(struct buf *b, const char *s, size_t len)
{
	static const char short_for[] = { ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n',
					  ['\f'] = 'f', ['\r'] = 'r', ['"'] = '"', ['\\'] = '\\' };
	size_t start = 0;

	buf_addc(b, '"');
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)s[i];
		char esc = c < sizeof(short_for) ? short_for[c] : 0;

		if (!esc && c >= 0x20)
			continue;
		buf_add(b, s + start, i - start);
		start = i + 1;
		if (esc) {
			buf_addc(b, '\\');
			buf_addc(b, esc);
		} else {
			buf_addf(b, "\\u%04x", c);
		}
	}
	buf_add(b, s + start, len - start);
	buf_addc(b, '"');
}

int buf_check(const struct buf *b, const char *what, struct err *e)
{
	switch (b->failed) {
	case ERR_NONE:
		return 0;
	case ERR_TOO_BIG:
		return err_set(e, ERR_TOO_BIG, 0, "%s is larger than %zu bytes", what, b->max);
	default:
		return err_set(e, ERR_NOMEM, 0, "no memory for %s", what);
	}
}

char *buf_take(struct buf *b)
{
	char *data = NULL;

	if (!b->failed) {
		buf_add(b, "", 0);
		data = TAKE(b->data);
	}
	buf_fini(b);
	return data;
}
