/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/pods.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "controller/ends.h"
#include "inject/names.h"

/* Letters of what is kept; then marks (ends.h); HASH, with the config's hash behind it, is last. */
enum fact {
	ASKS = 'A',
	REFUSES = 'N',
	STATIC_KEY = 'K',
	SHADOWED = 'S',
	FAILING = 'F',
	NOT_LIVE = '-',
	HASH = '#', /* injected */
};
#define HASH_SIZE 17
#define KEY_SIZE 512

const char *pods_state_name(enum pods_state state)
{
	static const char *const names[PODS_STATES] = {
		[PODS_FAILING] = "failing",   [PODS_OUTDATED] = "outdated",
		[PODS_SHADOWED] = "shadowed", [PODS_INJECTED] = "injected",
		[PODS_MISSING] = "missing",   [PODS_STATIC_KEY] = "static-key",
	};

	return names[state];
}

/* --- of one pod --- */

static const json_t *inside(const json_t *object, const char *a, const char *b)
{
	return json_object_get(json_object_get(object, a), b);
}

static bool is(const json_t *value, const char *text)
{
	const char *s = json_string_value(value);

	return s && !strcmp(s, text);
}

static bool begins(const json_t *object, const char *field, const char *text)
{
	const char *s = json_string_value(json_object_get(object, field));

	return s && !strncmp(s, text, strlen(text));
}

/* metadata's FIELD "PREFIX/NAME". */
static const json_t *mark(const json_t *object, const char *field, const char *prefix,
			  const char *name)
{
	char key[KEY_SIZE];

	(void)snprintf(key, sizeof(key), "%s/%s", prefix, name);
	return json_object_get(inside(object, "metadata", field), key);
}

static bool says(const json_t *pod, const char *prefix, const char *what)
{
	return is(mark(pod, "annotations", prefix, "inject"), what) ||
	       is(mark(pod, "labels", prefix, "inject"), what);
}

/* A pod that has ended, or that the API server only mirrors, runs nothing that we could change. */
static bool is_live(const json_t *pod)
{
	const json_t *phase = inside(pod, "status", "phase");

	return !is(phase, "Succeeded") && !is(phase, "Failed") &&
	       !json_object_get(inside(pod, "metadata", "annotations"),
				"kubernetes.io/config.mirror");
}

/* Each mode has a volume of assertions. */
static bool is_injected(const json_t *pod)
{
	const json_t *volumes = inside(pod, "spec", "volumes"), *volume;
	size_t i;

	json_array_foreach(volumes, i, volume)
		if (begins(volume, "name", NAMES_ASSERTIONS))
			return true;
	return false;
}

/* Is a member FIELD of an object in LIST the string TEXT? */
static bool any_is(const json_t *list, const char *field, const char *text)
{
	const json_t *object;
	size_t i;

	json_array_foreach(list, i, object)
		if (is(json_object_get(object, field), text))
			return true;
	return false;
}

static bool has_static_key(const json_t *container)
{
	static const char *const keys[] = NAMES_STATIC_KEYS;
	bool has = false;

	for (size_t i = 0; i < COUNTOF(keys); i++)
		has |= any_is(json_object_get(container, "env"), "name", keys[i]);
	return has;
}

static bool is_consumer(const json_t *container)
{
	return any_is(json_object_get(container, "volumeMounts"), "mountPath", PATH_CREDENTIALS);
}

/* Does a container of the user's have a static key; one that gets our credential? */
static void find_keys(const json_t *containers, bool *any, bool *shadowed)
{
	const json_t *container;
	size_t i;

	json_array_foreach(containers, i, container) {
		if (begins(container, "name", NAMES_PREFIX) || !has_static_key(container))
			continue;
		*any = true;
		*shadowed = *shadowed || is_consumer(container);
	}
}

static bool ended_badly(const json_t *state)
{
	return json_integer_value(inside(state, "terminated", "exitCode")) != 0;
}

/* A writer that is back is `started` when its probe has found a good token. */
static bool is_failing(const json_t *statuses)
{
	const json_t *status, *state;
	size_t i;

	json_array_foreach(statuses, i, status) {
		state = json_object_get(status, "state");
		if (!ends_is_writer(status))
			continue;
		if (ended_badly(state) ||
		    is(inside(state, "waiting", "reason"), "CrashLoopBackOff") ||
		    (json_object_get(state, "running") &&
		     json_is_false(json_object_get(status, "started")) &&
		     ended_badly(json_object_get(status, "lastState"))))
			return true;
	}
	return false;
}

/* The hash that the pod's status says, "" where it says none that could be one. */
static void read_hash(const json_t *pod, const char *prefix, char out[HASH_SIZE])
{
	const char *text = json_string_value(mark(pod, "annotations", prefix, "status"));
	json_auto_t *status = text ? json_loads(text, 0, NULL) : NULL;
	const char *hash = json_string_value(json_object_get(status, "config"));

	out[0] = '\0';
	if (hash && strlen(hash) < HASH_SIZE && !hash[strspn(hash, "0123456789abcdef")])
		(void)snprintf(out, HASH_SIZE, "%s", hash);
}

/* What POD is, as letters, up to HASH; returns how many. */
static size_t letters(const json_t *pod, const char *prefix, bool injected, char *facts)
{
	const json_t *spec = json_object_get(pod, "spec"), *status = json_object_get(pod, "status");
	bool key = false, shadowed = false;
	size_t n = 0;

	find_keys(json_object_get(spec, "containers"), &key, &shadowed);
	find_keys(json_object_get(spec, "initContainers"), &key, &shadowed);
	if (!is_live(pod))
		facts[n++] = NOT_LIVE;
	if (says(pod, prefix, "true"))
		facts[n++] = ASKS;
	if (says(pod, prefix, "false"))
		facts[n++] = REFUSES;
	if (key)
		facts[n++] = STATIC_KEY;
	if (shadowed)
		facts[n++] = SHADOWED;
	if (injected && (is_failing(json_object_get(status, "initContainerStatuses")) ||
			 is_failing(json_object_get(status, "containerStatuses"))))
		facts[n++] = FAILING;
	return n;
}

int pods_reduce(const json_t *pod, const char *prefix, char **out)
{
	char facts[8 + ENDS_MARKS_SIZE + HASH_SIZE] = "", marks[ENDS_MARKS_SIZE], hash[HASH_SIZE];
	bool injected = is_injected(pod);
	size_t n = letters(pod, prefix, injected, facts);
	AUTO(free) char *news = NULL;

	*out = NULL;
	if (injected) {
		read_hash(pod, prefix, hash);
		if (ends_reduce(pod, marks, &news) < 0)
			return -1;
		(void)snprintf(facts + n, sizeof(facts) - n, "%s%c%s", marks, HASH, hash);
	}
	if (!facts[0])
		return 0;
	if (news && asprintf(out, "%s\n%s", facts, news) < 0)
		*out = NULL;
	else if (!news)
		*out = strdup(facts);
	return *out ? 0 : -1;
}

/* --- of all --- */

struct seen {
	const char *key, *facts; /* "NAMESPACE/NAME"; the store's */
};

struct gathering {
	struct seen *list;
	size_t n;
};

static void see(void *ctx, const char *key, const char *facts)
{
	struct gathering *g = ctx;

	if (facts[0] != NOT_LIVE)
		g->list[g->n++] = (struct seen){ key, facts };
}

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct seen *)a)->key, ((const struct seen *)b)->key);
}

/* What the namespace's label makes of pods that say nothing; and of those that ask. */
enum injection { INJECTION_ASKED, INJECTION_EVERY, INJECTION_NONE };

static enum injection injection_of(const struct store *s, const char *namespace_, const char *prefix)
{
	struct inject_object known;
	json_auto_t *object = NULL;
	const json_t *label;

	store_find(s, INJECT_NAMESPACE, "", namespace_, &known);
	if (known.text)
		object = json_loadb(known.text, known.len, JSON_ALLOW_NUL, NULL);
	label = mark(object, "labels", prefix, "injection");
	if (!label)
		return INJECTION_ASKED;
	return is(label, "enabled") ? INJECTION_EVERY : INJECTION_NONE;
}

static enum pods_state state_of(const char *facts, enum injection injection, const char *in_force)
{
	const char *hash = strchr(facts, HASH);
	bool asks = strchr(facts, ASKS) ? injection != INJECTION_NONE :
					  injection == INJECTION_EVERY && !strchr(facts, REFUSES);

	if (hash && strchr(facts, FAILING))
		return PODS_FAILING;
	if (hash && strcmp(hash + 1, in_force) != 0)
		return PODS_OUTDATED;
	if (hash)
		return strchr(facts, SHADOWED) ? PODS_SHADOWED : PODS_INJECTED;
	if (asks)
		return PODS_MISSING;
	return strchr(facts, STATIC_KEY) ? PODS_STATIC_KEY : PODS_STATES;
}

/* The pods of one namespace, from LIST on, into ROW: how many, and in *ANY whether one counts. */
static size_t count_namespace(const struct store *s, const struct seen *list, size_t n,
			      const char *prefix, const char *hash, struct pods_row *row, bool *any)
{
	size_t len = strcspn(list->key, "/") + 1, i;
	enum injection injection;

	*row = (struct pods_row){ .n = { 0 } };
	*any = false;
	(void)snprintf(row->namespace_, sizeof(row->namespace_), "%.*s", (int)len - 1, list->key);
	injection = injection_of(s, row->namespace_, prefix);
	for (i = 0; i < n && !strncmp(list[i].key, list->key, len); i++) {
		enum pods_state state = state_of(list[i].facts, injection, hash);

		if (state == PODS_STATES)
			continue;
		row->n[state]++;
		*any = true;
	}
	return i;
}

static size_t count_namespaces(const struct gathering *g)
{
	size_t n = 0;

	for (size_t i = 0; i < g->n; i++)
		n += !i || strncmp(g->list[i - 1].key, g->list[i].key,
				   strcspn(g->list[i].key, "/") + 1) != 0;
	return n;
}

void pods_count(const struct store *store, const char *prefix, const char *hash,
		struct pods_rows *out)
{
	size_t all = store_count(store, STORE_POD);
	AUTO(free) struct seen *list = malloc((all ? all : 1) * sizeof(*list));
	struct gathering g = { .list = list };
	bool any;

	pods_rows_fini(out);
	if (!list)
		return;
	store_each(store, STORE_POD, see, &g);
	qsort(list, g.n, sizeof(*list), by_key);
	out->list = calloc(count_namespaces(&g) + 1, sizeof(*out->list));
	for (size_t i = 0; out->list && i < g.n; out->n += any)
		i += count_namespace(store, list + i, g.n - i, prefix, hash, &out->list[out->n],
				     &any);
}

void pods_rows_fini(struct pods_rows *rows)
{
	free(rows->list);
	*rows = (struct pods_rows){ .list = NULL };
}
