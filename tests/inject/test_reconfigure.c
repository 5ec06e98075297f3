/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "common/attr.h"
#include "tests/inject/golden.h"
#include "tests/inject/operator.h"
#include "tests/inject/properties.h"
#include "tests/inject/reconfigure.h"
#include "tests/support/leaks.h"

/*
 * What an upgrade changes, as lines after the case's own. Resources alone are not
 * here: of a writer that is else the same they stay as they are, because other
 * admission sets them too.
 */
static const char *const changes[] = {
	"lifetime 200",
	"lifetime 3600",
	"image registry.example/claude-wif/writer:0.2.0",
	"image registry.example/claude-wif/writer@sha256:"
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
	"proxy http://proxy.example:3128\nno-proxy .svc,10.0.0.0/8\nca-bundle PEM",
	"image registry.example/claude-wif/writer:0.2.0\nlifetime 400\ncpu-request 2m\n"
	"memory-request 16Mi\nmemory-limit 48Mi",
};

/* The case's settings, and then CHANGE. */
static void read_settings(const char *text, const char *change, struct settings *out)
{
	char lines[4096];

	(void)snprintf(lines, sizeof(lines), "%s\n%s", text ? text : "", change);
	operator_settings(lines, out);
}

/* Both ways: an upgrade, and its rollback. Returns how many were tried. */
static size_t check_case(const char *case_, size_t nth)
{
	char *text = golden_file(case_, "operator");
	struct golden_around around = golden_around(case_);
	json_t *pod = golden_pod(case_);
	struct settings one, other;
	size_t n = 0;

	(void)nth;
	read_settings(text, "", &one);
	for (size_t i = 0; i < 2 * COUNTOF(changes); i++) {
		bool back = i % 2, tried;
		char *fault;

		read_settings(text, changes[i / 2], &other);
		fault = reconfigure_fault(pod, back ? &other : &one, back ? &one : &other, &around,
					  &tried);
		cr_expect(!fault, "%s, %s%s: %s", case_, back ? "back from " : "", changes[i / 2],
			  fault);
		n += tried;
		free(fault);
		settings_fini(&other);
	}
	settings_fini(&one);
	json_decref(pod);
	golden_around_fini(&around);
	free(text);
	return n;
}

Test(inject, another_configs_injection_becomes_what_this_one_injects)
{
	size_t n = golden_each(check_case);

	/* Else nothing but refusals was tried. */
	cr_expect(n > 100 * COUNTOF(changes), "%zu", n);
	NO_LEAKS();
}

/*
 * Members put into an injected volume of assertions. The API server drops or fills
 * in such things before it asks; `kubectl wif inject` reads the manifest as it is.
 */
static const struct {
	const char *where, *json; /* "": what `projected` holds; else of its second token */
	bool taken_over;
} manifests[] = {
	{ "", "{}", true },
	{ "", "{\"more\":1}", false },
	{ "", "{\"defaultMode\":\"420\"}", false },
	{ "", "{\"sources\":{\"0\":1}}", false },
	{ "token", "{\"expirationSeconds\":7200}", true },
	{ "token", "{\"more\":1}", false },
	{ "token", "{\"expirationSeconds\":null}", false },
	{ "token", "{\"expirationSeconds\":1e3}", false },
	{ "token", "{\"path\":null}", false },
	{ "token", "{\"audience\":null}", false },
};

Test(inject, a_manifest_with_a_volume_of_another_shape_is_refused)
{
	struct settings set;

	operator_settings("lifetime 200", &set);
	for (size_t i = 0; i < COUNTOF(manifests); i++) {
		json_t *pod = golden_pod("again-unchanged"), *answer, *volume, *projected, *at;
		json_t *members = json_loads(manifests[i].json, 0, NULL);

		volume = json_object_get(json_object_get(pod, "spec"), "volumes");
		volume = json_array_get(volume, 1);
		projected = json_object_get(volume, "projected");
		at = json_array_get(json_object_get(projected, "sources"), 1);
		at = *manifests[i].where ? json_object_get(at, "serviceAccountToken") : projected;
		cr_assert(at != NULL && json_object_update(at, members) == 0, "%s",
			  manifests[i].json);
		answer = golden_run(pod, &set, NULL);
		cr_expect_str_eq(properties_text(answer, "reason"),
				 manifests[i].taken_over ? "Injected" : "VolumeTaken", "%s%s",
				 manifests[i].where, manifests[i].json);
		json_decref(answer);
		json_decref(members);
		json_decref(pod);
	}
	settings_fini(&set);
	NO_LEAKS();
}
