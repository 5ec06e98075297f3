/* SPDX-License-Identifier: Apache-2.0 */

/* kubectl-wif: `kubectl wif`, the operator's tool; docs/man/kubectl-wif.1. */

#include <stdio.h>

#include "cli/args.h"
#include "cli/explain.h"
#include "cli/rewrite.h"
#include "cli/verify.h"
#include "common/fileio.h"

#define EXIT_NO 1
#define EXIT_REFUSED 100

static int fail(const struct err *e)
{
	(void)fprintf(stderr, "kubectl-wif: %s\n", e->msg);
	return err_exit(e);
}

static int print(struct sys *sys, const struct buf *out, struct err *e)
{
	return fileio_write_all(sys, STDOUT_FILENO, out->data, out->len, "standard output", e);
}

/* inject and explain: all is made before the first byte is printed. */
static int over_manifests(struct sys *sys, const struct args *args, struct err *e)
{
	AUTO(buf) struct buf out = { .max = OUTPUT_MAX };
	AUTO(run) struct run run = { .name = NULL };
	int ret = run_init(&run, sys, args, e);

	if (!ret)
		ret = args->verb == VERB_INJECT ? rewrite(&run, &out, e) :
						  explain(&run, args->json, &out, e);
	if (ret < 0)
		return fail(e);
	if (run.refusal.len) {
		(void)fprintf(stderr, "kubectl-wif: %s\n", run.refusal.data);
		return EXIT_REFUSED;
	}
	if (run.warnings.len)
		(void)fputs(run.warnings.data, stderr);
	return print(sys, &out, e) < 0 ? fail(e) : 0;
}

static int over_directory(struct sys *sys, const struct args *args, struct err *e)
{
	AUTO(buf) struct buf out = { .max = 1u << 16 };
	bool all_accept;

	if (verify(sys, args->dir, args->uid, &out, &all_accept, e) < 0 || print(sys, &out, e) < 0)
		return fail(e);
	return all_accept ? 0 : EXIT_NO;
}

int main(int argc, char **argv)
{
	struct sys sys = sys_real();
	struct err e = { 0 };
	struct args args;

	if (args_parse(argc, argv, &args, &e) < 0)
		return fail(&e);
	if (args.verb == VERB_NONE)
		return 0;
	return args.verb == VERB_VERIFY ? over_directory(&sys, &args, &e) :
					  over_manifests(&sys, &args, &e);
}
