/* SPDX-License-Identifier: Apache-2.0 */
#include "inject/same.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "inject/names.h"

static bool is_empty(const struct jsonspan *j, uint32_t v)
{
	enum jsonspan_type type = jsonspan_type(j, v);

	return type == JSONSPAN_ABSENT || type == JSONSPAN_NULL || jsonspan_eq(j, v, "");
}

static bool same_raw(const struct jsonspan *a, uint32_t va, const struct jsonspan *b, uint32_t vb)
{
	size_t la, lb;
	const char *ta = jsonspan_raw(a, va, &la), *tb = jsonspan_raw(b, vb, &lb);

	return la == lb && memcmp(ta, tb, la) == 0;
}

static bool same_array(const struct jsonspan *a, uint32_t va, const struct jsonspan *b, uint32_t vb)
{
	uint32_t i = jsonspan_first(a, va), k = jsonspan_first(b, vb);

	for (; i != JSONSPAN_NONE && k != JSONSPAN_NONE;
	     i = jsonspan_next(a, va, i), k = jsonspan_next(b, vb, k))
		if (!same_value(a, i, b, k))
			return false;
	return i == k;
}

/*
 * The name of the object member KEY, for look-ups and messages. A longer one is
 * cut, so the look-up finds nothing: none of ours is that long.
 */
static const char *key_name(const struct jsonspan *j, uint32_t key, char name[64])
{
	(void)jsonspan_show(j, key, name, 64);
	return name;
}

/* Is each member of A's object in B's, and the same there? */
static bool covered(const struct jsonspan *a, uint32_t va, const struct jsonspan *b, uint32_t vb)
{
	char name[64];

	for (uint32_t i = jsonspan_first(a, va); i != JSONSPAN_NONE; i = jsonspan_next(a, va, i)) {
		if (!same_value(a, jsonspan_of(a, i), b, jsonspan_get(b, vb, key_name(a, i, name))))
			return false;
	}
	return true;
}

/* Recursion ends at the documents' depth limit. */
bool same_value(const struct jsonspan *a, uint32_t va, const struct jsonspan *b, uint32_t vb)
{
	if (is_empty(a, va) || is_empty(b, vb))
		return is_empty(a, va) && is_empty(b, vb);
	if (jsonspan_type(a, va) != jsonspan_type(b, vb))
		return false;
	switch (jsonspan_type(a, va)) {
	case JSONSPAN_STRING:
		return jsonspan_same(a, va, b, vb);
	case JSONSPAN_ARRAY:
		return same_array(a, va, b, vb);
	case JSONSPAN_OBJECT:
		return covered(a, va, b, vb) && covered(b, vb, a, va);
	default:
		return same_raw(a, va, b, vb);
	}
}

/* Put the element E of LEN bytes behind the N bytes of the clean path P; its new length. */
static size_t add_element(char *p, size_t n, const char *e, size_t len)
{
	if (!len || (len == 1 && e[0] == '.'))
		return n;
	if (len == 2 && e[0] == '.' && e[1] == '.') {
		while (n && p[--n] != '/')
			;
		return n;
	}
	p[n++] = '/';
	memmove(p + n, e, len);
	return n + len;
}

ssize_t same_path_clean(const struct jsonspan *j, uint32_t path, char *out, size_t size)
{
	ssize_t len = jsonspan_str(j, path, out + 1, size - 1);
	const char *at = out + 1;
	size_t n = 0;

	if (len < 0)
		return -1;
	/* In place: what is read is at least one byte ahead of what is written. */
	for (const char *end = at + len;; at++) {
		size_t element = strcspn(at, "/");

		n = add_element(out, n, at, element);
		at += element;
		if (at == end)
			break;
	}
	if (!n)
		out[n++] = '/';
	out[n] = '\0';
	return (ssize_t)n;
}

/* Is the clean path P at or under the clean path BASE? */
static bool is_within(const char *p, const char *base)
{
	size_t n = strlen(base);

	return !strcmp(base, "/") || (!strncmp(p, base, n) && (!p[n] || p[n] == '/'));
}

/* How PATH lies to BASE, also where /var/run is a link to /run, as in most images. */
static bool relates(const struct jsonspan *j, uint32_t path, const char *base, bool above)
{
	static const char run[] = "/var/run/";
	const char *alias = strncmp(base, run, strlen(run)) ? base : base + strlen("/var");
	char p[PATH_MAX];

	if (jsonspan_type(j, path) != JSONSPAN_STRING)
		return false; /* which the API server refuses */
	if (same_path_clean(j, path, p, sizeof(p)) < 0)
		return true;
	return is_within(p, base) || is_within(p, alias) ||
	       (above && (is_within(base, p) || is_within(alias, p)));
}

bool same_path_meets(const struct jsonspan *j, uint32_t path, const char *base)
{
	return relates(j, path, base, true);
}

bool same_path_within(const struct jsonspan *j, uint32_t path, const char *base)
{
	return relates(j, path, base, false);
}

bool same_entries(const struct jsonspan *a, uint32_t have, const struct jsonspan *b, uint32_t want,
		  bool (*fits)(const struct jsonspan *a, uint32_t va, const struct jsonspan *b,
			       uint32_t vb))
{
	for (uint32_t k = jsonspan_first(b, want); k != JSONSPAN_NONE;
	     k = jsonspan_next(b, want, k)) {
		uint32_t name = jsonspan_member(b, k, "name");
		size_t found = 0;

		for (uint32_t i = jsonspan_first(a, have); i != JSONSPAN_NONE;
		     i = jsonspan_next(a, have, i)) {
			if (!jsonspan_same(a, jsonspan_member(a, i, "name"), b, name))
				continue;
			if (found++ || !fits(a, i, b, k))
				return false;
		}
		if (!found)
			return false;
	}
	return true;
}

/* May a mount that is not ours be in one of our containers? Not where our files are. */
static bool is_elsewhere(const struct jsonspan *a, uint32_t mount)
{
	static const char *const taken[] = { PATH_CREDENTIALS, PATH_ASSERTIONS, PATH_BIN,
					     "/wif-writer", "/wif-exchange", "/ca-bundle.pem" };
	uint32_t path = jsonspan_member(a, mount, "mountPath");

	for (size_t i = 0; i < COUNTOF(taken); i++)
		if (same_path_meets(a, path, taken[i]))
			return false;
	return true;
}

static bool same_mounts(const struct jsonspan *a, uint32_t have, const struct jsonspan *b,
			uint32_t want)
{
	size_t matched = 0;

	for (uint32_t i = jsonspan_first(a, have); i != JSONSPAN_NONE;
	     i = jsonspan_next(a, have, i)) {
		bool ours = false;

		for (uint32_t k = jsonspan_first(b, want); k != JSONSPAN_NONE && !ours;
		     k = jsonspan_next(b, want, k))
			ours = same_value(a, i, b, k);
		matched += ours;
		if (!ours && !is_elsewhere(a, i))
			return false;
	}
	/* Two mounts at one path are refused by the API server: each match is another one. */
	return matched == jsonspan_count(b, want);
}

static bool is_in(const char *name, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(list[i], name))
			return true;
	return false;
}

/* May another webhook set NAME to V in our security context, where we leave it open? */
static bool is_harmless(const struct jsonspan *a, uint32_t v, const char *name)
{
	static const char *const filled[] = { "seLinuxOptions", "procMount", "seccompProfile",
					      "runAsGroup" };

	if (!strcmp(name, "privileged"))
		return !jsonspan_true(a, v);
	return is_in(name, filled, COUNTOF(filled));
}

static bool same_security(const struct jsonspan *a, uint32_t have, const struct jsonspan *b,
			  uint32_t want)
{
	char name[64];

	for (uint32_t i = jsonspan_first(a, have); i != JSONSPAN_NONE;
	     i = jsonspan_next(a, have, i)) {
		uint32_t wanted = jsonspan_get(b, want, key_name(a, i, name));

		if (wanted == JSONSPAN_NONE && is_harmless(a, jsonspan_of(a, i), name))
			continue;
		if (!same_value(a, jsonspan_of(a, i), b, wanted))
			return false;
	}
	return covered(b, want, a, have);
}

static bool is_excepted(const char *name, const char *const *except)
{
	for (; except && *except; except++)
		if (!strcmp(*except, name))
			return true;
	return false;
}

static bool same_field(const struct jsonspan *a, uint32_t h, const struct jsonspan *b, uint32_t w,
		       const char *const *except, const char *name)
{
	static const char *const free_fields[] = { "resources", "imagePullPolicy",
						   "terminationMessagePath", "envFrom" };

	if (is_in(name, free_fields, COUNTOF(free_fields)) || is_excepted(name, except))
		return true;
	if (!strcmp(name, "env"))
		return same_entries(a, h, b, w, same_value);
	if (!strcmp(name, "volumeMounts"))
		return same_mounts(a, h, b, w);
	if (!strcmp(name, "securityContext"))
		return same_security(a, h, b, w);
	return same_value(a, h, b, w);
}

const char *same_container(const struct jsonspan *a, uint32_t have, const struct jsonspan *b,
			   uint32_t want, const char *const *except, char field[64])
{
	for (uint32_t i = jsonspan_first(a, have); i != JSONSPAN_NONE;
	     i = jsonspan_next(a, have, i)) {
		key_name(a, i, field);
		if (!same_field(a, jsonspan_of(a, i), b, jsonspan_get(b, want, field), except,
				field))
			return field;
	}
	for (uint32_t k = jsonspan_first(b, want); k != JSONSPAN_NONE;
	     k = jsonspan_next(b, want, k)) {
		key_name(b, k, field);
		if (!same_field(a, jsonspan_get(a, have, field), b, jsonspan_of(b, k), except,
				field))
			return field;
	}
	return NULL;
}
