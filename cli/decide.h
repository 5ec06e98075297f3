/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_DECIDE_H
#define CLI_DECIDE_H

/* The manifests of a run, one document after another, and the core's word on each workload. */

#include "cli/args.h"
#include "cli/beside.h"
#include "cli/stream.h"
#include "cli/workload.h"
#include "common/sys.h"
#include "inject/settings.h"

#define INPUT_MAX (64u << 20)	/* bytes of all manifests */
#define OUTPUT_MAX (256u << 20) /* bytes */

struct run {
	const char *name; /* of the file, for messages; not plain */
	const char *namespace_, *only;
	struct settings settings;
	struct buf input;
	struct stream stream;
	struct beside beside;
	struct buf warnings; /* lines for stderr */
	struct buf refusal;  /* one line for stderr: then nothing else is to be printed */
};

/*
 * Load the config and the manifests that ARGS names; end RUN with run_fini,
 * also after an error.
 *
 * Errors  those of config_load and fileio_read; ERR_INVALID for a name without a file.
 */
int run_init(struct run *run, struct sys *sys, const struct args *args, struct err *e) MUST_CHECK;
void run_fini(struct run *run);

static inline void auto_run(struct run *run)
{
	run_fini(run);
}

/*
 * Look through all manifests for the Namespaces and ServiceAccounts whose keys
 * count, wherever they stand; RUN is then at its beginning again.
 *
 * Errors  as run_next.
 */
int run_look_around(struct run *run, struct err *e) MUST_CHECK;

/* One document: its bytes, and what is in it. Begin with all zero. */
struct document {
	struct stream_part part;
	struct tree tree;
	struct workloads workloads;
};

/*
 * The next part of the stream into OUT, which may hold the one before.
 * Returns 1; 0 at the end; -1 with an error.
 *
 * Errors  ERR_INVALID "FILE:LINE: not YAML: ...", also for a workload that
 *         kubectl would refuse; ERR_TOO_BIG, ERR_NOMEM.
 */
int run_next(struct run *run, struct document *out, struct err *e) MUST_CHECK;
void document_fini(struct document *d);

static inline void auto_document(struct document *d)
{
	document_fini(d);
}

/*
 * Decide about the workload W of DOC, and apply the patch to its tree. Warnings,
 * also of our keys on the workload itself, go to RUN->warnings too. OUT is
 * fresh from inject_result_init.
 *
 * Errors  ERR_INVALID, ERR_TOO_BIG, ERR_NOMEM, ERR_BUG.
 */
int run_decide(struct run *run, struct document *doc, const struct workload *w,
	       struct inject_result *out, struct err *e) MUST_CHECK;

/* Append "FILE: document 2 (Deployment team-a/web): ", plain whatever the file's name. */
void run_where(const struct run *run, const struct document *doc, const struct workload *w,
	       struct buf *out);

#endif
