/* SPDX-License-Identifier: Apache-2.0 */

/* wif-controller: the admission webhook; docs/man/wif-controller.8. */

#include <stdio.h>
#include <sys/resource.h>

#include "config/config.h"
#include "controller/args.h"
#include "controller/server.h"
#include "inject/settings.h"

#define DESCRIPTORS 4096 /* both ports take 1088, and libwebsockets knows no more than this */

/* The process holds a private key: no core file, not even through a pipe. Source: core(5). */
static void forbid_cores(void)
{
	const struct rlimit one = { 1, 1 };

	(void)setrlimit(RLIMIT_CORE, &one);
}

/*
 * A container gets 1024 descriptors, of which it may have more: else connections to one port
 * take what answering on the other one needs, and reading files. Source: getrlimit(2).
 */
static void raise_descriptors(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) < 0 || r.rlim_cur >= DESCRIPTORS)
		return;
	r.rlim_cur = r.rlim_max < DESCRIPTORS ? r.rlim_max : DESCRIPTORS;
	(void)setrlimit(RLIMIT_NOFILE, &r);
}

static int fail(const struct err *e)
{
	(void)fprintf(stderr, "wif-controller: %s\n", e->msg);
	return err_exit(e);
}

static int check_config(struct sys *sys, const char *path, struct err *e)
{
	AUTO(settings) struct settings settings;

	settings_init(&settings);
	if (config_load(sys, path, &settings, e) < 0)
		return fail(e);
	(void)printf("%s: ok: %zu federation(s), %zu policy rule(s), hash %s\n", path,
		     settings.n_federations, settings.n_policy, settings.hash);
	return 0;
}

int main(int argc, char **argv)
{
	struct sys sys = sys_real();
	AUTO(server) struct server server = { .signals = -1 };
	struct err e = { 0 };
	struct args args;
	struct log log;

	forbid_cores();
	raise_descriptors();
	if (args_parse(argc, argv, &args, &e) < 0)
		return fail(&e);
	if (args.exit)
		return 0;
	if (args.check_config)
		return check_config(&sys, args.config, &e);
	log_init(&log, &sys, STDERR_FILENO, args.log_level);
	if (server_init(&server, &args, &log, &e) < 0)
		return fail(&e);
	if (server_run(&server, &e) < 0)
		return fail(&e);
	return 0;
}
