/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/verify.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/creddir.h"
#include "common/fileio.h"
#include "common/jsonspan.h"

#define CONFIG "configs/" CREDDIR_PROFILE ".json"
#define CREDENTIAL "credentials/" CREDDIR_PROFILE ".json"

struct client {
	const char *name;
	int min_s;	      /* fails with so many seconds left, or fewer */
	int reread_s;	      /* looks for a new file when so many are left */
	bool refuses_symlink;
	bool any_mode;	      /* takes a file that others may read */
	bool refuses_http;    /* a base_url without TLS, other than to this machine */
};

static const struct client clients[] = {
	{ "Python", 0, 120, .refuses_symlink = true, .refuses_http = true },
	{ "TypeScript", 30, 120, .refuses_symlink = false },
	{ "Go", 30, 120, .refuses_symlink = true },
	{ "Java (sync)", 0, 30, .any_mode = true },
	{ "Java (async)", 0, 300, .any_mode = true },
	{ "Ruby", 0, 120, .refuses_symlink = true },
	{ "PHP", 0, 120, .refuses_symlink = false },
	{ "C#", 30, 120, .refuses_symlink = false },
	{ "Claude Code", 30, 120, .refuses_symlink = false },
};

/* What one file is; what is wrong with it for everybody stands in `problem`. */
struct file {
	bool symlink;
	mode_t mode;
	struct buf text;
	char problem[240];
};

struct facts {
	struct file config, credential;
	bool plain_http;
	int64_t left_s;
};

static void auto_facts(struct facts *f)
{
	buf_fini(&f->config.text);
	buf_fini(&f->credential.text);
}

static void complain(struct file *f, const char *name, const char *what)
{
	(void)snprintf(f->problem, sizeof(f->problem), "%s %s", name, what);
}

/* Open NAME, telling whether a symlink stands there. */
static int open_file(struct sys *sys, int dir, const char *name, struct file *f)
{
	const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
	int fd = sys->ops->openat(sys, dir, name, flags | O_NOFOLLOW, 0);

	f->symlink = fd < 0 && errno == ELOOP;
	return f->symlink ? sys->ops->openat(sys, dir, name, flags, 0) : fd;
}

static void read_file(struct sys *sys, int dir, const char *name, struct file *f, uid_t *owner)
{
	AUTO(close) int fd = open_file(sys, dir, name, f);
	struct stat st;
	struct err e = { 0 };

	if (fd < 0 && errno == ENOENT) {
		complain(f, name, f->symlink ? "is a symlink to nothing" : "is missing");
	} else if (fd < 0 || sys->ops->fstat(sys, fd, &st) < 0) {
		complain(f, name, strerror(errno));
	} else if (!S_ISREG(st.st_mode)) {
		complain(f, name, "is not a regular file");
	} else if (fileio_read_fd(sys, fd, name, &f->text, &e) < 0) {
		(void)snprintf(f->problem, sizeof(f->problem), "%s", e.msg);
	} else {
		f->mode = st.st_mode & 07777;
		*owner = st.st_uid;
	}
}

static bool is_plain_http(const char *url)
{
	static const char *const near[] = { "localhost", "127.0.0.1", "[::1]" };

	if (strncmp(url, "http://", 7) != 0)
		return false;
	for (size_t i = 0; i < COUNTOF(near); i++) {
		size_t n = strlen(near[i]);

		if (!strncmp(url + 7, near[i], n) && (!url[7 + n] || strchr(":/", url[7 + n])))
			return false;
	}
	return true;
}

static void judge_config(struct facts *f)
{
	struct file *c = &f->config;
	struct err e = { 0 };
	AUTO(jsonspan) struct jsonspan j = { .max = 64, .depth_max = 8 };
	char url[2048];

	if (!c->problem[0] && c->mode & 022)
		complain(c, CONFIG, "may be written by others; use mode 0644");
	if (c->problem[0])
		return;
	if (creddir_parse_config(c->text.data ? c->text.data : "", c->text.len, &e) < 0 ||
	    jsonspan_parse(&j, c->text.data, c->text.len, &e) < 0) {
		(void)snprintf(c->problem, sizeof(c->problem), CONFIG ": %.200s", e.msg);
		return;
	}
	(void)jsonspan_str(&j, jsonspan_get(&j, 0, "base_url"), url, sizeof(url));
	f->plain_http = is_plain_http(url);
}

static void judge_credential(struct facts *f, uid_t owner, uid_t uid, struct wall now)
{
	AUTO(buf) struct buf token = { .max = CREDDIR_MAX_BYTES };
	struct file *c = &f->credential;
	int64_t expires_at_s = 0;
	struct err e = { 0 };

	if (c->problem[0])
		return;
	if (owner != uid)
		(void)snprintf(c->problem, sizeof(c->problem),
			       CREDENTIAL " belongs to uid %u, the reader is %u", (unsigned)owner,
			       (unsigned)uid);
	else if (creddir_parse_credential(c->text.data ? c->text.data : "", c->text.len, &token,
					  &expires_at_s, &e) < 0)
		(void)snprintf(c->problem, sizeof(c->problem), CREDENTIAL ": %.200s", e.msg);
	f->left_s = expires_at_s - now.s;
}

/* Why the client refuses, or false. */
static bool refuses(const struct client *c, const struct facts *f, char *why, size_t size)
{
	mode_t mode = f->credential.mode;

	if (f->config.problem[0])
		(void)snprintf(why, size, "%s", f->config.problem);
	else if (f->credential.problem[0])
		(void)snprintf(why, size, "%s", f->credential.problem);
	else if (c->refuses_symlink && f->credential.symlink)
		(void)snprintf(why, size, CREDENTIAL " is a symlink; put the file itself there");
	else if (!c->any_mode && mode != 0600 && mode != 0400)
		(void)snprintf(why, size, CREDENTIAL " has mode %04o; use 0600 or 0400",
			       (unsigned)mode);
	else if (c->refuses_http && f->plain_http)
		(void)snprintf(why, size, "base_url is http; use https");
	else if (f->left_s <= 0)
		(void)snprintf(why, size, "expired %" PRId64 " s ago", -f->left_s);
	else if (f->left_s <= c->min_s)
		(void)snprintf(why, size, "%" PRId64 " s left; it needs more than %d", f->left_s,
			       c->min_s);
	else
		return false;
	return true;
}

int verify(struct sys *sys, const char *dir, uid_t uid, struct buf *out, bool *all_accept,
	   struct err *e)
{
	AUTO(facts) struct facts f = { .left_s = 0 };
	AUTO(close) int root = sys->ops->openat(sys, AT_FDCWD, dir,
						O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	uid_t owner = 0;
	char why[260];
	bool all = true;

	if (root < 0)
		return err_set(e, ERR_INVALID, errno, "unable to open the directory %.120s", dir);
	buf_init(&f.config.text, CREDDIR_MAX_BYTES);
	buf_init(&f.credential.text, CREDDIR_MAX_BYTES);
	read_file(sys, root, CONFIG, &f.config, &owner);
	judge_config(&f);
	read_file(sys, root, CREDENTIAL, &f.credential, &owner);
	judge_credential(&f, owner, uid, sys->ops->wall_now(sys));
	for (size_t i = 0; i < COUNTOF(clients); i++) {
		const struct client *c = &clients[i];

		if (refuses(c, &f, why, sizeof(why))) {
			all = false;
			buf_addf(out, "%-13s refuses  %s\n", c->name, why);
		} else {
			buf_addf(out, "%-13s accepts  %" PRId64 " s left, reads again at %d\n",
				 c->name, f.left_s, c->reread_s);
		}
	}
	*all_accept = all;
	return buf_check(out, "the answer", e);
}
