/* SPDX-License-Identifier: Apache-2.0 */
#include "writer/options.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "common/syntax.h"
#include "writer/duration.h"

static const char *const verbs[VERBS] = { "run", "once", "check", "status", "install" };

enum type { T_TEXT, T_PATH, T_SECONDS, T_MILLIS, T_GRACE, T_FLAG, T_SOURCE, T_LEVEL };

#define EXCHANGING (1U << VERB_RUN | 1U << VERB_ONCE)
#define READING (1U << VERB_CHECK | 1U << VERB_STATUS)
#define AT(field) offsetof(struct options, field)

static const struct option {
	const char *name;
	unsigned verbs;
	enum type type;
	size_t at;
	int64_t min, max; /* of a duration, in its unit */
} table[] = {
	{ "--assertions", EXCHANGING, T_PATH, AT(assertions), 0, 0 },
	{ "--output", EXCHANGING | READING, T_PATH, AT(output), 0, 0 },
	{ "--source", EXCHANGING, T_SOURCE, AT(source), 0, 0 },
	{ "--exchange", EXCHANGING, T_PATH, AT(exchange), 0, 0 },
	{ "--base-url", EXCHANGING, T_TEXT, AT(base_url), 0, 0 },
	{ "--ca-bundle", EXCHANGING, T_PATH, AT(ca_bundle), 0, 0 },
	{ "--ca-pem", EXCHANGING, T_TEXT, AT(ca_pem), 0, 0 },
	{ "--proxy", EXCHANGING, T_TEXT, AT(proxy), 0, 0 },
	{ "--no-proxy", EXCHANGING, T_TEXT, AT(no_proxy), 0, 0 },
	{ "--insecure", EXCHANGING, T_FLAG, AT(insecure), 0, 0 },
	{ "--lifetime", EXCHANGING, T_SECONDS, AT(lifetime_s), 1, 86400 },
	{ "--timeout", EXCHANGING, T_MILLIS, AT(timeout_ms), 100, 120000 },
	{ "--grace", 1U << VERB_RUN, T_GRACE, AT(grace_s), 0, 86400 },
	{ "--termination-log", EXCHANGING, T_PATH, AT(termination_log), 0, 0 },
	{ "--log-level", EXCHANGING, T_LEVEL, AT(log_level), 0, 0 },
	{ "--min-ttl", 1U << VERB_CHECK, T_SECONDS, AT(min_ttl_s), 0, 86400 },
	{ "--wait", 1U << VERB_CHECK, T_MILLIS, AT(wait_ms), 0, 3600000 },
};

static int bad(struct err *e, const char *name, const char *value, const char *cure)
{
	return err_set(e, ERR_INVALID, 0, "%s \"%.60s\": %s", name, value, cure);
}

static int take_duration(const struct option *d, const char *value, struct options *o,
			 struct err *e)
{
	int64_t ms, unit = d->type == T_MILLIS ? 1 : 1000;

	if (!duration_parse(value, &ms) || ms % unit || ms / unit < d->min || ms / unit > d->max)
		return err_set(e, ERR_INVALID, 0,
			       "%s \"%.60s\": not a duration of %lld to %lld %s; write %s",
			       d->name, value, (long long)d->min, (long long)d->max,
			       unit == 1 ? "ms" : "s",
			       unit == 1 ? "500ms, 10, 10s or 1m" : "600, 600s or 10m");
	*(int64_t *)((char *)o + d->at) = ms / unit;
	if (d->type == T_GRACE)
		o->classic = true;
	return 0;
}

static int take_text(const struct option *d, const char *value, struct options *o, struct err *e)
{
	for (const char *p = value; *p; p++)
		if ((unsigned char)*p < 0x20 && d->at != AT(ca_pem))
			return bad(e, d->name, "...",
				   "has a control character; write it as one line, without tabs");
	if (d->type == T_PATH && (!*value || strlen(value) > OPTIONS_PATH_MAX))
		return err_set(e, ERR_INVALID, 0, "%s \"%.60s%s\": %s; give a path of 1 to %d bytes",
			       d->name, value, *value ? "..." : "", *value ? "too long" : "empty",
			       OPTIONS_PATH_MAX);
	*(const char **)((char *)o + d->at) = value;
	return 0;
}

static int take(const struct option *d, const char *value, struct options *o, struct err *e)
{
	switch (d->type) {
	case T_FLAG:
		*(bool *)((char *)o + d->at) = true;
		return 0;
	case T_TEXT:
	case T_PATH:
		return take_text(d, value, o, e);
	case T_SOURCE:
		if (!strcmp(value, "projected") || !strcmp(value, "file")) {
			o->source = *value == 'f' ? SOURCE_FILE : SOURCE_PROJECTED;
			return 0;
		}
		return bad(e, d->name, value, "not a source; use projected or file");
	case T_LEVEL:
		o->log_level = log_level_parse(value);
		if (o->log_level != LOG_LEVELS)
			return 0;
		return bad(e, d->name, value, "not a level; use error, warn, info or debug");
	default:
		return take_duration(d, value, o, e);
	}
}

/* What to write behind the option's name. */
static const char *placeholder(const struct option *d)
{
	switch (d->type) {
	case T_SOURCE:
		return "projected|file";
	case T_LEVEL:
		return "error|warn|info|debug";
	case T_PATH:
		return "PATH";
	case T_TEXT:
		return "TEXT";
	default:
		return "SECONDS";
	}
}

/* The option that ARG names, with *VALUE behind its '=', if it has one. */
static const struct option *find(const char *arg, const char **value)
{
	size_t n = strcspn(arg, "=");

	*value = arg[n] ? arg + n + 1 : NULL;
	for (size_t i = 0; i < COUNTOF(table); i++)
		if (strlen(table[i].name) == n && !memcmp(table[i].name, arg, n))
			return &table[i];
	return NULL;
}

static int unknown(const struct options *o, const char *arg, struct err *e)
{
	const char *names[COUNTOF(table)], *near;
	size_t n = 0;

	for (size_t i = 0; i < COUNTOF(table); i++)
		if (table[i].verbs & (1U << o->verb))
			names[n++] = table[i].name;
	near = syntax_nearest(arg, names, n);
	return err_set(e, ERR_INVALID, 0, "%s: unknown option \"%.60s\"%s%s; see wif-writer %s --help",
		       verbs[o->verb], arg, near ? "; do you mean " : "", near ? near : "",
		       verbs[o->verb]);
}

static int take_all(char **argv, struct options *o, enum options_want *want, struct err *e)
{
	for (; *argv; argv++) {
		const struct option *d;
		const char *value;

		if (!strcmp(*argv, "--help")) {
			*want = WANT_HELP;
			return 0;
		}
		if (o->verb == VERB_INSTALL && **argv != '-' && !o->install_dir) {
			o->install_dir = *argv;
			continue;
		}
		d = find(*argv, &value);
		if (!d || !(d->verbs & (1U << o->verb)))
			return unknown(o, *argv, e);
		if (d->type == T_FLAG && value)
			return bad(e, d->name, value, "takes no value; write the option alone, or leave "
						      "it out");
		if (d->type != T_FLAG && !value && !(value = *++argv))
			return err_set(e, ERR_INVALID, 0, "%s: needs a value; write %s=%s", d->name,
				       d->name, placeholder(d));
		if (take(d, value, o, e) < 0)
			return -1;
	}
	return 0;
}

static int beside(const char *execfn, const char *name, char *out, size_t size, struct err *e)
{
	const char *slash = execfn ? strrchr(execfn, '/') : NULL;
	int dir = slash ? (int)(slash - execfn) + 1 : 0;

	if (snprintf(out, size, "%.*s%s", dir, execfn ? execfn : "", name) < (int)size)
		return 0;
	return err_set(e, ERR_INVALID, 0,
		       "%.60s...: the path of this program is too long for %s beside it, at most %zu "
		       "bytes; install both in another directory", execfn, name, size - 1);
}

/* What may be quoted of a URL: a user's password is a secret. */
static const char *shown(const char *url)
{
	return strchr(url, '@') ? "..." : url;
}

static int check_url(const struct options *o, struct err *e)
{
	if (!syntax_url(o->base_url, true))
		return bad(e, "--base-url", shown(o->base_url),
			   "not a URL; write https://HOST[:PORT][/PATH], without a user");
	if (!o->insecure && strncmp(o->base_url, "https:", 6) != 0)
		return bad(e, "--base-url", o->base_url,
			   "http would show the assertion to the network; use https, or "
			   "--insecure for a test");
	if (*o->proxy && !syntax_url(o->proxy, false))
		return bad(e, "--proxy", shown(o->proxy),
			   "not a URL; write http://HOST:PORT, without a user");
	return 0;
}

static const char *env(const char *name)
{
	const char *v = getenv(name);

	return v ? v : "";
}

#define OF_ID " and 1 to 128 of A-Za-z0-9_-"

static int check_identity(struct options *o, struct err *e)
{
	o->rule = env("ANTHROPIC_FEDERATION_RULE_ID");
	o->organization = env("ANTHROPIC_ORGANIZATION_ID");
	o->service_account = env("ANTHROPIC_SERVICE_ACCOUNT_ID");
	o->workspace = env("ANTHROPIC_WORKSPACE_ID");
	o->pod_uid = env("WIF_POD_UID");
	if (!syntax_id(o->rule, "fdrl_"))
		return bad(e, "ANTHROPIC_FEDERATION_RULE_ID", o->rule, "not a rule; use fdrl_" OF_ID);
	if (!syntax_uuid(o->organization))
		return bad(e, "ANTHROPIC_ORGANIZATION_ID", o->organization,
			   "not a UUID; use 8-4-4-4-12 hexadecimal digits");
	if (!syntax_id(o->service_account, "svac_"))
		return bad(e, "ANTHROPIC_SERVICE_ACCOUNT_ID", o->service_account,
			   "not a service account; use svac_" OF_ID);
	if (*o->workspace && strcmp(o->workspace, "default") != 0 &&
	    !syntax_id(o->workspace, "wrkspc_"))
		return bad(e, "ANTHROPIC_WORKSPACE_ID", o->workspace,
			   "not a workspace; leave it empty, or use default or wrkspc_" OF_ID);
	return 0;
}

static int check_exchanging(struct options *o, struct err *e)
{
	if (!o->assertions)
		return err_set(e, ERR_INVALID, 0,
			       "%s: --assertions is missing; give it the path of %s", verbs[o->verb],
			       o->source == SOURCE_FILE ? "the token's file"
							: "the directory of projected tokens");
	if (check_url(o, e) < 0)
		return -1;
	return check_identity(o, e);
}

int options_parse(char **argv, const char *execfn, struct options *o, enum options_want *want,
		  struct err *e)
{
	const char *verb = argv[0] ? argv[1] : NULL;

	*o = (struct options){ .verb = VERBS, .output = OPTIONS_OUTPUT,
			       .base_url = OPTIONS_BASE_URL,
			       .ca_pem = "", .proxy = "", .no_proxy = "", .lifetime_s = 600,
			       .timeout_ms = 10000, .min_ttl_s = 30, .log_level = LOG_LEVEL_INFO,
			       .termination_log = OPTIONS_TERMINATION_LOG };
	*want = WANT_RUN;
	if (beside(execfn, "wif-exchange", o->exchange_path, sizeof(o->exchange_path), e) < 0 ||
	    beside(execfn, "ca-bundle.pem", o->ca_bundle_path, sizeof(o->ca_bundle_path), e) < 0 ||
	    beside(execfn, "wif-writer", o->program, sizeof(o->program), e) < 0)
		return -1;
	o->exchange = o->exchange_path;
	o->ca_bundle = o->ca_bundle_path;
	if (verb && !strcmp(verb, "--help"))
		*want = WANT_HELP;
	else if (verb && !strcmp(verb, "--version"))
		*want = WANT_VERSION;
	if (*want != WANT_RUN)
		return 0;
	for (int v = 0; verb && v < VERBS; v++)
		if (!strcmp(verb, verbs[v]))
			o->verb = (enum verb)v;
	if (o->verb == VERBS)
		return err_set(e, ERR_INVALID, 0,
			       "%s%.60s%s; use run, once, check, status or install",
			       verb ? "\"" : "", verb ? verb : "no verb", verb ? "\": not a verb" : "");
	if (take_all(argv + 2, o, want, e) < 0)
		return -1;
	if (*want == WANT_HELP)
		return 0;
	if (o->verb == VERB_INSTALL && (!o->install_dir || !*o->install_dir))
		return err_set(e, ERR_INVALID, 0,
			       "install: the directory is missing; write wif-writer install DIR");
	return EXCHANGING & (1U << o->verb) ? check_exchanging(o, e) : 0;
}
