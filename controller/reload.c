/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/reload.h"

#include <fcntl.h>
#include <stdio.h>

#include "config/config.h"
#include "inject/settings.h"

static struct reload_file look(struct sys *sys, const char *path)
{
	struct reload_file f = { .path = path };
	AUTO(close) int fd = sys->ops->openat(sys, AT_FDCWD, path,
					      O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
	struct stat st;

	if (fd < 0 || sys->ops->fstat(sys, fd, &st) < 0)
		return f;
	f.there = true;
	f.dev = st.st_dev;
	f.ino = st.st_ino;
	f.size = st.st_size;
	f.mtime = st.st_mtim;
	f.ctime = st.st_ctim;
	return f;
}

static bool same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

/*
 * Whether F is another than when it was last looked at. Looked at before it is
 * read: a change in between is found the next time.
 */
static bool changed(struct sys *sys, struct reload_file *f)
{
	struct reload_file now = look(sys, f->path), was = *f;

	*f = now;
	return now.there != was.there || now.dev != was.dev || now.ino != was.ino ||
	       now.size != was.size || !same_time(now.mtime, was.mtime) ||
	       !same_time(now.ctime, was.ctime);
}

static int load_config(struct reload *r, struct err *e)
{
	struct settings fresh;

	settings_init(&fresh);
	if (config_load(r->log->sys, r->config.path, &fresh, e) < 0)
		return -1;
	settings_fini(&r->settings);
	r->settings = fresh;
	log_event(r->log, LOG_LEVEL_INFO, "config in force", "file", r->config.path, "hash",
		  r->settings.hash, NULL);
	return 0;
}

/*
 * ID, for another name or another time, must not take the place of one that is good. It may be
 * good later, or the one before no longer: ERR_TRANSIENT.
 */
static int hold_back(const struct reload *r, const struct tls_identity *id, struct err *e)
{
	struct wall now = r->log->sys->ops->wall_now(r->log->sys);
	struct err why = { 0 };

	if (!r->identity || tls_identity_check(r->identity, r->host, now, &why) < 0 ||
	    tls_identity_check(id, r->host, now, &why) == 0)
		return 0;
	return err_set(e, ERR_TRANSIENT, 0, "%s: %s", r->cert.path, why.msg);
}

static int load_identity(struct reload *r, struct err *e)
{
	AUTO(tls_identity) struct tls_identity *fresh = NULL;

	if (tls_identity_load(r->log->sys, r->cert.path, r->key.path, &fresh, e) < 0 ||
	    hold_back(r, fresh, e) < 0)
		return -1;
	tls_identity_free(r->identity);
	r->identity = TAKE(fresh);
	r->metrics->certificate_not_after_s = tls_identity_not_after(r->identity).s;
	log_event(r->log, LOG_LEVEL_INFO, "certificate in force", "file", r->cert.path, NULL);
	return 0;
}

int reload_init(struct reload *r, struct log *log, struct metrics *metrics,
		const struct reload_names *names, struct err *e)
{
	*r = (struct reload){ .log = log, .metrics = metrics };
	(void)snprintf(r->host, sizeof(r->host), "%s", names->host);
	settings_init(&r->settings);
	r->config = look(log->sys, names->config);
	if (names->cert) {
		r->cert = look(log->sys, names->cert);
		r->key = look(log->sys, names->key);
	}
	if (load_config(r, e) < 0)
		return -1;
	return names->cert ? load_identity(r, e) : 0;
}

void reload_fini(struct reload *r)
{
	settings_fini(&r->settings);
	tls_identity_free(r->identity);
	r->identity = NULL;
}

/* A file that is wrong stays so until it changes; one that cannot be read may be readable next. */
static bool may_pass(const struct err *e)
{
	return e->kind == ERR_IO || e->kind == ERR_NOMEM || e->kind == ERR_TRANSIENT;
}

static void poll_config(struct reload *r, bool fresh)
{
	struct err e = { 0 };

	if (!fresh && !r->config_again)
		return;
	r->config_again = false;
	if (load_config(r, &e) == 0)
		return;
	r->config_again = may_pass(&e);
	if (!fresh && r->config_again)
		return; /* that was said */
	r->metrics->config_reload_errors++;
	log_err(r->log, LOG_LEVEL_ERROR, "new config refused, the one before stays in force", &e);
}

static void poll_identity(struct reload *r, bool fresh)
{
	struct err e = { 0 };

	if (!fresh && !r->identity_again)
		return;
	r->identity_again = false;
	if (load_identity(r, &e) == 0)
		return;
	r->identity_again = may_pass(&e);
	if (!fresh && r->identity_again)
		return;
	log_err(r->log, LOG_LEVEL_ERROR, "new certificate refused, the one before stays in force",
		&e);
}

void reload_poll(struct reload *r)
{
	struct sys *sys = r->log->sys;
	bool config = changed(sys, &r->config), cert, key;

	poll_config(r, config);
	if (!r->cert.path)
		return;
	cert = changed(sys, &r->cert);
	key = changed(sys, &r->key);
	poll_identity(r, cert || key);
}
