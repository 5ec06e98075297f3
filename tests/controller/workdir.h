/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_CONTROLLER_WORKDIR_H
#define TESTS_CONTROLLER_WORKDIR_H

/* A directory of a test's own with files and certificates in it; any failure ends the test. */

struct workdir {
	char path[64];
};

struct workdir workdir_open(void);
void workdir_close(struct workdir *w);	/* with all files in it */

/* W/NAME; valid until the second next call. */
const char *workdir_path(const struct workdir *w, const char *name);

/* Replace W/NAME by TEXT, as an editor or the kubelet does: a new file under the old name. */
void workdir_write(const struct workdir *w, const char *name, const char *text);

/* The content of W/NAME, cut at 256 KiB; the caller frees. */
char *workdir_read(const struct workdir *w, const char *name);

/* Write a key and its self-signed certificate, good until TTL_S seconds from now. */
void workdir_pair(const struct workdir *w, const char *cert, const char *key, long ttl_s);

static inline void auto_workdir(struct workdir *w)
{
	workdir_close(w);
}

#endif
