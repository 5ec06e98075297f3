/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "inject/annot.h"
#include "inject/reasons.h"
#include "inject/settings.h"
#include "tests/inject/coverage.h"
#include "tests/inject/golden.h"
#include "tests/inject/operator.h"
#include "tests/inject/properties.h"
#include "tests/support/leaks.h"

/* What no case covers is listed here; each test ends with the list being empty. */
struct covered {
	struct strlist cases;
	json_t *answers; /* by case, as want.json has them */
	char missing[8192];
};

static void must_have(struct covered *c, bool has, const char *what, const char *of,
		      const char *where)
{
	size_t n = strlen(c->missing);

	if (!has)
		(void)snprintf(c->missing + n, sizeof(c->missing) - n, "%s %s%s\n", what, of,
			       where);
}

static void begin(struct covered *c)
{
	*c = (struct covered){ .answers = json_object() };
	golden_cases(&c->cases);
	for (size_t i = 0; i < c->cases.len; i++) {
		char *text = golden_file(c->cases.items[i], "want.json");
		json_t *answer = text ? json_loads(text, 0, NULL) : NULL;

		cr_assert(answer != NULL, "%s", c->cases.items[i]);
		(void)json_object_set_new(c->answers, c->cases.items[i], answer);
		free(text);
	}
}

static const char *end(struct covered *c)
{
	json_decref(c->answers);
	strlist_fini(&c->cases);
	return c->missing;
}

static bool says(const json_t *answer, const char *code)
{
	const json_t *w;
	size_t i;

	if (!strcmp(properties_text(answer, "reason"), code))
		return true;
	json_array_foreach(json_object_get(answer, "warnings"), i, w)
	{
		if (!strcmp(properties_text(w, "reason"), code))
			return true;
	}
	return false;
}

/* The one pod that is too long for a file: its own tokens use each expirationSeconds but two. */
static json_t *own_tokens_everywhere(void)
{
	json_t *pod = golden_pod("supply-own-volumes"), *sources = json_array();
	json_t *volumes = json_object_get(json_object_get(pod, "spec"), "volumes"), *answer;
	struct settings set;

	for (int s = 600; s <= 3598; s++)
		(void)json_array_append_new(
			sources, json_pack("{s:{s:s,s:i,s:s}}", "serviceAccountToken", "audience",
					   "https://api.anthropic.com", "expirationSeconds", s,
					   "path", "t"));
	(void)json_array_append_new(volumes, json_pack("{s:s,s:{s:o}}", "name", "mine", "projected",
						       "sources", sources));
	operator_settings(NULL, &set);
	answer = golden_run(pod, &set, NULL);
	settings_fini(&set);
	json_decref(pod);
	return answer;
}

Test(coverage, every_reason_has_a_case_that_gives_it_and_a_near_one_that_does_not)
{
	struct covered c;

	begin(&c);
	(void)json_object_set_new(c.answers, "(built by this test)", own_tokens_everywhere());
	/* Those of whole reviews: tests/controller/test_review_reasons.c. */
	for (enum reason r = 0; r < REASONS_OF_PODS; r++) {
		const char *code = reason_row(r)->code, *near = coverage_near(code);
		const char *verdict, *name;
		bool given = false;
		json_t *answer;

		json_object_foreach(c.answers, name, answer)
			given = given || says(answer, code);
		must_have(&c, given, code, "given", "");
		answer = near ? json_object_get(c.answers, near) : NULL;
		verdict = properties_text(answer, "verdict");
		must_have(&c, answer && !says(answer, code), code, "not given, near ",
			  near ? near : "?");
		/* What is refused must be taken in the case that is only just not at fault. */
		if (reason_row(r)->kind == REASON_DENY)
			must_have(&c, !strcmp(verdict, "patch"), code, "accepted, near ",
				  near ? near : "?");
	}
	cr_expect(!*end(&c), "no case for\n%s", c.missing);
	NO_LEAKS();
}

/* Where a case can set a key: a file and the map in its metadata. */
static const struct {
	unsigned place;
	const char *file, *map;
} places[] = {
	{ ON_POD, "pod.json", "annotations" },
	{ ON_POD_LABEL, "pod.json", "labels" },
	{ ON_SERVICE_ACCOUNT, "serviceaccount.json", "annotations" },
	{ ON_NAMESPACE, "namespace.json", "annotations" },
	{ ON_NAMESPACE_LABEL, "namespace.json", "labels" },
};

/* Does the object in FILE of the case set KEY in MAP, to VALUE where that is not NULL? */
static bool sets(const char *case_, size_t place, const char *key, const char *value)
{
	char *text = golden_file(case_, places[place].file);
	json_t *doc = text ? json_loads(text, JSON_ALLOW_NUL, NULL) : NULL, *object, *found;
	bool is;

	object = json_object_get(json_object_get(doc, "request"), "object");
	object = json_object_get(object ? object : doc, "metadata");
	found = json_object_get(json_object_get(object, places[place].map), key);
	is = value ? json_is_string(found) && !strcmp(json_string_value(found), value) : !!found;
	json_decref(doc);
	free(text);
	return is;
}

/*
 * Is there a case whose answer, for annotation or label NAME at PLACE, is of
 * VERDICT? A refusal must name it.
 */
static bool has_case(const struct covered *c, size_t place, const char *name, const char *value,
		     const char *verdict)
{
	char key[100];

	(void)snprintf(key, sizeof(key), "wif.anthropic.com/%s", name);
	for (size_t i = 0; i < c->cases.len; i++) {
		const char *case_ = c->cases.items[i];
		const json_t *answer = json_object_get(c->answers, case_);

		if (!strcmp(properties_text(answer, "verdict"), verdict) &&
		    (strcmp(verdict, "deny") != 0 ||
		     strstr(properties_text(answer, "message"), name)) &&
		    sets(case_, place, key, value))
			return true;
	}
	return false;
}

static void need_key(struct covered *c, size_t place, enum annot a)
{
	const char *name = annot_row(a)->name;
	char where[64];

	if (!(annot_row(a)->places & places[place].place) || a == ANNOT_STATUS)
		return;
	(void)snprintf(where, sizeof(where), "%s %s", places[place].file, places[place].map);
	must_have(c, has_case(c, place, name, NULL, "patch"), name, "accepted in ", where);
	must_have(c, has_case(c, place, name, NULL, "deny"), name, "refused in ", where);
}

Test(coverage, every_key_has_an_accepting_and_a_refusing_case_on_each_object)
{
	struct covered c;

	begin(&c);
	for (enum annot a = 0; a < ANNOTS; a++)
		for (size_t place = 0; place < COUNTOF(places); place++)
			need_key(&c, place, a);
	cr_expect(!*end(&c), "no case for\n%s", c.missing);
	NO_LEAKS();
}

Test(coverage, every_word_that_a_key_may_say_has_a_case_that_obeys_it)
{
	enum { ANNOTATION, LABEL, NAMESPACE = 3, NAMESPACE_LABEL }; /* rows of places */
	static const struct {
		size_t place;
		const char *key, *value, *verdict;
	} rows[] = {
		{ ANNOTATION, "inject", "true", "patch" },
		{ ANNOTATION, "inject", "false", "skip" },
		{ LABEL, "inject", "true", "patch" },
		{ LABEL, "inject", "false", "skip" },
		{ NAMESPACE_LABEL, "injection", "enabled", "patch" },
		{ NAMESPACE_LABEL, "injection", "observe", "skip" },
		{ NAMESPACE_LABEL, "injection", "disabled", "deny" },
		{ ANNOTATION, "mode", "sidecar", "patch" },
		{ ANNOTATION, "mode", "init", "patch" },
		{ ANNOTATION, "mode", "env", "patch" },
		{ ANNOTATION, "static-key", "warn", "patch" },
		{ ANNOTATION, "static-key", "remove", "patch" },
		{ ANNOTATION, "static-key", "ignore", "patch" },
		{ ANNOTATION, "static-key", "deny", "deny" },
		{ NAMESPACE, "static-key", "deny", "deny" },
		{ NAMESPACE, "static-key", "deny", "patch" },
		{ ANNOTATION, "federation", "default", "patch" },
		{ ANNOTATION, "workspace", "default", "patch" },
		{ ANNOTATION, "token-expiration", "600", "patch" },
		{ ANNOTATION, "token-expiration", "599", "deny" },
		{ ANNOTATION, "token-expiration", "3600", "patch" },
		{ ANNOTATION, "token-expiration", "3601", "deny" },
		{ ANNOTATION, "assertions", "1", "patch" },
		{ ANNOTATION, "assertions", "0", "deny" },
		{ ANNOTATION, "assertions", "12", "patch" },
		{ ANNOTATION, "assertions", "13", "deny" },
		{ ANNOTATION, "run-as-user", "0", "patch" },
		{ ANNOTATION, "run-as-user", "2147483647", "patch" },
		{ ANNOTATION, "run-as-user", "2147483648", "deny" },
	};
	struct covered c;
	char what[64];

	begin(&c);
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		(void)snprintf(what, sizeof(what), "%s: ", rows[i].verdict);
		must_have(&c,
			  has_case(&c, rows[i].place, rows[i].key, rows[i].value, rows[i].verdict),
			  what, rows[i].key, rows[i].value);
	}
	cr_expect(!*end(&c), "no case for\n%s", c.missing);
	NO_LEAKS();
}
