/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/inject/golden.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "inject/settings.h"

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void golden_cases(struct strlist *out)
{
	DIR *d = opendir(GOLDEN_DIR);

	*out = (struct strlist){ NULL, 0 };
	cr_assert(d != NULL, "run from the root of the checkout");
	for (struct dirent *entry; (entry = readdir(d));)
		if (entry->d_name[0] != '.')
			cr_assert(strlist_add(out, entry->d_name) == 0);
	(void)closedir(d);
	qsort(out->items, out->len, sizeof(*out->items), by_name);
}

char *golden_file(const char *case_, const char *name)
{
	char path[300];
	FILE *f;
	char *text = NULL;
	size_t len = 0;

	(void)snprintf(path, sizeof(path), GOLDEN_DIR "/%s/%s", case_, name);
	f = fopen(path, "r");
	if (!f)
		return NULL;
	if (getdelim(&text, &len, '\0', f) < 0) {
		free(text);
		text = strdup("");
	}
	(void)fclose(f);
	return text;
}

json_t *golden_pod(const char *case_)
{
	char *text = golden_file(case_, "pod.json");
	json_error_t why;
	json_t *doc, *pod;

	cr_assert(text != NULL, "%s: no pod.json", case_);
	doc = json_loads(text, JSON_ALLOW_NUL, &why);
	cr_assert(doc != NULL, "%s: pod.json:%d: %s", case_, why.line, why.text);
	pod = json_object_get(json_object_get(doc, "request"), "object");
	pod = pod ? json_incref(pod) : json_incref(doc);
	json_decref(doc);
	free(text);
	return pod;
}

static json_t *warnings_of(const struct inject_result *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->n_warnings; i++)
		(void)json_array_append_new(list, json_pack("{s:s,s:s}", "reason",
							    r->warnings[i].reason, "text",
							    r->warnings[i].text));
	return list;
}

static json_t *patch_of(const struct inject_result *r)
{
	json_error_t why;
	json_t *patch = json_loadb(r->patch.data, r->patch.len, JSON_REJECT_DUPLICATES, &why);

	cr_assert(patch != NULL, "the patch is no JSON: %s", why.text);
	return patch;
}

json_t *golden_run(const json_t *pod, const struct settings *set)
{
	static const char *const verdicts[] = { "skip", "patch", "deny" };
	char *text = json_dumps(pod, JSON_COMPACT);
	const struct inject_request req = { .pod = text, .pod_len = strlen(text),
					    .namespace_ = "", .settings = set };
	struct inject_result r;
	struct err e = { .kind = ERR_NONE };
	json_t *out;

	inject_result_init(&r);
	cr_assert(inject(&req, &r, &e) == 0, "%s", e.msg);
	out = json_pack("{s:s,s:s,s:s*,s:o,s:o*}", "verdict", verdicts[r.verdict], "reason",
			r.reason, "message", r.message.len ? r.message.data : NULL, "warnings",
			warnings_of(&r), "patch", r.patch.len ? patch_of(&r) : NULL);
	if (r.federation[0])
		(void)json_object_set_new(out, "audit", json_pack("{s:s,s:s,s:s,s:s}", "federation",
								  r.federation, "rule", r.rule,
								  "serviceAccount",
								  r.service_account, "mode", r.mode));
	inject_result_fini(&r);
	free(text);
	return out;
}

/* VALUE as it is, or a status with "VERSION" in the place of the program's own. */
static json_t *neutral(json_t *value)
{
	static const char own[] = "{\"version\":\"" WIF_VERSION "\"";
	const char *text = json_string_value(value);

	if (!text || strncmp(text, own, strlen(own)) != 0)
		return json_incref(value);
	return json_sprintf("{\"version\":\"VERSION\"%s", text + strlen(own));
}

void golden_neutral(json_t *answer)
{
	json_t *op, *value, *member;
	const char *key;
	size_t i;

	json_array_foreach(json_object_get(answer, "patch"), i, op) {
		value = json_object_get(op, "value");
		json_object_foreach(value, key, member)
			(void)json_object_set_new(value, key, neutral(member));
		if (value)
			(void)json_object_set_new(op, "value", neutral(value));
	}
}

/* One line per warning and per operation: differences are then easy to read. */
static void write_member(FILE *f, const char *key, const json_t *value)
{
	const json_t *item;
	size_t i;
	char *text;

	if (!json_is_array(value)) {
		text = json_dumps(value, JSON_ENCODE_ANY);
		(void)fprintf(f, "  \"%s\": %s", key, text);
		free(text);
		return;
	}
	(void)fprintf(f, "  \"%s\": [", key);
	json_array_foreach(value, i, item) {
		text = json_dumps(item, 0);
		(void)fprintf(f, "%s\n    %s", i ? "," : "", text);
		free(text);
	}
	(void)fprintf(f, "%s]", json_array_size(value) ? "\n  " : "");
}

void golden_write(const char *case_, json_t *want)
{
	char path[300];
	const char *key, *separator = "{\n";
	json_t *value;
	FILE *f;

	(void)snprintf(path, sizeof(path), GOLDEN_DIR "/%s/want.json", case_);
	f = fopen(path, "w");
	cr_assert(f != NULL, "%s", path);
	json_object_foreach(want, key, value) {
		(void)fputs(separator, f);
		write_member(f, key, value);
		separator = ",\n";
	}
	(void)fputs("\n}\n", f);
	cr_assert(fclose(f) == 0, "%s", path);
}
