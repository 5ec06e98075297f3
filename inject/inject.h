/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INJECT_INJECT_H
#define INJECT_INJECT_H

/*
 * The injection core's public face: operator settings and a pod's JSON text in,
 * a decision and a JSON Patch text out. Pure: no I/O, no clock, no global state,
 * no third-party header.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/err.h"
#include "common/jsonspan.h"
#include "inject/reasons.h"

/* A list of strings owned by its struct settings. */
struct strlist {
	char **items;
	size_t len;
};

enum inject_mode { MODE_SIDECAR, MODE_INIT, MODE_ENV, MODES };
enum static_key { KEY_IGNORE, KEY_WARN, KEY_REMOVE, KEY_DENY, STATIC_KEYS }; /* by strictness */
enum sidecar_kind { SIDECAR_AUTO, SIDECAR_NATIVE, SIDECAR_CLASSIC };

/* One entry of `federations`: all strings owned, never NULL ("" when absent). */
struct federation {
	char *name, *organization, *rule, *service_account, *workspace;
	char *audience, *base_url, *ca_bundle, *proxy, *no_proxy;
	int token_lifetime_s; /* the rule's setting; 0 = unknown, planned as 600 */
	bool insecure;
};

/* One entry of `policy`: lists of globs; len 0 with `*_set` false means "own value only". */
struct policy_rule {
	struct strlist namespaces, federations, rules, service_accounts, workspaces, organizations;
};

#define SETTINGS_KEYS_MAX 64

/* The operator's config (design.md §10), parsed and checked by config/. */
struct settings {
	char *prefix; /* "wif.anthropic.com", no trailing '/' */
	enum inject_mode mode;
	enum static_key static_key;
	struct federation *federations;
	size_t n_federations;
	struct policy_rule *policy;
	size_t n_policy;
	struct strlist skip_containers; /* globs */
	char *image, *image_pull_policy;
	enum sidecar_kind sidecar;
	struct strlist after; /* names of mesh containers */
	char *cpu_request, *memory_request, *cpu_limit, *memory_limit; /* "" = none */
	struct strlist registered_keys; /* kids, for the controller alone; not in the hash */
	char hash[17]; /* hex of the config's content, for `status` */
};

/* The objects beside the pod whose keys count, nearest first. */
enum inject_kind { INJECT_SERVICE_ACCOUNT, INJECT_NAMESPACE, INJECT_KINDS };

enum inject_known {
	INJECT_BARE,	/* it says nothing under the prefix */
	INJECT_SAYS,	/* `text` is its JSON, of which metadata.labels and .annotations count */
	INJECT_MISSING,	/* not known yet: the verdict is INJECT_ASK */
	INJECT_UNKNOWN	/* asked for in vain, and `why`: the verdict is INJECT_RETRY */
};

/* What is known of one of them. Texts are borrowed until inject returns. */
struct inject_object {
	enum inject_known known;
	const char *text, *why;
	size_t len;
};

/*
 * Who knows them. FIND fills OUT, which is all zero, about the object NAME in
 * NAMESPACE_ ("" for a Namespace); it is called at most once per kind.
 */
struct inject_around {
	void (*find)(void *ctx, enum inject_kind kind, const char *namespace_, const char *name,
		     struct inject_object *out);
	void *ctx;
};

/* Where a pod stands: what the review says beside the pod itself. */
struct inject_request {
	const char *pod;	/* JSON text of the Pod object, not NUL-terminated */
	size_t pod_len;
	const char *namespace_;	/* of the review; "" when unknown */
	const struct settings *settings;
	const struct inject_around *around; /* NULL: Namespace and ServiceAccount are bare */
	/* Instead of `pod`: a parsed text and the Pod's value in it; NULL: `pod` is parsed. */
	const struct jsonspan *doc;
	uint32_t node;
};

enum inject_verdict {
	INJECT_SKIP,	/* admitted unchanged: nobody asked, or nothing to do */
	INJECT_PATCH,	/* admitted with `patch` */
	INJECT_DENY,	/* refused with `message` */
	INJECT_ASK,	/* not decided: find the object `wanted` and ask again */
	INJECT_RETRY,	/* not decided: an object could not be had; `message` says which */
	INJECT_VERDICTS
};

#define INJECT_WARNING_BYTES 120 /* kubectl's advice: characters */
#define INJECT_WARNINGS_MAX 32
#define INJECT_DECIDED_MAX 24

struct inject_result {
	enum inject_verdict verdict;
	enum reason reason;	/* REASONS: none yet, of INJECT_ASK */
	struct buf patch;	/* RFC 6902 array; empty unless INJECT_PATCH */
	struct buf message;	/* one line; the refusal as kubectl shows it */
	struct inject_wanted {
		enum inject_kind kind;
		char namespace_[64], name[256];	/* namespace_ is "" for a Namespace */
	} wanted;		/* of INJECT_ASK and INJECT_RETRY */
	bool pod_asks;		/* the pod itself, by annotation or label; also with a bad value */
	struct inject_warning {
		enum reason reason;
		char text[INJECT_WARNING_BYTES + 8];
	} warnings[INJECT_WARNINGS_MAX];
	size_t n_warnings;
	char federation[64], rule[140], service_account[140], mode[16]; /* for audit annotations */
	/* Each key that is set, and the nearest object that sets it; the rest the config says. */
	struct {
		const char *key;   /* after "PREFIX/", static */
		const char *level; /* "pod", "ServiceAccount", "Namespace", each also " label" */
		char value[104];   /* a long one is cut, with "…" at its end */
	} decided[INJECT_DECIDED_MAX];
	size_t n_decided;
};

void inject_result_init(struct inject_result *r);
void inject_result_fini(struct inject_result *r);

/*
 * Decide about one pod. OUT is fresh from inject_result_init.
 *
 * Errors  ERR_INVALID when the pod's text is not a JSON object (position in the
 *         message), ERR_TOO_BIG, ERR_NOMEM. A refusal is not an error: it is
 *         INJECT_DENY in OUT; so is a patch that is too big. In a Namespace that is
 *         known to be observed nothing fails but the parse of req->pod: OUT has a
 *         warning.
 */
int inject(const struct inject_request *req, struct inject_result *out, struct err *e) MUST_CHECK;

#endif
