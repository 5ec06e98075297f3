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

size_t golden_each(size_t (*check)(const char *case_, size_t nth))
{
	struct strlist cases;
	size_t sum = 0;

	golden_cases(&cases);
	cr_assert(cases.len > 0);
	for (size_t i = 0; i < cases.len; i++)
		sum += check(cases.items[i], i);
	strlist_fini(&cases);
	return sum;
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

/* VALUE; in it, "VERSION" in each status in the place of the program's own. */
static json_t *neutral(json_t *value)
{
	static const char own[] = "{\"version\":\"" WIF_VERSION "\"";
	const char *text = json_string_value(value), *key;
	json_t *member;

	json_object_foreach(value, key, member)
		(void)json_object_set_new(value, key, neutral(member));
	if (!text || strncmp(text, own, strlen(own)) != 0)
		return json_incref(value);
	return json_sprintf("{\"version\":\"VERSION\"%s", text + strlen(own));
}

void golden_neutral(json_t *answer)
{
	json_t *op, *value;
	size_t i;

	json_array_foreach(json_object_get(answer, "patch"), i, op)
	{
		value = json_object_get(op, "value");
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
