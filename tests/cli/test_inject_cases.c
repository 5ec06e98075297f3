/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "cli/emit.h"
#include "tests/cli/run_text.h"
#include "tests/support/jsonpatch.h"

#define INJECT_CASES "tests/data/inject"

/* The pod of a case of the core's tests: a new reference, or NULL when there is none. */
static json_t *pod_of(const char *case_)
{
	char path[300];
	json_t *doc, *pod;

	(void)snprintf(path, sizeof(path), INJECT_CASES "/%.100s/pod.json", case_);
	doc = json_load_file(path, 0, NULL);
	pod = json_object_get(json_object_get(doc, "request"), "object");
	pod = pod ? json_incref(pod) : json_incref(doc);
	json_decref(doc);
	if (!json_is_object(pod)) {
		json_decref(pod);
		return NULL;
	}
	(void)json_object_set_new(pod, "apiVersion", json_string("v1"));
	(void)json_object_set_new(pod, "kind", json_string("Pod"));
	return pod;
}

/* POD as the core's patch has it, applied by another program than this one: NULL: not injected. */
static json_t *patched(const json_t *pod, const struct settings *set)
{
	char *text = json_dumps(pod, JSON_COMPACT);
	struct inject_request req = { .pod = text, .pod_len = strlen(text), .namespace_ = "default",
				      .settings = set };
	struct inject_result r;
	struct err e = { 0 };
	json_t *out = NULL, *patch;
	const char *own = json_string_value(
		json_object_get(json_object_get(pod, "metadata"), "namespace"));

	if (own)
		req.namespace_ = own;
	inject_result_init(&r);
	if (inject(&req, &r, &e) == 0 && r.verdict == INJECT_PATCH) {
		patch = json_loadb(r.patch.data, r.patch.len, 0, NULL);
		out = json_deep_copy(pod);
		cr_assert(jsonpatch_apply(out, patch, &e) == 0, "%s", e.msg);
		json_decref(patch);
	}
	inject_result_fini(&r);
	free(text);
	return out;
}

static void check(const char *case_, const char *how, const char *text, size_t len,
		  const json_t *want)
{
	AUTO(run) struct run run = { .name = NULL };
	AUTO(buf) struct buf out = { .max = 0 };
	AUTO(buf) struct buf json = { .max = OUTPUT_MAX };
	struct err e = { 0 };
	json_t *got;

	cr_assert(inject_text(&run, text, len, &out, &e) == 0, "%s, %s: %s", case_, how, e.msg);
	text_json(out.data, out.len, &json);
	got = json_loadb(json.data, json.len, 0, NULL);
	cr_expect(json_equal(got, want), "%s, %s:\n%s", case_, how, out.data);
	json_decref(got);
}

/* POD as YAML in blocks, under a comment. */
static void as_yaml(const json_t *pod, struct buf *out)
{
	AUTO(tree) struct tree t = { .root = NULL };
	char *text = json_dumps(pod, 0);
	struct err e = { 0 };

	cr_assert(tree_parse(&t, text, strlen(text), "pod", 1, &e) == 0, "%s", e.msg);
	buf_adds(out, "# a pod\n");
	emit_block(t.root, 0, out);
	free(text);
}

/* One manifest of each notation for each pod of the core's tests that its config injects. */
Test(inject_cases, manifests_get_what_the_patch_would_give_the_pod)
{
	AUTO(run) struct run config = { .name = NULL };
	DIR *d = opendir(INJECT_CASES);
	size_t done = 0;

	cr_assert(d != NULL, "run from the root of the checkout");
	run_text(&config, "", 0);
	for (struct dirent *entry; (entry = readdir(d));) {
		AUTO(buf) struct buf yaml = { .max = OUTPUT_MAX };
		json_t *pod = entry->d_name[0] == '.' ? NULL : pod_of(entry->d_name);
		json_t *want = pod ? patched(pod, &config.settings) : NULL;
		char *text;

		if (want) {
			as_yaml(pod, &yaml);
			check(entry->d_name, "YAML", yaml.data, yaml.len, want);
			text = json_dumps(pod, JSON_COMPACT);
			check(entry->d_name, "JSON", text, strlen(text), want);
			free(text);
			text = json_dumps(pod, JSON_INDENT(4));
			check(entry->d_name, "JSON of many lines", text, strlen(text), want);
			free(text);
			done++;
		}
		json_decref(want);
		json_decref(pod);
	}
	(void)closedir(d);
	cr_assert(done > 30, "%zu", done);
}
