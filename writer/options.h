/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WRITER_OPTIONS_H
#define WRITER_OPTIONS_H

/* The command line and the environment, checked. All strings are borrowed from them. */

#include <stdbool.h>

#include "common/err.h"
#include "common/log.h"

#define OPTIONS_OUTPUT "/var/run/secrets/anthropic.com"
#define OPTIONS_BASE_URL "https://api.anthropic.com"
#define OPTIONS_PATH_MAX 480 /* bytes; with what is put behind it, it fits 512 */
#define OPTIONS_TERMINATION_LOG "/dev/termination-log"

enum verb { VERB_RUN, VERB_ONCE, VERB_CHECK, VERB_STATUS, VERB_INSTALL, VERBS };
enum source_kind { SOURCE_PROJECTED, SOURCE_FILE, SOURCE_KINDS };

struct options {
	enum verb verb;
	const char *assertions, *output, *exchange, *base_url, *ca_bundle, *ca_pem;
	const char *proxy, *no_proxy, *termination_log, *install_dir;
	const char *rule, *organization, *service_account, *workspace, *pod_uid; /* "" = unset */
	enum source_kind source;
	enum log_level log_level;
	bool insecure;
	bool classic;		/* --grace was given */
	int64_t grace_s;
	int64_t lifetime_s;	/* the rule's, as the operator planned it */
	int64_t timeout_ms;	/* of one exchange */
	int64_t min_ttl_s;	/* check */
	int64_t wait_ms;	/* check; 0 = answer at once */
	char exchange_path[256], ca_bundle_path[256], program[256];
};

enum options_want { WANT_RUN, WANT_HELP, WANT_VERSION };

/*
 * Read ARGV and, for run and once, the identity from the environment.
 *
 * execfn  path this program was started by (AT_EXECFN), or NULL; the exchange
 *         and the CA bundle are looked for beside it.
 * want    says whether help or the version was asked for instead.
 * Errors  ERR_INVALID: what, where, the allowed values.
 */
int options_parse(char **argv, const char *execfn, struct options *o, enum options_want *want,
		  struct err *e) MUST_CHECK;

/* The text of --help for VERB; VERBS is the program's own. */
const char *options_help(enum verb verb);

#endif
