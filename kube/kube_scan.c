/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/kube_scan.h"

#include <string.h>

#include "common/attr.h"

/* Bytes for each of these; an empty object has its hash table. Source: jansson 2.14, glibc 2.36. */
static const struct {
	char c;
	size_t cost;
} costs[] = { { ',', 136 }, { ':', 64 }, { '[', 160 }, { '{', 320 } };

static bool is_one_of(char c, const char *set, size_t n)
{
	return memchr(set, c, n) != NULL;
}

static const char *skip_space(const char *p, const char *end)
{
	while (p < end && is_one_of(*p, " \t\r\n", 4))
		p++;
	return p;
}

/* Behind the string that begins at P. */
static const char *skip_string(const char *p, const char *end)
{
	for (p++; p < end && *p != '"'; p++)
		if (*p == '\\' && p + 1 < end)
			p++;
	return p < end ? p + 1 : end;
}

/* Behind the value that begins at P. */
static const char *skip_value(const char *p, const char *end)
{
	size_t depth = 0;

	while (p < end) {
		char c = *p;

		if (!depth && is_one_of(c, ",:]} \t\r\n", 8))
			break;
		p = c == '"' ? skip_string(p, end) : p + 1;
		if (c == '{' || c == '[')
			depth++;
		else if (c == '}' || c == ']')
			depth--;
		if (!depth && is_one_of(c, "\"}]", 3))
			break;
	}
	return p;
}

/* The value at P, behind white space; it is not there at a bracket's end. */
static struct kube_span value_at(const char *p, const char *end)
{
	p = skip_space(p, end);
	return (struct kube_span){ p, (size_t)(skip_value(p, end) - p) };
}

bool kube_scan_next(struct kube_span s, struct kube_span *at)
{
	const char *end = s.text + s.len, *p = at->len ? at->text + at->len : s.text;

	p = skip_space(p, end);
	if (p < end && *p == (at->len ? ',' : '['))
		*at = value_at(p + 1, end);
	else
		*at = (struct kube_span){ .len = 0 };
	return at->len > 0;
}

struct kube_span kube_scan_member(struct kube_span s, const char *key)
{
	const char *end, *p;
	size_t n = strlen(key);

	if (!s.len)
		return s;
	end = s.text + s.len;
	p = skip_space(s.text, end);
	while (p < end && is_one_of(*p, "{,", 2)) {
		struct kube_span name = value_at(p + 1, end), value;

		p = skip_space(name.text + name.len, end);
		if (!name.len || p == end || *p != ':')
			break;
		value = value_at(p + 1, end);
		if (name.len == n + 2 && !memcmp(name.text + 1, key, n))
			return value;
		p = skip_space(value.text + value.len, end);
	}
	return (struct kube_span){ .len = 0 };
}

size_t kube_scan_cost(struct kube_span s)
{
	const char *end = s.text + s.len, *next;
	size_t cost = s.len, longest = 0;

	for (const char *p = s.text; p < end; p = next) {
		for (size_t i = 0; i < COUNTOF(costs); i++)
			cost += *p == costs[i].c ? costs[i].cost : 0;
		next = *p == '"' ? skip_string(p, end) : p + 1;
		longest = (size_t)(next - p) > longest ? (size_t)(next - p) : longest;
	}
	return cost + 3 * longest; /* it is read into a buffer that doubles */
}
