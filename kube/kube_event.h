/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KUBE_KUBE_EVENT_H
#define KUBE_KUBE_EVENT_H

/*
 * What an API server says of objects, read: pages of a list, lines of a watch,
 * single objects. Of each object only its name is kept and a text made of it: the
 * labels and annotations under the prefix, or what a reduce function says. Pure.
 *
 * Source  Kubernetes API concepts, "Efficient detection of changes" and
 *         "Retrieving large results sets in chunks"; meta.k8s.io/v1
 *         PartialObjectMetadata.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"

#define KUBE_VERSION_SIZE 64	/* of a resourceVersion, with its NUL */

/*
 * Bytes that the tree of one object may take. One above it counts as gone: what was known
 * of it is old, and who needs it asks, and is told why it cannot be read.
 */
#define KUBE_TREE_MAX (12u << 20)

/* What is followed. */
enum kube_kind { KUBE_SERVICE_ACCOUNT, KUBE_NAMESPACE, KUBE_POD, KUBE_KINDS };

struct json_t; /* of jansson */

/* One object, new or changed or gone. All strings are owned. */
struct kube_change {
	bool gone;
	bool too_large;			/* to be read: it counts as gone */
	char *namespace_, *name;	/* namespace_ is "" for a Namespace */
	char *text;			/* what was kept of it; NULL: nothing */
};

struct kube_changes {
	struct kube_change *list;
	size_t n;
};

void kube_change_fini(struct kube_change *c);
void kube_changes_fini(struct kube_changes *c);

struct kube_page {
	struct kube_changes changes;
	char version[KUBE_VERSION_SIZE];
	char *more;	/* the `continue` token, owned; NULL on the last page */
};

enum kube_event_type { KUBE_EVENT_CHANGE, KUBE_EVENT_BOOKMARK, KUBE_EVENT_ERROR };

struct kube_event {
	enum kube_event_type type;
	struct kube_change change;		/* of KUBE_EVENT_CHANGE */
	char version[KUBE_VERSION_SIZE];	/* of all but KUBE_EVENT_ERROR */
	int code;				/* of KUBE_EVENT_ERROR: 410 is "too old" */
};

/*
 * Read LEN bytes of TEXT; keys under "PREFIX/" are kept, as JSON of the object less all
 * else. OUT is assigned on success and ended with kube_page_fini, kube_event_fini or
 * kube_change_fini.
 *
 * reduce  NULL, or what makes the kept text instead: into *OUT for the caller to free, NULL
 *         for nothing; -1 without memory.
 * Errors  ERR_TRANSIENT when it is not what was asked for, ERR_NOMEM; of a single object
 *         ERR_TOO_BIG, above KUBE_TREE_MAX.
 */
int kube_event_page(const char *text, size_t len, const char *prefix,
		    int (*reduce)(const struct json_t *object, const char *prefix, char **out),
		    struct kube_page *out, struct err *e) MUST_CHECK;
int kube_event_line(const char *text, size_t len, const char *prefix,
		    int (*reduce)(const struct json_t *object, const char *prefix, char **out),
		    struct kube_event *out, struct err *e) MUST_CHECK;
int kube_event_object(const char *text, size_t len, const char *prefix, struct kube_change *out,
		      struct err *e) MUST_CHECK;

void kube_page_fini(struct kube_page *p);
void kube_event_fini(struct kube_event *ev);

static inline void auto_kube_page(struct kube_page *p)
{
	kube_page_fini(p);
}

static inline void auto_kube_event(struct kube_event *ev)
{
	kube_event_fini(ev);
}

static inline void auto_kube_change(struct kube_change *c)
{
	kube_change_fini(c);
}

#endif
