/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/scratch.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void must(bool ok)
{
	if (!ok)
		abort();
}

void scratch_make(char *path, size_t size, const char *parent)
{
	must(snprintf(path, size, "%s/wif-test-XXXXXX", parent) < (int)size && mkdtemp(path));
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

void scratch_remove(const char *path)
{
	must(nftw(path, remove_one, 8, FTW_DEPTH | FTW_PHYS) == 0);
}

struct scratch scratch_new(void)
{
	struct scratch s;

	scratch_make(s.path, sizeof(s.path), "/tmp");
	return s;
}

void scratch_free(struct scratch *s)
{
	scratch_remove(s->path);
}

const char *scratch_path(const struct scratch *s, const char *name)
{
	static char paths[4][256];
	static unsigned next;
	char *path = paths[next++ % 4];

	(void)snprintf(path, sizeof(paths[0]), "%s/%s", s->path, name);
	return path;
}

static void make_parents(const struct scratch *s, const char *name)
{
	for (const char *slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
		char path[256];

		(void)snprintf(path, sizeof(path), "%s/%.*s", s->path, (int)(slash - name), name);
		(void)mkdir(path, 0755);
	}
}

void scratch_write(const struct scratch *s, const char *name, const char *text, mode_t mode)
{
	size_t len = strlen(text);
	int fd;

	make_parents(s, name);
	fd = open(scratch_path(s, name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	must(fd >= 0 && write(fd, text, len) == (ssize_t)len && fchmod(fd, mode) == 0);
	must(close(fd) == 0);
}

void scratch_mkdir(const struct scratch *s, const char *name)
{
	make_parents(s, name);
	must(mkdir(scratch_path(s, name), 0755) == 0);
}

const char *scratch_read(const struct scratch *s, const char *name, char *out, size_t size)
{
	int fd = open(scratch_path(s, name), O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, out, size - 1);

	if (fd >= 0)
		(void)close(fd);
	out[n > 0 ? n : 0] = '\0';
	return out;
}

int scratch_mode(const struct scratch *s, const char *name)
{
	struct stat st;

	return lstat(scratch_path(s, name), &st) < 0 ? -1 : (int)(st.st_mode & 07777);
}

unsigned scratch_count(const struct scratch *s, const char *name, const char *prefix)
{
	DIR *dir = opendir(scratch_path(s, name));
	const struct dirent *d;
	unsigned n = 0;

	must(dir != NULL);
	while ((d = readdir(dir)))
		n += strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0 &&
		     !strncmp(d->d_name, prefix, strlen(prefix));
	(void)closedir(dir);
	return n;
}
