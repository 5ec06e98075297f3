/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_SCRATCH_H
#define TESTS_SUPPORT_SCRATCH_H

/* A directory of a test's own, gone with all in it at the end; any failure aborts the test. */

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct scratch {
	char path[64];
};

/* Make a new directory in PARENT, its path into PATH; remove one with all in it. */
void scratch_make(char *path, size_t size, const char *parent);
void scratch_remove(const char *path);

struct scratch scratch_new(void);
void scratch_free(struct scratch *s);

/* S/NAME; valid until the fourth next call. */
const char *scratch_path(const struct scratch *s, const char *name);

/* Make S/NAME a file with TEXT and MODE (directories in between are made), or a directory. */
void scratch_write(const struct scratch *s, const char *name, const char *text, mode_t mode);
void scratch_mkdir(const struct scratch *s, const char *name);

/* The content of S/NAME, cut at SIZE - 1 bytes; "" when there is no such file. */
const char *scratch_read(const struct scratch *s, const char *name, char *out, size_t size);

/* Permission bits of S/NAME, the link itself for a symlink; -1 when it is not there. */
int scratch_mode(const struct scratch *s, const char *name);

/* Entries of the directory S/NAME whose names begin with PREFIX, "." and ".." left out. */
unsigned scratch_count(const struct scratch *s, const char *name, const char *prefix);

static inline void auto_scratch(struct scratch *s)
{
	scratch_free(s);
}

#endif
