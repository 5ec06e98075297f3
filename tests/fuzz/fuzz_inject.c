/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pod's text: what must hold of every answer (tests/inject/properties.h), and
 * that the patch, applied, is taken by the next run as complete.
 */
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tests/inject/golden.h"
#include "tests/inject/operator.h"
#include "tests/inject/properties.h"

/* Whether the core could read TEXT; its answer is JSON then, or one line. */
static bool run(const char *text, size_t len, const struct settings *set)
{
	const struct inject_request req = { .pod = text, .pod_len = len, .namespace_ = "team-a",
					    .settings = set };
	struct inject_result out;
	struct err e = { 0 };
	int rc;

	inject_result_init(&out);
	rc = inject(&req, &out, &e);
	if (rc < 0)
		fuzz_refused(&e);
	else if (out.verdict == INJECT_PATCH)
		fuzz_is_json(&out.patch, "the patch");
	else
		MUST((out.verdict == INJECT_DENY) == !!out.message.len, "a refusal has a message");
	inject_result_fini(&out);
	return rc == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(settings) struct settings set;
	char *fault = NULL;
	json_t *pod, *answer;

	operator_settings("federation other\npolicy kube-* rules=fdrl_x\npolicy * rules=fdrl_*", &set);
	if (!run((const char *)data, size, &set))
		return 0;
	pod = json_loadb((const char *)data, size, 0, NULL); /* its limits are narrower */
	if (pod) {
		answer = golden_run(pod, &set, NULL);
		fault = properties_fault(pod, &set, NULL, answer);
		json_decref(answer);
	}
	MUST(!fault, "%s", fault);
	json_decref(pod);
	return 0;
}
