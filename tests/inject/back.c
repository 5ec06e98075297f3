/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/inject/back.h"

#include <stdlib.h>
#include <string.h>

#include "common/attr.h"
#include "inject/names.h"

static const char *const lists[] = { "initContainers", "containers" };

static const char *name_of(const json_t *item)
{
	const char *name = json_string_value(json_object_get(item, "name"));

	return name ? name : "";
}

bool back_is_ours(const json_t *item)
{
	return strncmp(name_of(item), NAMES_PREFIX, strlen(NAMES_PREFIX)) == 0;
}

static bool is_our_variable(const json_t *item)
{
	return strncmp(name_of(item), "ANTHROPIC_", 10) == 0 &&
	       strcmp(name_of(item), "ANTHROPIC_API_KEY") != 0 &&
	       strcmp(name_of(item), "ANTHROPIC_AUTH_TOKEN") != 0;
}

bool back_is_given(const json_t *item)
{
	static const char *const names[] = {
		"ANTHROPIC_CONFIG_DIR",		"ANTHROPIC_PROFILE",
		"ANTHROPIC_BASE_URL",		"ANTHROPIC_IDENTITY_TOKEN_FILE",
		"ANTHROPIC_FEDERATION_RULE_ID", "ANTHROPIC_ORGANIZATION_ID",
		"ANTHROPIC_SERVICE_ACCOUNT_ID", "ANTHROPIC_WORKSPACE_ID",
	};

	for (size_t i = 0; i < COUNTOF(names); i++)
		if (!strcmp(name_of(item), names[i]))
			return true;
	return false;
}

bool back_is_static_key(const json_t *item)
{
	return !strcmp(name_of(item), "ANTHROPIC_API_KEY") ||
	       !strcmp(name_of(item), "ANTHROPIC_AUTH_TOKEN");
}

/* Drop the items of OBJECT's list KEY that DROP picks, and the list when nothing is left. */
static void drop(json_t *object, const char *key, bool (*pick)(const json_t *))
{
	json_t *list = json_object_get(object, key);

	for (size_t i = json_array_size(list); i-- > 0;)
		if (pick(json_array_get(list, i)))
			(void)json_array_remove(list, i);
	if (list && json_array_size(list) == 0)
		(void)json_object_del(object, key);
}

/* The autoscaler's list LOCAL less our volume at its end, where alone we put it; or NULL. */
static char *others_volumes(const json_t *local)
{
	const char *text = json_string_value(local);
	size_t len = text ? strlen(text) : 0, ours = strlen(NAMES_BIN);

	if (len >= ours && !strcmp(text + len - ours, NAMES_BIN) &&
	    (len == ours || text[len - ours - 1] == ','))
		len -= len == ours ? ours : ours + 1;
	return len ? strndup(text, len) : NULL;
}

bool back_is_our_annotation(const char *key, const char *prefix)
{
	size_t n = strlen(prefix);

	return (!strncmp(key, prefix, n) && !strcmp(key + n, "/status")) ||
	       !strcmp(key, BACK_LOCAL_VOLUMES);
}

static void strip_annotations(json_t *metadata, const char *prefix)
{
	json_t *map = json_object_get(metadata, "annotations");
	char *others = others_volumes(json_object_get(map, BACK_LOCAL_VOLUMES));
	const char *key;
	json_t *value;
	void *next;

	json_object_foreach_safe(map, next, key, value)
	{
		if (back_is_our_annotation(key, prefix))
			(void)json_object_del(map, key);
	}
	if (others)
		(void)json_object_set_new(map, BACK_LOCAL_VOLUMES, json_string(others));
	if (map && json_object_size(map) == 0)
		(void)json_object_del(metadata, "annotations");
	free(others);
}

void back_strip(json_t *pod, const char *prefix, bool static_keys)
{
	json_t *spec = json_object_get(pod, "spec"), *c;
	json_t *metadata = json_object_get(pod, "metadata");
	size_t i;

	strip_annotations(metadata, prefix);
	if (!json_object_size(metadata))
		(void)json_object_del(pod, "metadata");
	drop(spec, "volumes", back_is_ours);
	for (size_t l = 0; l < 2; l++) {
		drop(spec, lists[l], back_is_ours);
		json_array_foreach(json_object_get(spec, lists[l]), i, c)
		{
			drop(c, "volumeMounts", back_is_ours);
			drop(c, "env", is_our_variable);
			if (static_keys)
				drop(c, "env", back_is_static_key);
		}
	}
}

static void drop_empty_values(json_t *container)
{
	json_t *entry;
	size_t i;

	json_array_foreach(json_object_get(container, "env"), i, entry)
	{
		const char *value = json_string_value(json_object_get(entry, "value"));

		if (value && !*value)
			(void)json_object_del(entry, "value");
	}
}

static void fill_container(json_t *c)
{
	json_t *mounts = json_object_get(c, "volumeMounts");

	drop_empty_values(c);
	if (!back_is_ours(c))
		return;
	(void)json_object_set_new(c, "terminationMessagePath", json_string("/dev/termination-log"));
	(void)json_object_set_new(c, "imagePullPolicy", json_string("Always"));
	(void)json_object_set_new(
		c, "resources",
		json_pack("{s:{s:s},s:{s:s}}", "limits", "cpu", "2", "requests", "cpu", "500m"));
	(void)json_array_append_new(
		mounts, json_pack("{s:s,s:b,s:s}", "name", "kube-api-access-x2x4z", "readOnly", 1,
				  "mountPath", "/var/run/secrets/kubernetes.io/serviceaccount"));
	(void)json_object_set_new(c, "volumeMounts", json_incref(mounts));
}

void back_fill(json_t *pod)
{
	json_t *spec = json_object_get(pod, "spec"), *c;
	size_t i;

	for (size_t l = 0; l < 2; l++)
		json_array_foreach(json_object_get(spec, lists[l]), i, c) fill_container(c);
}
