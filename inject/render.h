/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INJECT_RENDER_H
#define INJECT_RENDER_H

/*
 * What is injected, as JSON text appended to a buffer. Fields that the API
 * server would fill in with a value that matters are written out, so that the
 * text compares equal to what comes back.
 */

#include "inject/job.h"
#include "inject/resources.h"

enum render_kind {
	RENDER_NATIVE,	 /* init container that runs on: a native sidecar */
	RENDER_ONCE,	 /* init container: one token, then done */
	RENDER_ORDINARY, /* ordinary container, after a RENDER_ONCE */
};

/* Volumes; of the assertions' only what `projected` holds. */
void render_credentials(const struct writer *w, struct buf *out);
void render_assertions(const struct job *job, const struct writer *w, struct buf *out);
void render_bin(struct buf *out);

/* The name of the I-th assertion's file within its volume. */
#define RENDER_PATH_SIZE 24
void render_path(const struct job *job, int i, char out[RENDER_PATH_SIZE]);

/* Containers. NAME without the writer's suffix. */
void render_writer(const struct job *job, const struct writer *w, enum render_kind kind,
		   const char *name, const struct resources *r, struct buf *out);
void render_install(const struct job *job, const struct resources *r, struct buf *out);

/* A consumer's mount of what W writes (mode env: of the token). */
void render_mount(const struct job *job, const struct writer *w, struct buf *out);

/* The `status` annotation's value: JSON, for people and tools; never read here. */
void render_status(const struct job *job, struct buf *out);

#endif
