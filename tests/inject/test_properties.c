/* SPDX-License-Identifier: Apache-2.0 */
/* The judge of patches is no good if it lets a wrong one pass. */
#include <criterion/criterion.h>

#include "common/attr.h"
#include "tests/inject/back.h"
#include "tests/inject/properties.h"
#include "tests/support/leaks.h"

#define LIST_PATH "cluster-autoscaler.kubernetes.io~1safe-to-evict-local-volumes"

/* One add over ANNOTATION, where the pod has the values below. */
static const struct {
	const char *path, *value;
	bool allowed;
} adds[] = {
	{ "wif.example.com~1status", "{}", true },
	{ "wif.example.com~1mode", "init", false },
	{ "example.com~1status", "{}", false },
	{ "wif.anthropic.com~1status", "{}", false },
	{ "other.example.com~1status", "new, and not ours either", false },
	{ LIST_PATH, "cache,claude-wif-bin", true },
	{ LIST_PATH, "claude-wif-bin", false },
	{ LIST_PATH, "cache,scratch,claude-wif-bin", false },
	{ LIST_PATH, "cacheclaude-wif-bin", false },
	{ "example.com~1safe-to-evict-local-volumes", "cache,claude-wif-bin", false },
};

Test(properties, an_annotation_that_is_not_ours_may_not_change)
{
	for (size_t i = 0; i < COUNTOF(adds); i++) {
		json_t *pod = json_pack("{s:{s:{s:s,s:s,s:s,s:s,s:s,s:s}},s:{s:[]}}", "metadata",
					"annotations", "wif.example.com/status", "old",
					"wif.example.com/mode", "sidecar", "example.com/status",
					"theirs", "wif.anthropic.com/status", "theirs",
					BACK_LOCAL_VOLUMES, "cache",
					"example.com/safe-to-evict-local-volumes", "cache", "spec",
					"containers");
		json_t *patch = json_pack("[{s:s,s:s+,s:s}]", "op", "add", "path",
					  "/metadata/annotations/", adds[i].path, "value",
					  adds[i].value);
		char *fault = properties_patch_fault(pod, patch, "wif.example.com", false);

		cr_expect(!fault == adds[i].allowed, "%s=%s: %s", adds[i].path, adds[i].value,
			  fault ? fault : "passed");
		free(fault);
		json_decref(patch);
		json_decref(pod);
	}
	NO_LEAKS();
}
