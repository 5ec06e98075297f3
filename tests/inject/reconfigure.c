/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/inject/reconfigure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/attr.h"
#include "inject/names.h"
#include "tests/inject/back.h"
#include "tests/inject/properties.h"
#include "tests/support/jsonpatch.h"

/* POD with ANSWER's patch, if it has one; NULL when that does not apply. */
static json_t *patched(const json_t *pod, const json_t *answer)
{
	const json_t *patch = json_object_get(answer, "patch");
	json_t *out = json_deep_copy(pod);
	struct err e;

	if (!patch || !jsonpatch_apply(out, patch, &e))
		return out;
	json_decref(out);
	return NULL;
}

/* Follow GOT and WANT, which differ, down to where they do. */
static void find_difference(json_t **got, json_t **want, char *path, size_t size)
{
	const size_t n = strlen(path);
	const char *key;
	json_t *value;
	size_t i;

	json_object_foreach(*want, key, value)
	{
		json_t *other = json_object_get(*got, key);

		if (json_equal(other, value))
			continue;
		(void)snprintf(path + n, size - n, "/%s", key);
		*got = other;
		*want = value;
		find_difference(got, want, path, size);
		return;
	}
	json_array_foreach(*want, i, value)
	{
		json_t *other = json_array_get(*got, i);

		if (json_equal(other, value))
			continue;
		(void)snprintf(path + n, size - n, "/%zu", i);
		*got = other;
		*want = value;
		find_difference(got, want, path, size);
		return;
	}
}

static char *differ_fault(json_t *got, json_t *want)
{
	char *fault = NULL, *a, *b, path[200] = "";

	if (got && want && json_equal(got, want))
		return NULL;
	find_difference(&got, &want, path, sizeof(path));
	a = json_dumps(got, JSON_ENCODE_ANY);
	b = json_dumps(want, JSON_ENCODE_ANY);
	if (asprintf(&fault, "%s after another config is %s, alone %s", path, a ? a : "none",
		     b ? b : "none") < 0)
		abort();
	free(a);
	free(b);
	return fault;
}

/* For comparing: the status alone is not worth a patch, and an empty list is as good as none. */
static void neutralise(json_t *pod, bool status, const char *prefix)
{
	json_t *spec = json_object_get(pod, "spec"), *value;
	char key[256];
	const char *name;
	void *next;

	(void)snprintf(key, sizeof(key), "%s/status", prefix);
	if (status)
		(void)json_object_del(json_object_get(json_object_get(pod, "metadata"),
						      "annotations"), key);
	json_object_foreach_safe(spec, next, name, value)
	{
		if (json_is_null(value) || (json_is_array(value) && !json_array_size(value)))
			(void)json_object_del(spec, name);
	}
}

/*
 * NOW on BEFORE's result INJECTED, where alone it makes WANT; NULL: whatever is right. MAY_REFUSE:
 * also that.
 */
static char *again_fault(const json_t *injected, json_t *want, bool may_refuse,
			 const struct settings *now, struct golden_around *around)
{
	json_t *answer = golden_run(injected, now, around);
	char *fault = properties_fault(injected, now, around, answer);
	json_t *got = NULL;

	if (!fault && !may_refuse && !strcmp(properties_text(answer, "verdict"), "deny"))
		fault = strdup(properties_text(answer, "message"));
	if (!fault && want) {
		got = patched(injected, answer);
		neutralise(got, !json_object_get(answer, "patch"), now->prefix);
		neutralise(want, !json_object_get(answer, "patch"), now->prefix);
		fault = differ_fault(got, want);
	}
	json_decref(got);
	json_decref(answer);
	return fault;
}

/*
 * Does POD hold what looks like an injection, and names BUT_BY, if any, nowhere as its config?
 * Then it matters who was first to give it a status.
 */
static bool looks_injected(const json_t *pod, const char *but_by)
{
	char *text = json_dumps(pod, JSON_COMPACT);
	bool is = !text || strstr(text, NAMES_PREFIX) || strstr(text, PATH_CREDENTIALS);

	if (text && but_by && strstr(text, but_by))
		is = false;

	free(text);
	return is;
}

char *reconfigure_fault(const json_t *pod, const struct settings *before,
			const struct settings *now, struct golden_around *around, bool *tried)
{
	json_t *old = golden_run(pod, before, around), *new = golden_run(pod, now, around);
	bool both = json_object_get(old, "patch") && json_object_get(new, "patch");
	json_t *injected = both ? patched(pod, old) : NULL;
	json_t *want = injected ? patched(pod, new) : NULL;
	bool same = !strcmp(before->hash, now->hash);
	bool exact = !looks_injected(pod, same ? now->hash : NULL);
	char *fault = want ? again_fault(injected, exact ? want : NULL, !exact, now, around) : NULL;

	if (want && !fault) {
		/* What other admission has filled in may stay: the limits of a writer, say. */
		back_fill(injected);
		fault = again_fault(injected, NULL, !exact, now, around);
	}
	if (tried)
		*tried = want != NULL;
	json_decref(want);
	json_decref(injected);
	json_decref(new);
	json_decref(old);
	return fault;
}

/* Append ITEM to the list KEY of OBJECT, which need not be there. */
static void append(json_t *object, const char *key, json_t *item)
{
	json_t *list = json_object_get(object, key);

	if (json_is_array(list))
		(void)json_array_append_new(list, item);
	else
		(void)json_object_set_new(object, key, json_pack("[o]", item));
}

/* What other webhooks put into POD. */
static void meddle(json_t *pod)
{
	static const char *const lists[] = { "initContainers", "containers" };
	json_t *spec = json_object_get(pod, "spec"), *c;
	size_t i;

	for (size_t l = 0; l < COUNTOF(lists); l++)
		json_array_foreach(json_object_get(spec, lists[l]), i, c)
		{
			append(c, "env", json_pack("{s:s,s:s}", "name", "OTHER", "value", "1"));
			append(c, "volumeMounts", json_pack("{s:s,s:s}", "name", "other",
							    "mountPath", "/other"));
		}
	append(spec, "volumes", json_pack("{s:s,s:{}}", "name", "other", "emptyDir"));
	/* With limits: it must not cost the pod its quality of service, by which ours are sized. */
	(void)json_array_insert_new(json_object_get(spec, "containers"), 0,
				    json_pack("{s:s,s:s,s:{s:{s:s,s:s}}}", "name", "istio-meddler",
					      "image", "registry.example/istio:1", "resources",
					      "limits", "cpu", "1", "memory", "1Gi"));
}

static int by_text(const void *a, const void *b)
{
	char *ta = json_dumps(*(json_t *const *)a, JSON_SORT_KEYS | JSON_ENCODE_ANY);
	char *tb = json_dumps(*(json_t *const *)b, JSON_SORT_KEYS | JSON_ENCODE_ANY);
	int order = strcmp(ta ? ta : "", tb ? tb : "");

	free(ta);
	free(tb);
	return order;
}

/* OBJECT's list KEY in an order of its own. */
static void sort(json_t *object, const char *key)
{
	json_t *list = json_object_get(object, key), *items[64];
	size_t n = json_array_size(list);

	if (n > COUNTOF(items))
		return;
	for (size_t i = 0; i < n; i++)
		items[i] = json_incref(json_array_get(list, i));
	qsort((void *)items, n, sizeof(*items), by_text);
	for (size_t i = 0; i < n; i++)
		(void)json_array_set_new(list, i, items[i]);
}

/* Take what meddle() added out of OBJECT's list KEY. */
static void drop_others(json_t *object, const char *key)
{
	json_t *list = json_object_get(object, key);

	for (size_t i = json_array_size(list); i-- > 0;)
		if (!strcasecmp(properties_text(json_array_get(list, i), "name"), "other"))
			(void)json_array_remove(list, i);
	if (list && !json_array_size(list))
		(void)json_object_del(object, key);
}

/* For comparing: lists in an order of their own, and ours without what others may add. */
static void sort_all(json_t *pod)
{
	static const char *const lists[] = { "initContainers", "containers" };
	json_t *spec = json_object_get(pod, "spec"), *c;
	size_t i;

	sort(spec, "volumes");
	for (size_t l = 0; l < COUNTOF(lists); l++)
		json_array_foreach(json_object_get(spec, lists[l]), i, c)
		{
			if (back_is_ours(c)) {
				(void)json_object_del(c, "resources");
				drop_others(c, "env");
				drop_others(c, "volumeMounts");
			}
			sort(c, "env");
			sort(c, "volumeMounts");
		}
}

char *reconfigure_meddled_fault(const json_t *pod, const struct settings *before,
				const struct settings *now, struct golden_around *around)
{
	json_t *old = golden_run(pod, before, around), *plain = json_deep_copy(pod);
	json_t *injected = patched(pod, old), *new, *again, *got, *want;
	char *fault = NULL;

	meddle(plain);
	meddle(injected);
	new = golden_run(plain, now, around);
	again = golden_run(injected, now, around);
	want = patched(plain, new);
	got = patched(injected, again);
	if (json_object_get(old, "patch") && json_object_get(new, "patch") &&
	    !looks_injected(pod, NULL)) {
		bool skipped = !json_object_get(again, "patch");

		neutralise(want, skipped, now->prefix);
		neutralise(got, skipped, now->prefix);
		sort_all(want);
		sort_all(got);
		fault = differ_fault(got, want);
	}
	json_decref(got);
	json_decref(want);
	json_decref(again);
	json_decref(new);
	json_decref(injected);
	json_decref(plain);
	json_decref(old);
	return fault;
}
