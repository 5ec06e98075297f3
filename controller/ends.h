/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTROLLER_ENDS_H
#define CONTROLLER_ENDS_H

/*
 * Writers that ended badly: the end of an injected pod's writer with another status than 0, told
 * once. The kube thread makes two texts of a pod's: marks, one for each such end that its status
 * shows, which are kept; and the news of them, which is not. On the server's thread an end is new
 * when its mark was not there before.
 *
 * Told is the object that controls the pod, or else the pod itself. Every replica sees each end:
 * all give what happens to one owner for one reason in the same ten minutes the same name.
 *
 * A termination message is the pod's text, and the owner is what the pod says: neither decides
 * anything, the first is cut and has its control characters replaced.
 *
 * Source  core/v1 ContainerStatus, ContainerStateTerminated; meta/v1 OwnerReference.
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/attr.h"
#include "common/lastword.h"
#include "controller/owner.h"

/* Why: a word of the writer's, or what the kubelet says when there is none. */
enum { ENDS_OOM_KILLED = LASTWORDS, ENDS_ERROR, ENDS_UNKNOWN, ENDS_REASONS };

/* "WriterDenied", …, "OOMKilled", "Error", "Unknown". */
const char *ends_reason(unsigned why);

#define ENDS_MARK '!'
#define ENDS_MAX 8		/* of a pod; it has up to five writers */
#define ENDS_MARKS_SIZE (ENDS_MAX * 17 + 1)

struct json_t; /* of jansson */

/* Is STATUS that of a container of ours that gets tokens? */
bool ends_is_writer(const struct json_t *status);

/*
 * The ends that POD, an injected one, shows: their marks into MARKS, each ENDS_MARK and 16 of
 * 0-9a-f, and into *NEWS a line that ends_take reads, for the caller to free; "" and NULL when
 * there is none. Of a pod that is being deleted, that has succeeded, or that was ended as a
 * whole (evicted, its node shut down), there is none. Pure. -1 without memory.
 */
int ends_reduce(const struct json_t *pod, char marks[ENDS_MARKS_SIZE], char **news) MUST_CHECK;

struct ends_end {
	const char *namespace_;	/* of the pod; as the rest, valid during the call */
	unsigned why;		/* below ENDS_REASONS */
	uint64_t shared;	/* as events.h has it; never 0 */
	struct owner owner;
	const char *message;	/* "pod NAME: container NAME ended with exit code 111: …" */
};

/*
 * TEXT, malloc'd or NULL, is what is kept of a pod and, behind a newline, its news: returned with
 * the news cut off. TELL is called for each end of them whose mark BEFORE, what was kept of the
 * pod until now (or NULL), has not; a TELL that is NULL is not. Without memory nothing is told.
 */
char *ends_take(const char *namespace_, const char *before, char *text,
		void (*tell)(void *ctx, const struct ends_end *end), void *ctx) MUST_CHECK;

#endif
