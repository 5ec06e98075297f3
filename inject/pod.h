/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INJECT_POD_H
#define INJECT_POD_H

/* What of a Pod's text the core looks at. Everything points into the parsed document. */

#include <stdbool.h>
#include <stdint.h>

#include "common/jsonspan.h"

#define POD_CONTAINERS_MAX 1024

struct container {
	uint32_t at;	   /* its object */
	uint32_t index;	   /* in its array */
	uint32_t security; /* its securityContext */
	char name[64];
	bool init;   /* of initContainers */
	bool ours;   /* by its name; whether it really is, is compared later */
	int writer;  /* index of the writer that serves it; -1: none */
};

struct pod {
	const struct jsonspan *doc;
	uint32_t root, metadata, spec, annotations, labels;
	uint32_t volumes, security;
	char namespace_[64];
	char who[400];	       /* "pod NAMESPACE/NAME", with '*' for a generated end */
	struct container *all; /* owned; init containers first, each list in its order */
	size_t n, n_init;
};

/* A fault in a pod's shape: "WHERE is not WANTED". */
struct pod_fault {
	char where[100];
	const char *wanted; /* NULL: none */
};

/*
 * Find the pod's metadata in the object ROOT of DOC, which is borrowed.
 *
 * namespace_  of the review; "" to take the pod's own.
 * Errors      ERR_INVALID when ROOT is no object.
 */
int pod_open(struct pod *p, const struct jsonspan *doc, uint32_t root, const char *namespace_,
	     struct pod_fault *fault, struct err *e) MUST_CHECK;
void pod_close(struct pod *p);

static inline void auto_pod(struct pod *p)
{
	pod_close(p);
}

/*
 * List containers and volumes. What is read later has the right JSON types
 * after this; what is wrong is left in FAULT.
 *
 * Errors  ERR_NOMEM.
 */
int pod_list(struct pod *p, struct pod_fault *fault, struct err *e) MUST_CHECK;

/* Is it a static pod's mirror? Source: Kubernetes annotation kubernetes.io/config.mirror. */
bool pod_is_mirror(const struct pod *p);

/* The field that sends the pod to Windows nodes, or NULL. */
const char *pod_windows(const struct pod *p);

/* The container called NAME, or NULL. */
struct container *pod_container(const struct pod *p, const char *name);

/* Is NAME the start of V's text? */
bool pod_name_begins(const struct jsonspan *doc, uint32_t v, const char *prefix);

/* Entry of the container's env called NAME, the last one: it is what counts. */
uint32_t pod_env(const struct pod *p, const struct container *c, const char *name);

/* Does the env entry ENTRY say VALUE, plainly? */
bool pod_env_is(const struct pod *p, uint32_t entry, const char *value);

/*
 * The member FIELD of the container's security context, else of the pod's:
 * what the kubelet uses. Source: Kubernetes SecurityContext, "takes precedence".
 */
uint32_t pod_security(const struct pod *p, const struct container *c, const char *field);

#endif
