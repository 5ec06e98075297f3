/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/stream.h"

#include <string.h>

#include "cli/tree.h"

#define BLANKS " \t\r\n"

static bool is_blank(char c)
{
	return c && strchr(BLANKS, c);
}

/* The length of the line at S, its newline included. */
static size_t line_len(const char *s, size_t len)
{
	const char *end = memchr(s, '\n', len);

	return end ? (size_t)(end - s) + 1 : len;
}

/* "---": 1 when nothing follows but blanks or a comment, 2 when content follows, else 0. */
static int separates(const char *s, size_t len)
{
	size_t i = 3;

	if (len < 3 || memcmp(s, "---", 3) != 0)
		return 0;
	while (i < len && is_blank(s[i]))
		i++;
	if (i == len || (s[i] == '#' && i > 3))
		return 1;
	return is_blank(s[3]) ? 2 : 0;
}

static void advance(struct stream *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		s->line += s->text[s->pos + i] == '\n';
	s->pos += n;
}

/* The length of the JSON object at S, by its brackets; 0 when it does not end in its document. */
static size_t object_len(const char *s, size_t len)
{
	size_t depth = 0;
	bool quoted = false;

	for (size_t i = 0; i < len; i++) {
		if (s[i] == '\n' && separates(s + i + 1, line_len(s + i + 1, len - i - 1))) {
			return 0;
		} else if (quoted && s[i] == '\\') {
			i++;
		} else if (quoted) {
			quoted = s[i] != '"';
		} else if (s[i] == '"') {
			quoted = true;
		} else if (s[i] == '{' || s[i] == '[') {
			depth++;
		} else if (s[i] == '}' || s[i] == ']') {
			if (depth-- <= 1)
				return i + 1;
		}
	}
	return 0;
}

/* What has brackets may be YAML's, where quotes and braces can stand alone. */
static bool is_json(const char *s, size_t len)
{
	AUTO(jsonspan) struct jsonspan j = { .max = 2 * TREE_NODES_MAX,
					     .depth_max = TREE_DEPTH_MAX };
	struct err e = { 0 };

	return jsonspan_parse(&j, s, len, &e) == 0 || e.kind != ERR_INVALID;
}

/* The length of the JSON object at S and the blanks around it; 0: it is something else. */
static size_t json_len(const char *s, size_t len)
{
	size_t at = 0, n;

	while (at < len && is_blank(s[at]))
		at++;
	n = at < len && s[at] == '{' ? object_len(s + at, len - at) : 0;
	if (!n || !is_json(s + at, n))
		return 0;
	for (at += n; at < len && is_blank(s[at]); at++)
		;
	/* Anything but another object after it: one document of YAML, brackets and all. */
	if (at == len || s[at] == '{' ||
	    (s[at - 1] == '\n' && separates(s + at, line_len(s + at, len - at))))
		return at;
	return 0;
}

static size_t document_len(const char *s, size_t len)
{
	size_t n = json_len(s, len);

	if (n)
		return n;
	n = line_len(s, len);
	while (n < len && !separates(s + n, line_len(s + n, len - n)))
		n += line_len(s + n, len - n);
	return n;
}

/* Nothing but blanks and comments? */
static bool says_nothing(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (s[i] == '#')
			i += line_len(s + i, len - i) - 1;
		else if (!is_blank(s[i]))
			return false;
	}
	return true;
}

bool stream_next(struct stream *s, struct stream_part *out)
{
	const char *at = s->text + s->pos;
	size_t left = s->len - s->pos, n;

	if (!left)
		return false;
	*out = (struct stream_part){ .text = at, .line = s->line };
	n = line_len(at, left);
	out->between = separates(at, n) == 1;
	out->len = out->between ? n : document_len(at, left);
	out->between = out->between || says_nothing(at, out->len);
	if (!out->between)
		out->number = ++s->number;
	advance(s, out->len);
	return true;
}
