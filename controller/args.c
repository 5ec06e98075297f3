/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/args.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "common/syntax.h"

static const char help[] =
	"usage: wif-controller --config FILE --tls-cert FILE --tls-key FILE [option...]\n"
	"       wif-controller --config FILE --tls-secret NAME --webhook-config NAME\n"
	"                      --service NAMESPACE/NAME [option...]\n"
	"       wif-controller --config FILE --check-config\n"
	"\n"
	"Answers admission reviews of pods: injects the credential writer where a pod asks.\n"
	"\n"
	"  --config FILE               the operator's config, wif-config(5); re-read on change\n"
	"  --check-config              check the config, say what is wrong with it, and exit\n"
	"  --tls-cert FILE             certificate and chain, PEM; re-read on change\n"
	"  --tls-key FILE              its private key, PEM\n"
	"  --tls-secret NAME           instead: keep a certificate of our own in this Secret\n"
	"  --webhook-config NAME       the MutatingWebhookConfiguration whose caBundle is kept\n"
	"  --service NAMESPACE/NAME    the Service that the API server calls; its name is checked\n"
	"  --tls-life SECONDS          of our own certificates (60..31536000, default 7776000)\n"
	"  --listen ADDR:PORT          POST /mutate over TLS (default :8443)\n"
	"  --metrics-listen ADDR:PORT  GET /healthz, /readyz, /metrics over HTTP (default :8080)\n"
	"  --drain SECONDS             after SIGTERM, serve on for so long (0..300, default 5)\n"
	"  --port-file FILE            write the ports in use to FILE once both listen\n"
	"  --kubeconfig FILE           the cluster to follow; default: the one this is a pod of\n"
	"  --no-cluster                follow none: Namespaces and ServiceAccounts count as bare\n"
	"  --log-level LEVEL           error, warn, info (default) or debug\n"
	"  --help, --version\n"
	"\n"
	"ADDR is numeric; an IPv6 address stands in brackets; none: every one. Port 0: any.\n"
	"Exit status: 0 done, 100 something here must be fixed, 111 the world failed, try again.\n";

enum opt {
	OPT_CONFIG = 1, OPT_CHECK_CONFIG, OPT_TLS_CERT, OPT_TLS_KEY, OPT_TLS_SECRET,
	OPT_WEBHOOK_CONFIG, OPT_SERVICE, OPT_TLS_LIFE, OPT_LISTEN, OPT_METRICS, OPT_DRAIN,
	OPT_PORT_FILE, OPT_KUBECONFIG, OPT_NO_CLUSTER, OPT_LOG_LEVEL, OPT_HELP, OPT_VERSION
};

static const struct option options[] = {
	{ "config", required_argument, NULL, OPT_CONFIG },
	{ "check-config", no_argument, NULL, OPT_CHECK_CONFIG },
	{ "tls-cert", required_argument, NULL, OPT_TLS_CERT },
	{ "tls-key", required_argument, NULL, OPT_TLS_KEY },
	{ "tls-secret", required_argument, NULL, OPT_TLS_SECRET },
	{ "webhook-config", required_argument, NULL, OPT_WEBHOOK_CONFIG },
	{ "service", required_argument, NULL, OPT_SERVICE },
	{ "tls-life", required_argument, NULL, OPT_TLS_LIFE },
	{ "listen", required_argument, NULL, OPT_LISTEN },
	{ "metrics-listen", required_argument, NULL, OPT_METRICS },
	{ "drain", required_argument, NULL, OPT_DRAIN },
	{ "port-file", required_argument, NULL, OPT_PORT_FILE },
	{ "kubeconfig", required_argument, NULL, OPT_KUBECONFIG },
	{ "no-cluster", no_argument, NULL, OPT_NO_CLUSTER },
	{ "log-level", required_argument, NULL, OPT_LOG_LEVEL },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ NULL, 0, NULL, 0 },
};

/* A number of 0..MOST without sign or blanks, or -1. */
static int number(const char *s, int most)
{
	size_t n = strlen(s);

	if (!n || n > 9 || strspn(s, "0123456789") != n || atoi(s) > most)
		return -1;
	return atoi(s);
}

/* Copy the LEN bytes of a numeric address of FAMILY; false when they are none. */
static bool copy_host(const char *s, size_t len, int family, struct args_address *out)
{
	unsigned char raw[16];

	if (len >= sizeof(out->host))
		return false;
	memcpy(out->host, s, len);
	out->host[len] = '\0';
	return inet_pton(family, out->host, raw) == 1;
}

static int parse_address(const char *option, const char *text, struct args_address *out,
			 struct err *e)
{
	const char *colon = strrchr(text, ':');
	struct args_address a = { .port = colon ? number(colon + 1, 65535) : -1 };
	size_t len = colon ? (size_t)(colon - text) : 0;
	bool ok = a.port >= 0;

	if (ok && len && text[0] == '[')
		ok = text[len - 1] == ']' && copy_host(text + 1, len - 2, AF_INET6, &a);
	else if (ok && len)
		ok = copy_host(text, len, AF_INET, &a);
	if (!ok)
		return err_set(e, ERR_INVALID, 0,
			       "%s=\"%s\": not an address and port; use "
			       "ADDR:PORT such as :8443, 127.0.0.1:8443 or [::1]:8443",
			       option, text);
	*out = a;
	return 0;
}

static int set_number(const char *option, const char *text, int least, int most, int *out,
		      struct err *e)
{
	int n = number(text, most);

	if (n < least)
		return err_set(e, ERR_INVALID, 0, "%s=\"%s\": not a number for this; use %d..%d",
			       option, text, least, most);
	*out = n;
	return 0;
}

/* An object's name; it becomes a part of paths. */
static int set_name(const char *option, const char *text, const char **out, struct err *e)
{
	if (!syntax_subdomain(text))
		return err_set(e, ERR_INVALID, 0,
			       "%s=\"%s\": not a name; use that of the object in the cluster",
			       option, text);
	*out = text;
	return 0;
}

static int set_service(const char *text, struct args *a, struct err *e)
{
	char namespace_[64] = "", service[64] = "", more;

	if (sscanf(text, "%63[^/]/%63[^/]%c", namespace_, service, &more) != 2 ||
	    !syntax_label(namespace_) || !syntax_label(service))
		return err_set(e, ERR_INVALID, 0,
			       "--service=\"%s\": not a Service; use NAMESPACE/NAME", text);
	(void)memcpy(a->namespace_, namespace_, sizeof(namespace_));
	(void)memcpy(a->service, service, sizeof(service));
	return 0;
}

static int set_option(struct args *a, int opt, const char *value, struct err *e)
{
	switch (opt) {
	case OPT_CONFIG:
		a->config = value;
		return 0;
	case OPT_CHECK_CONFIG:
		a->check_config = true;
		return 0;
	case OPT_TLS_CERT:
		a->tls_cert = value;
		return 0;
	case OPT_TLS_KEY:
		a->tls_key = value;
		return 0;
	case OPT_TLS_SECRET:
		return set_name("--tls-secret", value, &a->tls_secret, e);
	case OPT_WEBHOOK_CONFIG:
		return set_name("--webhook-config", value, &a->webhook_config, e);
	case OPT_SERVICE:
		return set_service(value, a, e);
	case OPT_TLS_LIFE:
		return set_number("--tls-life", value, 60, 31536000, &a->tls_life_s, e);
	case OPT_LISTEN:
		return parse_address("--listen", value, &a->listen, e);
	case OPT_METRICS:
		return parse_address("--metrics-listen", value, &a->metrics, e);
	case OPT_DRAIN:
		return set_number("--drain", value, 0, 300, &a->drain_s, e);
	case OPT_PORT_FILE:
		a->port_file = value;
		return 0;
	case OPT_KUBECONFIG:
		a->kubeconfig = value;
		return 0;
	case OPT_NO_CLUSTER:
		a->no_cluster = true;
		return 0;
	case OPT_LOG_LEVEL:
		a->log_level = log_level_parse(value);
		if (a->log_level == LOG_LEVELS)
			return err_set(e, ERR_INVALID, 0, "--log-level=\"%s\": not a level; use "
				       "error, warn, info or debug", value);
		return 0;
	default:
		a->exit = true;
		(void)fputs(opt == OPT_HELP ? help : "wif-controller " WIF_VERSION "\n", stdout);
		return 0;
	}
}

int args_parse(int argc, char **argv, struct args *out, struct err *e)
{
	struct args a = { .listen = { .port = 8443 }, .metrics = { .port = 8080 },
			  .log_level = LOG_LEVEL_INFO, .drain_s = 5,
			  .tls_life_s = 90 * 86400 };
	int opt;

	optind = 1;
	while ((opt = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (opt == '?' || opt == ':')
			return err_set(e, ERR_INVALID, 0, "%s: %s; see wif-controller --help",
				       argv[optind - 1],
				       opt == ':' ? "a value is missing" : "not an option here");
		if (set_option(&a, opt, optarg, e) < 0)
			return -1;
		if (a.exit)
			break;
	}
	if (!a.exit && optind < argc)
		return err_set(e, ERR_INVALID, 0, "%s: not an option; see wif-controller --help",
			       argv[optind]);
	if (!a.exit && args_check(&a, e) < 0)
		return -1;
	*out = a;
	return 0;
}
