/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pod, its Namespace and its ServiceAccount (parts.h): what must hold of every
 * answer (tests/inject/properties.h), that the patch, applied, is taken by the
 * next run as complete, and that another config makes of it what it makes of the
 * pod (tests/inject/reconfigure.h).
 */
#include <stdio.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/parts.h"
#include "tests/inject/operator.h"
#include "tests/inject/properties.h"
#include "tests/inject/reconfigure.h"

/* Whether the core could read POD and what is around; its answer is JSON then, or one line. */
static bool run(const struct part *pod, const struct settings *set, struct golden_around *around)
{
	const struct inject_around who = golden_view(around);
	const struct inject_request req = { .pod = (const char *)pod->data, .pod_len = pod->len,
					    .namespace_ = "team-a", .settings = set,
					    .around = &who };
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
		MUST((out.verdict == INJECT_DENY || out.verdict == INJECT_RETRY) ==
			     !!out.message.len,
		     "a refusal, and nothing else, has a message");
	MUST(out.verdict != INJECT_ASK || rc < 0 || out.wanted.name[0] ||
		     out.wanted.kind == INJECT_NAMESPACE, "nobody knows what is wanted");
	inject_result_fini(&out);
	return rc == 0;
}

static void check(const struct part *text, const struct settings *set,
		  const struct settings *other, struct golden_around *around)
{
	json_t *pod = json_loadb((const char *)text->data, text->len, 0, NULL), *answer;
	/* A rollback: of configs that only a hash tells apart. */
	bool back = strcmp(set->hash, other->hash) != 0 && text->len % 2;
	char *fault;

	if (!pod) /* jansson's limits are narrower */
		return;
	answer = golden_run(pod, set, around);
	fault = properties_fault(pod, set, around, answer);
	if (!fault)
		fault = reconfigure_fault(pod, back ? other : set, back ? set : other, around,
					  NULL);
	MUST(!fault, "%s", fault);
	json_decref(answer);
	json_decref(pod);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char config[] =
		"federation other\npolicy kube-* rules=fdrl_x\npolicy * rules=fdrl_*\n";
	/* Without a hash of its own the other config is told by nothing but what it injects. */
	static const char *const changed[] = {
		"lifetime 400\nimage registry.example/claude-wif/writer:0.2.0",
		"hash c0ffee\nimage mirror.example/writer:0.1.0\naudience https://other.example",
		"hash c0ffee\nmode env\nrule fdrl_xother",
		"hash c0ffee\nmode init\nbase-url https://gateway.example/claude",
		"hash c0ffee\nsidecar classic",
	};
	AUTO(settings) struct settings set;
	AUTO(settings) struct settings other;
	char both[sizeof(config) + 200];
	struct parts parts = parts_of(data, size);
	struct golden_around around = parts_around(&parts);

	(void)snprintf(both, sizeof(both), "%s%s", config, changed[size % COUNTOF(changed)]);
	operator_settings(config, &set);
	operator_settings(both, &other);
	if (run(&parts.part[PART_POD], &set, &around))
		check(&parts.part[PART_POD], &set, &other, &around);
	golden_around_fini(&around);
	return 0;
}
