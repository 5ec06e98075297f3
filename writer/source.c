/* SPDX-License-Identifier: Apache-2.0 */
#include "writer/source.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "common/fileio.h"
#include "writer/dirscan.h"

#define OPEN_DIR (O_RDONLY | O_DIRECTORY | O_CLOEXEC)
#define DATA_LINK "..data" /* kubelet: the symlink that one rename swaps */

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

void source_dir(enum source_kind kind, const char *path, char *out, size_t size)
{
	const char *base = base_of(path);

	if (kind != SOURCE_FILE)
		(void)snprintf(out, size, "%s", path);
	else if (base == path)
		(void)snprintf(out, size, ".");
	else
		(void)snprintf(out, size, "%.*s",
			       base - path > 1 ? (int)(base - path - 1) : 1, path);
}

bool source_follow(struct sys *sys, char *path, size_t size)
{
	char to[256], dir[512], whole[sizeof(to) + sizeof(dir)];
	ssize_t n = sys->ops->readlinkat(sys, AT_FDCWD, path, to, sizeof(to) - 1);

	if (n <= 0 || n == (ssize_t)sizeof(to) - 1)
		return false;
	to[n] = '\0';
	source_dir(SOURCE_FILE, path, dir, sizeof(dir));
	if (to[0] == '/')
		(void)snprintf(whole, sizeof(whole), "%s", to);
	else
		(void)snprintf(whole, sizeof(whole), "%s/%s", dir, to);
	if (strlen(whole) >= size)
		return false;
	memcpy(path, whole, strlen(whole) + 1);
	return true;
}

bool source_concerns(enum source_kind kind, const char *path, const char *name)
{
	if (!strcmp(name, DATA_LINK))
		return true;
	return kind == SOURCE_FILE ? !strcmp(name, base_of(path)) : name[0] != '.';
}

struct scan {
	struct sys *sys;
	int dir;
	const struct supply *before;
	struct supply *now;
	struct mono at;
};

/* A file's name is anybody's choice: err_set makes one line of it. */
static void note_bad(struct supply *s, const char *name, const struct err *e)
{
	struct err line = { 0 };

	s->bad++;
	err_set(&line, ERR_INVALID, 0, "%.60s: %.130s", name, e->msg);
	(void)snprintf(s->problem, sizeof(s->problem), "%s", line.msg);
}

static struct mono first_seen(const struct scan *scan, const char *id)
{
	for (size_t i = 0; i < scan->before->n; i++)
		if (!strcmp(scan->before->item[i].jwt.id, id))
			return scan->before->item[i].seen;
	return scan->at;
}

static int read_jwt(struct sys *sys, int dir, const char *name, struct buf *text,
		    struct assertion *jwt, struct err *e)
{
	if (fileio_read(sys, dir, name, 0, text, e) < 0)
		return -1;
	return assertion_parse(text->data ? text->data : "", text->len, jwt, e);
}

static void take(void *arg, const char *name)
{
	const struct scan *scan = arg;
	struct supply *s = scan->now;
	struct supply_item *item = &s->item[s->n];
	AUTO(buf) struct buf text;
	struct err e = { 0 };

	buf_init(&text, ASSERTION_MAX_BYTES + 64);
	if (s->n == SUPPLY_MAX || strlen(name) >= sizeof(item->name)) {
		err_set(&e, ERR_TOO_BIG, 0, "%s",
			s->n == SUPPLY_MAX ? "one assertion too many" : "name too long");
		note_bad(s, name, &e);
		return;
	}
	if (read_jwt(scan->sys, scan->dir, name, &text, &item->jwt, &e) < 0) {
		note_bad(s, name, &e);
		return;
	}
	for (size_t i = 0; i < s->n; i++)
		if (!strcmp(s->item[i].jwt.id, item->jwt.id))
			return;
	(void)snprintf(item->name, sizeof(item->name), "%s", name);
	item->seen = first_seen(scan, item->jwt.id);
	s->n++;
}

static void take_visible(void *arg, const char *name)
{
	if (name[0] != '.')
		take(arg, name);
}

/* The directory that holds the files: behind kubelet's symlink where there is one. */
static int open_dir(struct sys *sys, enum source_kind kind, const char *path, struct err *e)
{
	char name[512];
	int dir, data;

	source_dir(kind, path, name, sizeof(name));
	dir = sys->ops->openat(sys, AT_FDCWD, name, OPEN_DIR, 0);
	if (dir < 0)
		return err_set(e, ERR_IO, errno, "unable to open the assertions %s", name);
	if (kind == SOURCE_FILE)
		return dir;
	data = sys->ops->openat(sys, dir, DATA_LINK, OPEN_DIR, 0);
	if (data < 0 && errno == ENOENT)
		return dir;
	if (data < 0)
		err_set(e, ERR_IO, errno, "unable to open the assertions %s/%s", name, DATA_LINK);
	auto_close(&dir);
	return data;
}

int source_scan(struct sys *sys, enum source_kind kind, const char *path, struct supply *supply,
		struct err *e)
{
	const struct supply before = *supply;
	AUTO(close) int dir = -1;
	struct scan scan = { sys, -1, &before, supply, sys->ops->boot_now(sys) };

	dir = scan.dir = open_dir(sys, kind, path, e);
	if (dir < 0)
		return -1;
	*supply = (struct supply){ 0 };
	if (kind == SOURCE_FILE) {
		take(&scan, base_of(path));
		return 0;
	}
	if (dirscan_each(sys, dir, take_visible, &scan, e) < 0) {
		*supply = before;
		return err_wrap(e, "%.80s", path);
	}
	return 0;
}

int source_read(struct sys *sys, enum source_kind kind, const char *path,
		const struct supply_item *item, struct buf *out, struct err *e)
{
	AUTO(close) int dir = open_dir(sys, kind, path, e);
	struct assertion jwt;

	if (dir < 0 || read_jwt(sys, dir, item->name, out, &jwt, e) < 0)
		return -1;
	if (strcmp(jwt.id, item->jwt.id) != 0)
		return err_set(e, ERR_TRANSIENT, 0, "%s was replaced meanwhile", item->name);
	out->len = assertion_trim(out->data, out->len);
	return 0;
}
