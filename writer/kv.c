/* SPDX-License-Identifier: Apache-2.0 */
#include "writer/kv.h"

#include <string.h>

#define KEY_MAX 32

static bool key_ok(struct span key)
{
	if (key.len == 0 || key.len > KEY_MAX)
		return false;
	for (size_t i = 0; i < key.len; i++)
		if (key.s[i] != '-' && (key.s[i] < 'a' || key.s[i] > 'z'))
			return false;
	return true;
}

static bool value_ok(struct span value)
{
	for (size_t i = 0; i < value.len; i++)
		if ((unsigned char)value.s[i] < 0x20 || value.s[i] == 0x7f)
			return false;
	return true;
}

enum kv_step kv_next(struct span *rest, struct span *key, struct span *value)
{
	const char *newline, *space;
	struct span line;

	if (rest->len == 0)
		return KV_END;
	newline = memchr(rest->s, '\n', rest->len);
	if (!newline)
		return KV_BAD;
	line = (struct span){ rest->s, (size_t)(newline - rest->s) };
	*rest = (struct span){ newline + 1, rest->len - line.len - 1 };
	if (line.len == 0)
		return KV_EMPTY;
	space = memchr(line.s, ' ', line.len);
	if (!space)
		return KV_BAD;
	*key = (struct span){ line.s, (size_t)(space - line.s) };
	*value = (struct span){ space + 1, line.len - key->len - 1 };
	return key_ok(*key) && value_ok(*value) ? KV_LINE : KV_BAD;
}

bool span_is(struct span s, const char *text)
{
	return s.len == strlen(text) && memcmp(s.s, text, s.len) == 0;
}

bool span_number(struct span s, int64_t max, int64_t *out)
{
	int64_t n = 0;

	if (s.len == 0 || s.len > 18)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.s[i] < '0' || s.s[i] > '9')
			return false;
		n = n * 10 + (s.s[i] - '0');
	}
	if (n > max)
		return false;
	*out = n;
	return true;
}

struct span span_word(struct span *rest)
{
	struct span word = { rest->s, 0 };

	while (word.len < rest->len && rest->s[word.len] != ' ')
		word.len++;
	rest->s += word.len + (word.len < rest->len);
	rest->len -= word.len + (word.len < rest->len);
	return word;
}

void span_copy(struct span s, char *out, size_t size)
{
	size_t n = s.len < size ? s.len : size - 1;

	memcpy(out, s.s, n);
	out[n] = '\0';
}
