/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_INJECT_GOLDEN_H
#define TESTS_INJECT_GOLDEN_H

/*
 * Cases as data: tests/data/inject/CASE/ holds
 *   pod.json   the Pod, or an AdmissionReview with one in request.object
 *   namespace.json, serviceaccount.json   the objects beside it; bare when absent.
 *              Instead of JSON: "missing", or why it could not be had
 *   operator   changes to the operator's settings (operator.h); may be absent
 *   want.json  the answer: verdict, reason, message, warnings, audit fields, patch
 * With WIF_GOLDEN=write in the environment want.json is written, not compared:
 * read the difference before committing it.
 */

#include <jansson.h>

#include "inject/inject.h"

#define GOLDEN_DIR "tests/data/inject"

/* The names of all cases, sorted; the caller ends it with strlist_fini. */
void golden_cases(struct strlist *out);

/* CHECK every case, NTH from 0; returns the sum of what it returns. */
size_t golden_each(size_t (*check)(const char *case_, size_t nth));

/* The file NAME of CASE as a heap string, or NULL when it is absent. */
char *golden_file(const char *case_, const char *name);

/* The case's pod: a new reference. */
json_t *golden_pod(const char *case_);

/* The texts of the objects beside the pod, by enum inject_kind; NULL: bare. */
struct golden_around {
	char *text[INJECT_KINDS];
};

/* Those of CASE; the caller ends them with golden_around_fini. */
struct golden_around golden_around(const char *case_);
void golden_around_fini(struct golden_around *around);

/* AROUND, borrowed, as the core asks it. */
struct inject_around golden_view(struct golden_around *around);

/*
 * Run inject on POD; what it says in the shape of want.json, a new reference.
 * AROUND may be NULL.
 */
json_t *golden_run(const json_t *pod, const struct settings *set, struct golden_around *around);

/* Put "VERSION" for the program's own version into ANSWER, so that it outlives a release. */
void golden_neutral(json_t *answer);

/* Write JSON, indented, as the case's want.json. */
void golden_write(const char *case_, json_t *want);

#endif
