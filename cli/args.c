/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/args.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "common/syntax.h"

static const char help[] =
	"usage: kubectl wif inject  -f FILE|- --config FILE [-n NAMESPACE]\n"
	"       kubectl wif explain -f FILE|- --config FILE [-n NAMESPACE] [-o json]\n"
	"       kubectl wif verify DIR [--uid UID]\n"
	"\n"
	"  inject   print the manifests as the webhook would have their pods\n"
	"  explain  say for each workload what the webhook would decide, and why\n"
	"  verify   judge a credential directory as each SDK would\n"
	"\n"
	"  -f, --filename FILE   manifests, YAML or JSON; -: standard input\n"
	"  --config FILE         the operator's config, wif-config(5)\n"
	"  -n, --namespace NAME  of objects that name none (default: default)\n"
	"  -o, --output json     explain in JSON\n"
	"  --uid UID             verify for a reader of this uid (default: your own)\n"
	"  -h, --help, --version\n"
	"\n"
	"Exit status: 0 done, 1 verify says no, 100 something here must be fixed, 111 the world\n"
	"failed, try again.\n";

enum opt { OPT_CONFIG = 1, OPT_UID, OPT_VERSION };

static const struct option options[] = {
	{ "filename", required_argument, NULL, 'f' },
	{ "namespace", required_argument, NULL, 'n' },
	{ "output", required_argument, NULL, 'o' },
	{ "config", required_argument, NULL, OPT_CONFIG },
	{ "uid", required_argument, NULL, OPT_UID },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ NULL, 0, NULL, 0 },
};

static const struct {
	const char *name;
	enum verb verb;
	const char *options; /* those it takes, by their getopt value */
} verbs[] = {
	{ "inject", VERB_INJECT, "fn\x01" },
	{ "explain", VERB_EXPLAIN, "fno\x01" },
	{ "verify", VERB_VERIFY, "\x02" },
};

static int parse_verb(const char *word, struct args *a, size_t *row, struct err *e)
{
	for (size_t i = 0; word && i < COUNTOF(verbs); i++) {
		if (strcmp(verbs[i].name, word) != 0)
			continue;
		a->verb = verbs[i].verb;
		*row = i;
		return 0;
	}
	if (!word)
		return err_set(e, ERR_INVALID, 0,
			       "a verb is missing; use inject, explain or verify");
	return err_set(e, ERR_INVALID, 0,
		       "%.60s: not a verb of this version; use inject, explain or verify", word);
}

static int set_uid(const char *text, uid_t *out, struct err *e)
{
	size_t n = strlen(text);

	if (!n || n > 10 || strspn(text, "0123456789") != n || strtoull(text, NULL, 10) > INT32_MAX)
		return err_set(e, ERR_INVALID, 0,
			       "--uid=\"%.60s\": not a uid; use a number of 0 to 2147483647", text);
	*out = (uid_t)strtoul(text, NULL, 10);
	return 0;
}

static int set_once(const char *option, const char **field, const char *value, struct err *e)
{
	if (*field)
		return err_set(e, ERR_INVALID, 0, "%s is given twice; keep one", option);
	*field = value;
	return *value ? 0 : err_set(e, ERR_INVALID, 0, "%s is empty", option);
}

static int set_option(struct args *a, int opt, const char *value, struct err *e)
{
	switch (opt) {
	case 'f':
		return set_once("-f", &a->file, value, e);
	case OPT_CONFIG:
		return set_once("--config", &a->config, value, e);
	case 'n':
		if (set_once("-n", &a->namespace_, value, e) < 0)
			return -1;
		return syntax_label(value) ? 0 :
			err_set(e, ERR_INVALID, 0,
				"-n \"%.70s\": not a namespace; use a-z, 0-9 and - (at most 63)",
				value);
	case 'o':
		a->json = !strcmp(value, "json");
		return a->json ? 0 : err_set(e, ERR_INVALID, 0, "-o \"%.60s\": not an output; use "
					     "json, or leave it out", value);
	default:
		return set_uid(value, &a->uid, e);
	}
}

static int check(const struct args *a, int n_rest, struct err *e)
{
	if (a->verb == VERB_VERIFY)
		return n_rest == 1 ? 0 : err_set(e, ERR_INVALID, 0,
						 "verify takes one directory; see kubectl "
						 "wif --help");
	if (n_rest)
		return err_set(e, ERR_INVALID, 0,
			       "a word too many; name the manifests with -f FILE");
	if (!a->file)
		return err_set(e, ERR_INVALID, 0,
			       "-f FILE is missing; use -f - for standard input");
	if (!a->config)
		return err_set(e, ERR_INVALID, 0,
			       "--config FILE is missing: this version cannot ask a cluster for "
			       "the operator's config; save its ConfigMap's text as a file");
	return 0;
}

static int parse_options(int argc, char **argv, const char *taken, struct args *a, struct err *e)
{
	int opt;

	optind = 1;
	while ((opt = getopt_long(argc, argv, ":f:n:o:h", options, NULL)) != -1) {
		if (opt == 'h' || opt == OPT_VERSION) {
			a->verb = VERB_NONE;
			(void)fputs(opt == 'h' ? help : "kubectl-wif " WIF_VERSION "\n", stdout);
			return 0;
		}
		if (opt == ':')
			return err_set(e, ERR_INVALID, 0,
				       "%.60s: a value is missing; see kubectl wif --help",
				       argv[optind - 1]);
		if (opt == '?' || !strchr(taken, opt))
			return err_set(e, ERR_INVALID, 0,
				       "%.60s: not an option here; see kubectl wif --help",
				       opt == '?' || optarg != argv[optind - 1] ?
				       argv[optind - 1] : argv[optind - 2]);
		if (set_option(a, opt, optarg, e) < 0)
			return -1;
	}
	return 1;
}

int args_parse(int argc, char **argv, struct args *out, struct err *e)
{
	struct args a = { .verb = VERB_NONE, .uid = geteuid() };
	size_t row = 0;
	int more;

	/* A verb comes first, as kubectl hands it on; what may stand alone is no verb. */
	if (argc < 2 || argv[1][0] != '-') {
		if (parse_verb(argc < 2 ? NULL : argv[1], &a, &row, e) < 0)
			return -1;
		argc--;
		argv++;
	}
	more = parse_options(argc, argv, a.verb ? verbs[row].options : "", &a, e);
	if (more > 0 && !a.verb)
		return parse_verb(optind < argc ? argv[optind] : NULL, &a, &row, e);
	if (more < 0 || (more > 0 && check(&a, argc - optind, e) < 0))
		return -1;
	if (a.verb == VERB_VERIFY)
		a.dir = argv[optind];
	*out = a;
	return 0;
}
