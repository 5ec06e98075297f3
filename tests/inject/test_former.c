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

/* What another config may say: each pair of these is an upgrade. */
static const char *const configs[] = {
	"",
	"mode init",
	"mode env",
	"sidecar classic",
	"image mirror.example/writer:0.1.0",
	"base-url https://gateway.example/claude",
	"audience https://gateway.example",
	"mode env\nbase-url https://gateway.example/claude\naudience https://gateway.example\n"
	"rule fdrl_other\nservice-account svac_other\nworkspace wrkspc_other\n"
	"organization 00000000-0000-0000-0000-000000000000",
	"sidecar classic\nimage mirror.example/writer@sha256:"
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n"
	"base-url https://other.example\nlifetime 3600\ncpu-request 2m",
};
#define CONFIGS COUNTOF(configs)

/* Pods of every kind, for which each pair is tried; of other cases CONFIGS pairs, in turn. */
static const char *const chosen[] = {
	"recorded-daemonset",	"recorded-deployment", "recorded-job",		"classic",
	"classic-app-image",	"evict-list-is-kept",  "mode-env-own-variable", "ask-by-label",
	"consumers-four-users", "order-linkerd",       "endpoint-own-base-url", "static-key-remove",
	"consumers-known-and-unknown-user",
};

static bool is_chosen(const char *case_)
{
	for (size_t i = 0; i < COUNTOF(chosen); i++)
		if (!strcmp(chosen[i], case_))
			return true;
	return false;
}

static void read_settings(const char *text, size_t i, struct settings *out)
{
	char lines[4096];

	(void)snprintf(lines, sizeof(lines), "%s\n%s\nhash c0ffee%zu", text ? text : "", configs[i],
		       i);
	operator_settings(lines, out);
}

/* From SETS[A] to SETS[B]. Returns whether both inject. */
static bool check_pair(const char *case_, const json_t *pod, const struct settings *sets, size_t a,
		       size_t b, struct golden_around *around)
{
	bool tried;
	char *fault = reconfigure_fault(pod, &sets[a], &sets[b], around, &tried);

	if (!fault && tried)
		fault = reconfigure_meddled_fault(pod, &sets[a], &sets[b], around);
	cr_expect(!fault, "%s, from %s to %s: %s", case_, configs[a], configs[b], fault);
	free(fault);
	return tried;
}

/* Returns how many pairs were tried; NTH is the case's number. */
static size_t check_case(const char *case_, size_t nth)
{
	char *text = golden_file(case_, "operator");
	struct golden_around around = golden_around(case_);
	json_t *pod = golden_pod(case_);
	bool all = is_chosen(case_);
	struct settings sets[CONFIGS];
	size_t n = 0;

	for (size_t i = 0; i < CONFIGS; i++)
		read_settings(text, i, &sets[i]);
	for (size_t a = 0; a < CONFIGS; a++)
		for (size_t far = 1; far < CONFIGS; far++)
			if (all || far == 1 + (a + nth) % (CONFIGS - 1))
				n += check_pair(case_, pod, sets, a, (a + far) % CONFIGS, &around);
	for (size_t i = 0; i < CONFIGS; i++)
		settings_fini(&sets[i]);
	json_decref(pod);
	golden_around_fini(&around);
	free(text);
	return n;
}

Test(former, each_config_makes_of_each_others_injection_what_it_injects_alone)
{
	size_t n = golden_each(check_case);

	/* Else nothing but refusals was tried. */
	cr_expect(n > COUNTOF(chosen) * CONFIGS * (CONFIGS - 1) + 100 * CONFIGS, "%zu", n);
	NO_LEAKS();
}

/* Refused where the pod's status names the config in force; put anew where it names another. */
static const char *const taken_over[] = {
	"config-not-endpoint", "config-not-mode", "config-not-sidecar",
	"config-not-repository-", "tampered-base-url", "tampered-image",
	"former-not-own-status",
};

static bool is_taken_over(const char *case_)
{
	/* Nor is a thing without an image the container of any config. */
	bool is = false;

	for (size_t i = 0; i < COUNTOF(taken_over); i++) {
		size_t n = strlen(taken_over[i]);

		is |= !strncmp(case_, taken_over[i], n) &&
		      (!case_[n] || taken_over[i][n - 1] == '-');
	}
	return is && strcmp(case_, "config-not-repository-no-image") != 0;
}

static bool is_refusal(const char *reason)
{
	static const char *const reasons[] = { "ContainerTaken", "VolumeTaken", "VolumeMounted",
					       "MountTaken" };

	for (size_t i = 0; i < COUNTOF(reasons); i++)
		if (!strcmp(reason, reasons[i]))
			return true;
	return false;
}

/* Does the status of POD name a config? */
static bool is_marked(const json_t *pod)
{
	const json_t *metadata = json_object_get(pod, "metadata");
	const char *status = properties_text(json_object_get(metadata, "annotations"),
					     "wif.anthropic.com/status");

	return strstr(status, "\"config\"") != NULL;
}

/* A refused case, asked about anew by another config. Returns whether it was one. */
static size_t check_refusal(const char *case_, size_t nth)
{
	char *text = golden_file(case_, "operator"), lines[4096];
	struct golden_around around = golden_around(case_);
	json_t *pod = golden_pod(case_), *before, *now;
	struct settings set;
	bool refused;

	(void)nth;
	(void)snprintf(lines, sizeof(lines), "%s\nhash c0ffee", text ? text : "");
	operator_settings(text, &set);
	before = golden_run(pod, &set, &around);
	settings_fini(&set);
	operator_settings(lines, &set);
	now = golden_run(pod, &set, &around);
	refused = is_refusal(properties_text(before, "reason")) && is_marked(pod);
	if (refused && is_taken_over(case_))
		cr_expect_str_eq(properties_text(now, "reason"), "Injected", "%s: %s", case_,
				 properties_text(now, "message"));
	else if (refused)
		cr_expect(json_equal(before, now), "%s: %s %s", case_,
			  properties_text(now, "reason"), properties_text(now, "message"));
	settings_fini(&set);
	json_decref(now);
	json_decref(before);
	json_decref(pod);
	golden_around_fini(&around);
	free(text);
	return refused;
}

Test(former, what_no_config_injects_is_refused_whatever_the_status_says)
{
	size_t n = golden_each(check_refusal);

	cr_expect(n > 70, "%zu", n);
	NO_LEAKS();
}
