/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTROLLER_ARGS_H
#define CONTROLLER_ARGS_H

/* The command line of wif-controller; docs/man/wif-controller.8 describes it. */

#include <stdbool.h>

#include "common/err.h"
#include "common/log.h"

struct args_address {
	char host[48];	/* numeric; "" is every address */
	int port;	/* 0: the kernel chooses */
};

struct args {
	const char *config, *tls_cert, *tls_key;	/* borrowed from argv */
	const char *port_file;				/* NULL: none */
	const char *kubeconfig;				/* NULL: the cluster we are a pod of */
	const char *tls_secret, *webhook_config;	/* NULL: the certificate is of files */
	char namespace_[64], service[64];		/* of --service; "": not given */
	int tls_life_s;
	struct args_address listen, metrics;
	enum log_level log_level;
	int drain_s;	/* how long to serve on after SIGTERM, seconds */
	bool check_config;
	bool no_cluster;
	bool exit;	/* --help or --version was answered: nothing is left to do */
};

/*
 * Parse ARGV into OUT; --help and --version print to stdout.
 *
 * Errors  ERR_INVALID "--option="value": what; use …".
 */
int args_parse(int argc, char **argv, struct args *out, struct err *e) MUST_CHECK;

/* Does A have all that it needs, and nothing that excludes it? For args_parse. */
int args_check(const struct args *a, struct err *e) MUST_CHECK;

#endif
