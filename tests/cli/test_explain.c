/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <jansson.h>
#include <string.h>

#include "cli/explain.h"
#include "tests/cli/run_text.h"
#include "tests/support/leaks.h"

#define TEMPLATE(annotations, spec)                                                                \
	"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template:\n"       \
	"    metadata:\n      annotations: {" annotations "}\n    spec: {" spec "}\n"
#define ASKS "wif.anthropic.com/inject: 'true'"
#define ONE "containers: [{name: a, image: x}]"

static json_t *explain_for(const char *text, enum sidecar_kind sidecar)
{
	AUTO(run) struct run run = { .name = NULL };
	AUTO(buf) struct buf out = { .max = OUTPUT_MAX };
	struct err e = { 0 };
	json_t *list, *first;

	run_text(&run, text, strlen(text));
	run.settings.sidecar = sidecar;
	cr_assert(explain(&run, true, &out, &e) == 0, "%s", e.msg);
	list = json_loadb(out.data, out.len, JSON_REJECT_DUPLICATES, NULL);
	cr_assert(list != NULL, "%s", out.data);
	first = json_incref(json_array_get(list, 0));
	json_decref(list);
	return first;
}

static json_t *explain_json(const char *text)
{
	return explain_for(text, SIDECAR_AUTO);
}

static const char *text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

/* "VALUE by LEVEL" of a setting. */
static void expect_setting(const json_t *o, const char *key, const char *value, const char *level)
{
	const json_t *s;
	size_t i;

	json_array_foreach(json_object_get(o, "settings"), i, s) {
		if (strcmp(text_of(s, "key"), key) != 0)
			continue;
		cr_expect_str_eq(text_of(s, "value"), value, "%s", key);
		cr_expect_str_eq(text_of(s, "level"), level, "%s", key);
		return;
	}
	cr_expect(false, "%s is not among the settings", key);
}

#define BESIDE(kind, name, annotations)                                                            \
	"---\napiVersion: v1\nkind: " kind "\nmetadata: {name: " name ", annotations: {"            \
	annotations "}}\n"

Test(explain, names_the_objects_beside_the_workload_whose_keys_decide)
{
	json_t *o = explain_json(TEMPLATE(ASKS, "serviceAccountName: web, " ONE)
				 BESIDE("ServiceAccount", "web", "wif.anthropic.com/mode: env")
				 BESIDE("ServiceAccount", "api", "wif.anthropic.com/mode: init")
				 BESIDE("Namespace", "default", "wif.anthropic.com/mode: init, "
					"wif.anthropic.com/static-key: deny"));

	expect_setting(o, "mode", "env", "ServiceAccount");
	expect_setting(o, "static-key", "deny", "Namespace");
	json_decref(o);
	o = explain_json(TEMPLATE(ASKS, ONE) /* of the account "default", which is bare */
			 BESIDE("ServiceAccount", "web", "wif.anthropic.com/mode: env")
			 BESIDE("Namespace", "default", "wif.anthropic.com/mode: init"));
	expect_setting(o, "mode", "init", "Namespace");
	json_decref(o);
	NO_LEAKS();
}

Test(explain, says_which_key_at_which_level_decided)
{
	json_t *o = explain_json(TEMPLATE(ASKS ", wif.anthropic.com/mode: init", ONE));

	cr_expect_str_eq(text_of(o, "decision"), "inject");
	cr_expect_str_eq(text_of(o, "reason"), "Injected");
	expect_setting(o, "inject", "true", "pod");
	expect_setting(o, "mode", "init", "pod");
	expect_setting(o, "federation-rule", "fdrl_01", "config");
	expect_setting(o, "static-key", "warn", "config");
	json_decref(o);
}

Test(explain, names_containers_users_strategy_and_supply)
{
	json_t *o = explain_json(TEMPLATE(ASKS, "containers: [{name: a, image: x, securityContext: "
					  "{runAsUser: 7}}]")), *c;

	c = json_array_get(json_object_get(o, "containers"), 0);
	cr_expect_str_eq(text_of(c, "name"), "a");
	cr_expect(json_integer_value(json_object_get(c, "uid")) == 7);
	cr_expect_str_eq(text_of(o, "strategy"), "own-image");
	cr_expect(json_array_size(json_object_get(o, "expirationSeconds")) == 4);
	cr_expect(json_integer_value(json_object_get(o, "tokenLifetimeSeconds")) == 3600);
	c = json_array_get(json_object_get(o, "refreshSeconds"), 0);
	cr_expect(json_integer_value(c) == 1620);
	json_decref(o);
	o = explain_json(TEMPLATE(ASKS, ONE));
	cr_expect_str_eq(text_of(o, "strategy"), "app-image");
	json_decref(o);
}

Test(explain, refresh_is_only_where_a_writer_runs_on)
{
	static const struct {
		const char *annotations, *spec;
		enum sidecar_kind sidecar;
		bool refreshed;
	} rows[] = {
		{ ASKS, "restartPolicy: Never, " ONE, SIDECAR_NATIVE, true },
		{ ASKS, ONE, SIDECAR_CLASSIC, true },
		{ ASKS, "restartPolicy: Never, " ONE, SIDECAR_CLASSIC, false },
		{ ASKS ", wif.anthropic.com/mode: init", ONE, SIDECAR_NATIVE, false },
		{ ASKS ", wif.anthropic.com/mode: env", ONE, SIDECAR_NATIVE, false },
	};

	for (size_t i = 0; i < COUNTOF(rows); i++) {
		char text[1024];
		json_t *o;

		(void)snprintf(text, sizeof(text),
			       "apiVersion: v1\nkind: Pod\nmetadata: {name: web, annotations: {%s}}\n"
			       "spec: {%s}\n", rows[i].annotations, rows[i].spec);
		o = explain_for(text, rows[i].sidecar);
		cr_expect_str_eq(text_of(o, "reason"), "Injected", "%zu", i);
		cr_expect((json_object_get(o, "refreshSeconds") != NULL) == rows[i].refreshed,
			  "%zu", i);
		json_decref(o);
	}
}

Test(explain, a_refusal_is_an_answer)
{
	json_t *o = explain_json(TEMPLATE(ASKS ", wif.anthropic.com/mode: x", ONE));

	cr_expect_str_eq(text_of(o, "decision"), "refuse");
	cr_expect_str_eq(text_of(o, "reason"), "BadValue");
	cr_expect(strstr(text_of(o, "message"), "not a mode") != NULL);
	expect_setting(o, "mode", "x", "pod");
	cr_expect(json_object_get(o, "containers") == NULL);
	json_decref(o);
}

Test(explain, keys_on_the_workload_itself_are_pointed_out)
{
	json_t *o = explain_json("apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: j\n"
				 "  labels: {" ASKS "}\nspec: {template: {spec: {" ONE "}}}\n"), *w;

	w = json_array_get(json_object_get(o, "warnings"), 0);
	cr_expect_str_eq(text_of(o, "reason"), "NotAsked");
	cr_expect_str_eq(text_of(w, "reason"), "WrongObject");
	json_decref(o);
}

Test(explain, every_case_has_words_for_people_and_for_programs)
{
	static const char *const cases[] = { "kinds/in", "list/in", "refused/in", "warned/in",
					     "comments/want", "empty/in", "static-key-removed/in" };

	for (size_t i = 0; i < COUNTOF(cases); i++) {
		AUTO(run) struct run run = { .name = NULL };
		AUTO(buf) struct buf in = { .max = 0 };
		AUTO(buf) struct buf out = { .max = OUTPUT_MAX };
		struct err e = { 0 };
		json_t *o;

		cr_assert(case_file(cases[i], &in), "%s", cases[i]);
		run_text(&run, in.data, in.len);
		cr_expect(explain(&run, false, &out, &e) == 0 && out.len > 10, "%s: %s", cases[i],
			  e.msg);
		cr_expect(!strstr(out.data, "(null)"), "%s", out.data);
		buf_add(&in, "", 1);
		o = strcmp(cases[i], "empty/in") ? explain_json(in.data) : NULL;
		json_decref(o);
	}
	NO_LEAKS();
}
