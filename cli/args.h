/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

/* The command line of kubectl-wif; docs/man/kubectl-wif.1 describes it. */

#include <stdbool.h>
#include <sys/types.h>

#include "common/err.h"

enum verb { VERB_NONE, VERB_INJECT, VERB_EXPLAIN, VERB_VERIFY };

struct args {
	enum verb verb;		/* VERB_NONE: --help or --version was answered */
	const char *file;	/* "-": standard input */
	const char *config;
	const char *namespace_;	/* NULL: not given */
	const char *dir;
	uid_t uid;		/* --uid, else the caller's own */
	bool json;
};

/*
 * Parse ARGV into OUT, its strings borrowed; --help and --version print to stdout.
 *
 * Errors  ERR_INVALID, one line that says what to write instead.
 */
int args_parse(int argc, char **argv, struct args *out, struct err *e) MUST_CHECK;

#endif
