/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/inject/golden.h"

#include <stdio.h>
#include <string.h>

/* Without Criterion: fuzz targets use this too. */
static void must(bool ok, const char *what, const char *why)
{
	if (ok)
		return;
	(void)fprintf(stderr, "%s: %s\n", what, why);
	abort();
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

struct golden_around golden_around(const char *case_)
{
	return (struct golden_around){
		.text = { [INJECT_SERVICE_ACCOUNT] = golden_file(case_, "serviceaccount.json"),
			  [INJECT_NAMESPACE] = golden_file(case_, "namespace.json") },
	};
}

void golden_around_fini(struct golden_around *around)
{
	for (size_t i = 0; i < INJECT_KINDS; i++)
		free(around->text[i]);
}

static json_t *warnings_of(const struct inject_result *r)
{
	json_t *list = json_array();

	for (size_t i = 0; i < r->n_warnings; i++)
		(void)json_array_append_new(
			list, json_pack("{s:s,s:s}", "reason",
					reason_row(r->warnings[i].reason)->code, "text",
					r->warnings[i].text));
	return list;
}

static json_t *patch_of(const struct inject_result *r)
{
	json_error_t why;
	json_t *patch = json_loadb(r->patch.data, r->patch.len, JSON_REJECT_DUPLICATES, &why);

	must(patch != NULL, "the patch is no JSON", why.text);
	return patch;
}

static void find(void *ctx, enum inject_kind kind, const char *namespace_, const char *name,
		 struct inject_object *out)
{
	const struct golden_around *g = ctx;
	const char *text = g->text[kind];

	(void)namespace_;
	(void)name;
	if (!text)
		return; /* bare */
	if (text[0] == '{')
		*out = (struct inject_object){ .known = INJECT_SAYS, .text = text,
					       .len = strlen(text) };
	else if (!strncmp(text, "missing", 7))
		out->known = INJECT_MISSING;
	else
		*out = (struct inject_object){ .known = INJECT_UNKNOWN, .why = text };
}

struct inject_around golden_view(struct golden_around *around)
{
	return (struct inject_around){ .find = find, .ctx = around };
}

json_t *golden_run(const json_t *pod, const struct settings *set, struct golden_around *around)
{
	static const char *const verdicts[INJECT_VERDICTS] = { "skip", "patch", "deny", "ask",
							       "retry" };
	const struct inject_around who = golden_view(around);
	char *text = json_dumps(pod, JSON_COMPACT);
	const struct inject_request req = { .pod = text, .pod_len = strlen(text),
					    .namespace_ = "", .settings = set,
					    .around = around ? &who : NULL };
	struct inject_result r;
	struct err e = { .kind = ERR_NONE };
	json_t *out;

	inject_result_init(&r);
	must(inject(&req, &r, &e) == 0, "inject", e.msg);
	out = json_pack("{s:s,s:s,s:s*,s:o,s:o*}", "verdict", verdicts[r.verdict], "reason",
			r.reason < REASONS ? reason_row(r.reason)->code : "", "message",
			r.message.len ? r.message.data : NULL, "warnings", warnings_of(&r), "patch",
			r.patch.len ? patch_of(&r) : NULL);
	if (r.federation[0])
		(void)json_object_set_new(out, "audit",
					  json_pack("{s:s,s:s,s:s,s:s}", "federation", r.federation,
						    "rule", r.rule, "serviceAccount",
						    r.service_account, "mode", r.mode));
	if (r.verdict == INJECT_ASK)
		(void)json_object_set_new(out, "wanted", json_pack("{s:s,s:s}", "namespace",
								   r.wanted.namespace_, "name",
								   r.wanted.name));
	inject_result_fini(&r);
	free(text);
	return out;
}
