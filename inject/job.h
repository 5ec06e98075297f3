/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INJECT_JOB_H
#define INJECT_JOB_H

/*
 * One decision in the making. inject.c runs the steps in this order, and each
 * fills its part of struct job:
 *
 *   pod        what the pod is                        (pod.c, qos.c)
 *   levels     which keys stand on which object       (levels.c, around.c, annot.c)
 *   ask        does pod or Namespace ask?             (ask.c)
 *   wish       what is asked for, after all levels    (wish.c, value.c, policy.c)
 *   former     what another config injected, taken out first (former.c, strip.c)
 *   consumers  who gets credentials, from how many writers (consumers.c, identity.c, statickey.c)
 *   supply     assertions and their expirations       (supply.c, plan.c)
 *   make       the operations, where the pod differs from the goal
 *              (make.c over goal.c, render.c, compare.c, same.c, renew.c, place.c,
 *              patch.c)
 *
 * reasons.c words every refusal and warning.
 *
 * A step returns 0 to go on, 1 when the verdict is in `out`, -1 with an error.
 */

#include "inject/annot.h"
#include "inject/identity.h"
#include "inject/inject.h"
#include "inject/names.h"
#include "inject/pod.h"
#include "inject/reasons.h"

/* The objects that say what is wanted, nearest first; each overrides those after it. */
enum level_kind { LEVEL_POD, LEVEL_SERVICE_ACCOUNT, LEVEL_NAMESPACE, LEVELS };

struct level {
	char who[400];			  /* names the object in refusals */
	const char *noun;		  /* names it in warnings */
	unsigned place, label_place;	  /* of enum annot_place */
	const struct jsonspan *doc;
	uint32_t annotations, labels;	  /* objects, or JSONSPAN_NONE */
	uint32_t value[ANNOTS];		  /* of the annotation; JSONSPAN_NONE: not set */
	uint32_t ask_label;		  /* `inject` of a pod, `injection` of a Namespace */
	struct jsonspan own;		  /* the table of DOC, when it is not the review's */
};

/* What is asked for. Strings are "" when neither object nor config says anything. */
struct wish {
	const struct federation *federation;
	enum inject_mode mode;
	enum static_key static_key;
	char rule[140], organization[40], service_account[140], workspace[140];
	int64_t run_as_user; /* -1: unknown */
	int token_expiration_s, assertions; /* 0: planned */
	char cpu_request[64], memory_request[64], cpu_limit[64], memory_limit[64];
	char *containers, *skip; /* owned; the lists' text, NULL when not given */
};

struct writer {
	char suffix[4];		       /* "" for the first, then "-2" to "-4" */
	const struct container *model; /* its first consumer */
	struct identity identity;
	int expirations[ASSERTIONS_MAX];
};

struct former;

struct job {
	const struct settings *set;
	struct inject_result *out;
	struct err *e;
	const struct inject_around *around; /* may be NULL */
	bool within;			    /* it is decided for another job, by job_decide */
	const struct former *former;	    /* and the pod is what it leaves; or NULL */
	struct pod pod;
	bool observe; /* the Namespace's: what is decided becomes a warning */
	struct level levels[LEVELS];
	struct wish wish;
	struct writer writers[WRITERS_MAX];
	size_t n_writers;
	size_t n_consumers;
	int n_assertions; /* each writer's */
	bool app_image;	  /* some writer runs in its consumer's image */
};

/* Set the verdict to a refusal that begins with WHO; returns 1. What follows: reason_text's. */
#define JOB_REFUSE(job, who, why, ...)                                                             \
	job_refuse((job), (who), (why), (const char *const[]){ __VA_ARGS__, NULL })
int job_refuse(struct job *job, const char *who, enum reason why, const char *const *args);

/* Admit unchanged; returns 1. */
int job_skip(struct job *job, enum reason why);

/* Add a warning; one of equal text is added once. */
#define JOB_WARN(job, why, ...) job_warn((job), (why), (const char *const[]){ __VA_ARGS__, NULL })
void job_warn(struct job *job, enum reason why, const char *const *args);

/* "PREFIX/KEY", for messages: valid until the next call with the same BUF. */
struct job_key {
	char text[330];
};
const char *job_key(const struct job *job, enum annot key, struct job_key *buf);

/* The string V for a message: at most SHOWN_SIZE bytes, a cut one with "…" at its end. */
#define SHOWN_SIZE 104
const char *job_show(const struct jsonspan *doc, uint32_t v, char out[SHOWN_SIZE]);

/*
 * inject.c: for JOB, which has its wish, decide by SET about the pod ROOT of DOC, in which
 * FORMER, if not NULL, was. A Namespace that is observed changes nothing in that verdict.
 */
int job_decide(struct job *job, const struct settings *set, const struct former *former,
	       const struct jsonspan *doc, uint32_t root, struct inject_result *out) MUST_CHECK;

/* --- the steps --- */

/* levels.c: collect the keys of one level; warn about those that nothing reads. */
void levels_init(struct job *job);
void levels_fini(struct job *job);
int levels_collect(struct job *job, enum level_kind kind);
/* For `explain`: note which object decides about each key that is set. */
void levels_note(struct job *job);

/* around.c: find the Namespace's, then the ServiceAccount's level, and collect its keys. */
int around_open(struct job *job, enum level_kind kind);

/*
 * ask.c: does the pod say no by itself? Does it ask, or its Namespace for it?
 * In a Namespace that is observed, ask_observed turns a verdict into a warning.
 */
bool ask_is_no(const struct job *job);
bool ask_is_said(const struct job *job);
int ask_check(struct job *job);
void ask_observed(struct job *job);

/* value.c, wish.c: what is asked for? */
int wish_resolve(struct job *job);
void wish_fini(struct wish *w);

/* policy.c: may the namespace have it? */
int policy_check(struct job *job, const unsigned char *from);

/* consumers.c: mark the containers that get credentials and group them by writer. */
int consumers_choose(struct job *job);

/*
 * consumers.c: was C given credentials when this webhook was here before? Whoever writes the
 * pod can mount a volume of ours in a container that never gets any (a skipped one, one with
 * its own profile): that says nothing about the others.
 */
bool consumers_served(const struct job *job, const struct container *c);

/* statickey.c: what to do about static keys in consumers; KEY_REMOVE is carried out by make. */
int statickey_check(struct job *job);
bool statickey_is(const struct jsonspan *doc, uint32_t entry);

/* supply.c: how many assertions, with which expirations. */
int supply_choose(struct job *job);

/*
 * place.c: the index at which the writers go into the pod's init containers, as
 * they are now: after the last of those without which no traffic flows.
 */
uint32_t place_of_writers(const struct job *job);

/* make.c: the patch, or a refusal where something stands in the way. */
int make_patch(struct job *job);

/* make.c: the patch in `out` is complete: the verdict, or a refusal when it is too big. */
int make_check(struct job *job) MUST_CHECK;

#endif
