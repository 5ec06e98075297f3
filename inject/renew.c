/* SPDX-License-Identifier: Apache-2.0 */
#include "inject/renew.h"

#include <string.h>

#include "inject/render.h"
#include "inject/same.h"

#define ALNUM "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define IMAGE_SIZE 1024 /* bytes; the config's is shorter */

/* How much of the reference IMAGE comes before its tag and digest: a port is no tag. */
static size_t repository_len(const char *image)
{
	size_t len = strcspn(image, "@");

	for (size_t i = len; i-- > 0 && image[i] != '/';)
		if (image[i] == ':')
			len = i;
	return len;
}

/*
 * Is TEXT the rest of a reference, a tag or a digest or both, and nothing else?
 * Source: github.com/distribution/reference, its grammar, of which this takes
 * longer tags and digests of other algorithms as well.
 */
static bool is_version(const char *text)
{
	size_t n;

	if (*text == ':') {
		n = strspn(++text, ALNUM "_.-");
		if (!n || *text == '.' || *text == '-')
			return false;
		text += n;
	}
	if (*text == '@') {
		n = strspn(++text, ALNUM "+._-");
		if (!n || text[n] != ':')
			return false;
		text += n + 1;
		n = strspn(text, ALNUM);
		return n && !text[n];
	}
	return !*text;
}

bool renew_is_version(const char *image, const char *own)
{
	size_t len = repository_len(own);

	return strncmp(image, own, len) == 0 && is_version(image + len);
}

/* The comparisons of single fields: HAVE is a value of the pod's, GOAL one of WANT's. */
static bool is_our_image(const struct job *job, uint32_t have, const struct jsonspan *want,
			 uint32_t goal)
{
	char image[IMAGE_SIZE];

	/* In the consumer's image: that is not the config's to say. */
	if (!jsonspan_eq(want, goal, job->set->image))
		return false;
	return jsonspan_str(job->pod.doc, have, image, sizeof(image)) > 0 &&
	       renew_is_version(image, job->set->image);
}

uint32_t renew_endpoint(const struct jsonspan *j, uint32_t args)
{
	uint32_t found = JSONSPAN_NONE, next;

	for (uint32_t i = jsonspan_first(j, args); i != JSONSPAN_NONE; i = next) {
		next = jsonspan_next(j, args, i);
		if (jsonspan_type(j, i) != JSONSPAN_STRING)
			return JSONSPAN_NONE;
		if (!jsonspan_eq(j, i, "--base-url"))
			continue;
		if (found != JSONSPAN_NONE)
			return JSONSPAN_NONE;
		found = next;
	}
	return found;
}

static bool are_our_args(const struct job *job, uint32_t have, const struct jsonspan *want,
			 uint32_t goal)
{
	const struct jsonspan *d = job->pod.doc;

	return jsonspan_same(d, jsonspan_first(d, have), want, jsonspan_first(want, goal)) &&
	       jsonspan_same(d, renew_endpoint(d, have), want, renew_endpoint(want, goal));
}

/* Is ENTRY of the pod the variable of WANT's entry GOAL, plainly with any value? */
static bool is_our_variable(const struct jsonspan *d, uint32_t entry, const struct jsonspan *want,
			    uint32_t goal)
{
	uint32_t value = jsonspan_member(d, entry, "value");

	if (jsonspan_member(want, goal, "valueFrom") != JSONSPAN_NONE)
		return same_value(d, entry, want, goal);
	/* The API server drops an empty value. */
	return jsonspan_count(d, entry) == (value == JSONSPAN_NONE ? 1 : 2) &&
	       (value == JSONSPAN_NONE || jsonspan_type(d, value) == JSONSPAN_STRING);
}

static bool are_our_variables(const struct job *job, uint32_t have, const struct jsonspan *want,
			      uint32_t goal)
{
	return same_entries(job->pod.doc, have, want, goal, is_our_variable);
}

static bool is_our_probe(const struct job *job, uint32_t have, const struct jsonspan *want,
			 uint32_t goal)
{
	const struct jsonspan *d = job->pod.doc;
	uint32_t exec = jsonspan_member(d, have, "exec");

	if (exec == JSONSPAN_NONE ||
	    !same_value(d, exec, want, jsonspan_member(want, goal, "exec")))
		return false;
	for (uint32_t i = jsonspan_first(d, have); i != JSONSPAN_NONE;
	     i = jsonspan_next(d, have, i))
		if (!jsonspan_eq(d, i, "exec") &&
		    jsonspan_type(d, jsonspan_of(d, i)) != JSONSPAN_NUMBER)
			return false;
	return true;
}

const char *renew_container(const struct job *job, uint32_t have, const struct jsonspan *want,
			    char field[64])
{
	static const char *const decided[] = { "image", "args", "env", "startupProbe", NULL };
	static bool (*const is_ours[])(const struct job *, uint32_t, const struct jsonspan *,
				       uint32_t) = {
		is_our_image, are_our_args, are_our_variables, is_our_probe
	};
	const struct jsonspan *d = job->pod.doc;

	for (size_t i = 0; i < COUNTOF(is_ours); i++) {
		uint32_t h = jsonspan_member(d, have, decided[i]);
		uint32_t w = jsonspan_member(want, 0, decided[i]);

		if (!same_value(d, h, want, w) && !is_ours[i](job, h, want, w))
			return decided[i];
	}
	return same_container(d, have, want, 0, decided, field);
}

/* Is SOURCE the I-th token of an injection, of whatever expiration? */
static bool is_our_token(const struct job *job, uint32_t source, int i)
{
	const struct jsonspan *d = job->pod.doc;
	uint32_t token = jsonspan_member(d, source, "serviceAccountToken");
	char path[RENDER_PATH_SIZE];
	int64_t s;

	render_path(job, i, path);
	return jsonspan_count(d, source) == 1 && jsonspan_count(d, token) == 3 &&
	       jsonspan_eq(d, jsonspan_member(d, token, "audience"),
			   job->wish.federation->audience) &&
	       jsonspan_eq(d, jsonspan_member(d, token, "path"), path) &&
	       jsonspan_int(d, jsonspan_member(d, token, "expirationSeconds"), &s);
}

bool renew_assertions(const struct job *job, uint32_t v, const struct jsonspan *want)
{
	const struct jsonspan *d = job->pod.doc;
	uint32_t have = jsonspan_member(d, v, "projected");
	uint32_t goal = jsonspan_member(want, 0, "projected");
	uint32_t list = jsonspan_member(d, have, "sources");
	int n = 0;

	for (uint32_t i = jsonspan_first(d, list); i != JSONSPAN_NONE;
	     i = jsonspan_next(d, list, i))
		if (n == ASSERTIONS_MAX || !is_our_token(job, i, n++))
			return false;
	return n && goal != JSONSPAN_NONE && jsonspan_count(d, v) == 2 &&
	       jsonspan_count(d, have) == 2 &&
	       same_value(d, jsonspan_member(d, have, "defaultMode"), want,
			  jsonspan_member(want, goal, "defaultMode"));
}
