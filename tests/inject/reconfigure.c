/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/inject/reconfigure.h"

#include <stdio.h>
#include <string.h>

#include "tests/inject/back.h"
#include "tests/inject/properties.h"
#include "tests/support/jsonpatch.h"

/* POD with ANSWER's patch, if it has one; NULL when that does not apply. */
static json_t *patched(const json_t *pod, const json_t *answer)
{
	const json_t *patch = json_object_get(answer, "patch");
	json_t *out = json_deep_copy(pod);
	struct err e;

	if (!patch || !jsonpatch_apply(out, patch, &e))
		return out;
	json_decref(out);
	return NULL;
}

static char *differ_fault(const json_t *got, const json_t *want)
{
	char *fault = NULL, *a, *b;

	if (got && want && json_equal(got, want))
		return NULL;
	a = json_dumps(got, JSON_ENCODE_ANY);
	b = json_dumps(want, JSON_ENCODE_ANY);
	if (asprintf(&fault, "after another config\n%s\nalone\n%s", a ? a : "", b ? b : "") < 0)
		abort();
	free(a);
	free(b);
	return fault;
}

/* NOW on BEFORE's result INJECTED, where alone it makes WANT; NULL: whatever is right. */
static char *again_fault(const json_t *injected, const json_t *want, const struct settings *now,
			 struct golden_around *around)
{
	json_t *answer = golden_run(injected, now, around);
	char *fault = properties_fault(injected, now, around, answer);
	json_t *got = NULL;

	if (!fault && !strcmp(properties_text(answer, "verdict"), "deny"))
		fault = strdup(properties_text(answer, "message"));
	if (!fault && want) {
		got = patched(injected, answer);
		fault = differ_fault(got, want);
	}
	json_decref(got);
	json_decref(answer);
	return fault;
}

char *reconfigure_fault(const json_t *pod, const struct settings *before,
			const struct settings *now, struct golden_around *around, bool *tried)
{
	json_t *old = golden_run(pod, before, around), *new = golden_run(pod, now, around);
	bool both = json_object_get(old, "patch") && json_object_get(new, "patch");
	json_t *injected = both ? patched(pod, old) : NULL;
	json_t *want = injected ? patched(pod, new) : NULL;
	char *fault = want ? again_fault(injected, want, now, around) : NULL;

	if (want && !fault) {
		/* What other admission has filled in may stay: the limits of a writer, say. */
		back_fill(injected);
		fault = again_fault(injected, NULL, now, around);
	}
	if (tried)
		*tried = want != NULL;
	json_decref(want);
	json_decref(injected);
	json_decref(new);
	json_decref(old);
	return fault;
}
