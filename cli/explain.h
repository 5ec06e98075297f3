/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_EXPLAIN_H
#define CLI_EXPLAIN_H

/*
 * `kubectl wif explain`: what the webhook would decide about each workload, and
 * why. What was decided comes from the core; what it leads to is read from the
 * manifest after the injection, so that it cannot differ from it.
 */

#include "cli/decide.h"

#define EXPLAIN_EXPIRATIONS 48 /* four writers of twelve */

/* A workload after the decision; everything in it points into the others. */
struct finding {
	const struct run *run;
	const struct document *doc;
	const struct workload *workload;
	const struct inject_result *result;
	bool injected;		/* it has now, or had before, what is injected */
	bool app_image;		/* strategy */
	bool refreshed;		/* a writer runs beside the consumers; else one token is all */
	int expirations[EXPLAIN_EXPIRATIONS];
	size_t n_expirations;
	int lifetime_s;		/* of the rule */
	bool lifetime_known;
};

/* A container that gets credentials, with the user it must run as. */
struct consumer {
	const char *name;
	bool init;
	int64_t uid; /* -1: its image decides */
};

/* The next consumer after AT (NULL: the first) into OUT; NULL at the end. */
const struct node *finding_consumer(const struct finding *f, const struct node *at,
				    struct consumer *out);

/* One key, its value, and who decided it: "pod", "config". False when I is past the last. */
struct setting {
	const char *key, *value, *level;
};
bool finding_setting(const struct finding *f, size_t i, struct setting *out);

/* Append what FINDING says, for people and as a JSON object. */
void finding_text(const struct finding *f, struct buf *out);
void finding_json(const struct finding *f, struct buf *out);

/* The whole of RUN. Errors: those of run_next and run_decide. */
int explain(struct run *run, bool json, struct buf *out, struct err *e) MUST_CHECK;

#endif
