/* SPDX-License-Identifier: Apache-2.0 */
#include "writer/store.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

#include "common/fileio.h"
#include "writer/credfile.h"
#include "writer/ledger_store.h"
#include "writer/outdir.h"

#define LOCK "lock"
#define BOOT_ID "/proc/sys/kernel/random/boot_id"

/* The open lock, or -1. What another container put in its place is no lock, and goes once. */
static int open_lock(struct writer *w, int dir, struct err *e)
{
	const int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW;
	int fd = w->sys->ops->openat(w->sys, dir, LOCK, flags, 0600);

	if (fd >= 0)
		return fd;
	if (outdir_clear(w->sys, dir, w->opt->output, OUTDIR_STATE, LOCK, errno, e) < 0)
		return -1;
	fd = w->sys->ops->openat(w->sys, dir, LOCK, flags, 0600);
	return fd >= 0 ? fd : err_set(e, ERR_IO, errno, "unable to open the lock in %s",
				      w->opt->output);
}

static int take_lock(struct writer *w, struct err *e)
{
	AUTO(close) int dir = outdir_open(w->sys, w->opt->output, OUTDIR_STATE, e);

	if (dir < 0)
		return -1;
	w->lock = open_lock(w, dir, e);
	if (w->lock < 0)
		return -1;
	if (w->sys->ops->flock(w->sys, w->lock, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno == EWOULDBLOCK)
		return err_set(e, ERR_TRANSIENT, 0, "another writer serves %s; one per directory",
			       w->opt->output);
	return err_set(e, ERR_IO, errno, "unable to lock %s", w->opt->output);
}

static void read_boot_id(struct writer *w, char *out, size_t size)
{
	struct err ignored = { 0 };
	AUTO(buf) struct buf text;

	buf_init(&text, 64);
	(void)snprintf(out, size, "-");
	if (fileio_read(w->sys, AT_FDCWD, BOOT_ID, 0, &text, &ignored) == 0 && text.len == 37)
		(void)snprintf(out, size, "%.36s", text.data);
}

/* Whether this pod had a credential before, judged without the ledger. */
static bool lived_before(struct writer *w)
{
	AUTO(buf) struct buf token;
	struct err e = { 0 };
	int64_t at;
	bool repair;

	buf_init(&token, ANSWER_TOKEN_MAX);
	return credfile_read(w->sys, w->opt->output, &token, &at, &repair, &e) == 0 ||
	       e.kind != ERR_IO || e.sys != ENOENT;
}

/* Nobody knows which were presented: all that are here count as spent. */
static int spend_present(struct writer *w, struct err *e)
{
	if (source_scan(w->sys, w->opt->source, w->opt->assertions, &w->supply, e) < 0)
		return -1;
	for (size_t i = 0; i < w->supply.n; i++) {
		const struct assertion *jwt = &w->supply.item[i].jwt;

		if (!ledger_put(&w->ledger, jwt->id, jwt->exp_s, LEDGER_SPENT))
			return err_set(e, ERR_BUG, 0, "more assertions than the ledger holds");
	}
	return ledger_save(w->sys, w->opt->output, &w->ledger, e);
}

static int open_ledger(struct writer *w, struct err *e)
{
	struct err why = { 0 };
	enum ledger_found found = ledger_load(w->sys, w->opt->output, &w->ledger, &why);
	bool lost = found == LEDGER_DAMAGED || (found == LEDGER_ABSENT && lived_before(w));
	char boot_id[37];

	read_boot_id(w, boot_id, sizeof(boot_id));
	if (strcmp(boot_id, w->ledger.boot_id) != 0)
		w->ledger.expires_at_s = 0; /* its boot times mean nothing now */
	memcpy(w->ledger.boot_id, boot_id, sizeof(boot_id));
	if (!lost)
		return 0;
	log_err(&w->log, LOG_LEVEL_WARN, "the ledger is lost: the assertions present stay unused", &why);
	return spend_present(w, e);
}

static const char *config_url(const struct writer *w)
{
	return strcmp(w->opt->base_url, OPTIONS_BASE_URL) ? w->opt->base_url : NULL;
}

int store_open(struct writer *w, struct err *e)
{
	if (take_lock(w, e) < 0)
		return -1;
	outdir_sweep(w->sys, w->opt->output);
	if (open_ledger(w, e) < 0)
		return -1;
	return credfile_config(w->sys, w->opt->output, config_url(w), e);
}

/* The file is not the ledger's: believe its wall time, and remember it by boot time from now on. */
static bool adopt(struct writer *w, int64_t expires_at_s)
{
	struct mono now = w->sys->ops->boot_now(w->sys);
	int64_t left = expires_at_s - w->sys->ops->wall_now(w->sys).s;
	int64_t life = writer_lifetime_s(w);
	int64_t expires_ns, requested_ns;

	if (left > ANSWER_LIFETIME_MAX_S)
		return false; /* no grant is that long: not a file of ours */
	expires_ns = now.ns + (left > 0 ? left * NS_PER_S : 0);
	requested_ns = expires_ns - life * NS_PER_S;
	w->ledger.granted = true;
	w->ledger.requested.ns = requested_ns > 0 ? requested_ns : 0;
	w->ledger.expires_in_s = (expires_ns - w->ledger.requested.ns) / NS_PER_S;
	w->ledger.expires_at_s = expires_at_s;
	return true;
}

void store_look(struct writer *w)
{
	struct err e = { 0 };
	AUTO(buf) struct buf token;
	int64_t expires_at_s;
	bool repair;

	buf_init(&token, ANSWER_TOKEN_MAX);
	if (credfile_read(w->sys, w->opt->output, &token, &expires_at_s, &repair, &e) < 0) {
		if (e.kind == ERR_IO && e.sys != ENOENT && e.sys != ENOTDIR && e.sys != EACCES) {
			log_err(&w->log, LOG_LEVEL_WARN, "unable to look at the credential", &e);
			return; /* it may well be as good as it was */
		}
		if (w->disk.have)
			log_err(&w->log, LOG_LEVEL_WARN, "the credential file is gone or spoilt", &e);
		w->disk.have = false;
		return;
	}
	w->disk.have = false;
	if ((!w->ledger.granted || w->ledger.expires_at_s != expires_at_s) &&
	    !adopt(w, expires_at_s))
		return;
	w->disk.have = true;
	w->disk.repair = repair || !credfile_config_stands(w->sys, w->opt->output, config_url(w));
	w->disk.requested = w->ledger.requested;
	w->disk.expires = mono_add_ms(w->ledger.requested, w->ledger.expires_in_s * 1000);
	w->disk.expires_at_s = expires_at_s;
}

/* The files say EXPIRES_AT_S now; the ledger follows, and if it cannot, the file's word counts. */
static void remember(struct writer *w, struct mono requested, struct mono expires,
		     int64_t expires_at_s)
{
	struct err e = { 0 };

	w->ledger.granted = true;
	w->ledger.requested = requested;
	w->ledger.expires_in_s = (expires.ns - requested.ns) / NS_PER_S;
	w->ledger.expires_at_s = expires_at_s;
	if (ledger_save(w->sys, w->opt->output, &w->ledger, &e) < 0)
		log_err(&w->log, LOG_LEVEL_WARN, "unable to note the credential's age", &e);
}

static int64_t wall_expiry(const struct writer *w, struct mono expires)
{
	struct mono now = w->sys->ops->boot_now(w->sys);

	return w->sys->ops->wall_now(w->sys).s + (expires.ns - now.ns) / NS_PER_S;
}

static int put(struct writer *w, const struct buf *token, int64_t expires_at_s, struct err *e)
{
	if (credfile_config(w->sys, w->opt->output, config_url(w), e) < 0)
		return -1;
	return credfile_write(w->sys, w->opt->output, (struct span){ token->data, token->len },
			      expires_at_s, e);
}

bool store_pending(struct writer *w)
{
	int64_t at = wall_expiry(w, w->pending.expires);
	struct err e = { 0 };
	char number[24];

	if (put(w, &w->pending.token, at, &e) < 0) {
		writer_io_failed(w, "unable to store the new credential; it is kept and tried again",
				 &e);
		return false;
	}
	buf_reset(&w->pending.token);
	writer_io_done(w);
	remember(w, w->pending.requested, w->pending.expires, at);
	(void)snprintf(number, sizeof(number), "%" PRId64, at);
	log_event(&w->log, LOG_LEVEL_INFO, "credential in place", "expires_at#", number, NULL);
	return true;
}

void store_rewrite(struct writer *w)
{
	int64_t at = wall_expiry(w, w->disk.expires), was;
	struct err e = { 0 };
	AUTO(buf) struct buf token;
	bool repair;

	buf_init(&token, ANSWER_TOKEN_MAX);
	if (credfile_read(w->sys, w->opt->output, &token, &was, &repair, &e) < 0 ||
	    put(w, &token, at, &e) < 0) {
		writer_io_failed(w, "unable to put the credential file right", &e);
		return;
	}
	writer_io_done(w);
	remember(w, w->disk.requested, w->disk.expires, at);
	/* If something undoes this at once, do not fight it in a loop. */
	w->io_gate = mono_add_ms(w->sys->ops->boot_now(w->sys), 1000);
	log_event(&w->log, LOG_LEVEL_INFO, "credential file put right",
		  "why", was == at ? "mode or companion file" : "the wall clock was set", NULL);
}
