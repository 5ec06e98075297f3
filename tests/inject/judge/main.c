/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The core for tests that are not in C. Each line of the input is a case of
 * tests/data/inject, a tab and a pod, on one line: the core is asked about that
 * pod by the case's settings and what stands around it there. The answer, in
 * the shape of want.json, is a line of the output.
 *
 * usage: judge <QUESTIONS >ANSWERS, in the root of the checkout
 */
#include <stdio.h>
#include <string.h>

#include "inject/settings.h"
#include "tests/inject/golden.h"
#include "tests/inject/operator.h"

static int fail(const char *what)
{
	(void)fprintf(stderr, "judge: %s\n", what);
	return 100;
}

static int judge(const char *case_, const json_t *pod)
{
	AUTO(free) char *text = golden_file(case_, "operator");
	AUTO(settings) struct settings set;
	struct golden_around around = golden_around(case_);
	json_t *answer;
	int rc;

	operator_settings(text, &set);
	answer = golden_run(pod, &set, &around);
	rc = json_dumpf(answer, stdout, JSON_COMPACT);
	(void)putchar('\n');
	json_decref(answer);
	golden_around_fini(&around);
	return rc;
}

int main(void)
{
	AUTO(free) char *line = NULL;
	size_t size = 0;

	while (getline(&line, &size, stdin) > 0) {
		char *text = strchr(line, '\t');
		json_t *pod = text ? json_loads(text + 1, JSON_ALLOW_NUL, NULL) : NULL;
		int rc;

		if (!pod)
			return fail("a line is no case, tab and pod");
		*text = '\0';
		rc = judge(line, pod);
		json_decref(pod);
		if (rc < 0)
			return fail("unable to answer");
	}
	return fflush(stdout) ? fail("unable to answer") : 0;
}
