/* SPDX-License-Identifier: Apache-2.0 */
#include "writer/check.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>

#include "writer/farewell.h"
#include "writer/outdir.h"
#include "writer/status.h"

/* A file arrives by rename, a directory by mkdir, a mode by chmod. */
#define WATCHED (IN_MOVED_TO | IN_CREATE | IN_ATTRIB | IN_ONLYDIR)
#define LOOK_MS 100 /* how often to look where nothing can be watched */

static bool good(struct sys *sys, const struct options *o, struct creddir *files)
{
	creddir_judge(sys, o->output, CREDDIR_PROFILE, geteuid(), sys->ops->wall_now(sys),
		      o->min_ttl_s, files);
	return files->state == CREDDIR_FRESH;
}

/* Watch what exists of the directories; the parent while there is no output directory yet. */
static void watch(struct sys *sys, int notify, const char *output)
{
	static const char *const subs[] = { "", "/" OUTDIR_CONFIGS, "/" OUTDIR_CREDENTIALS, "/.." };
	char path[512];

	for (size_t i = 0; i < COUNTOF(subs); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", output, subs[i]);
		(void)sys->ops->inotify_add_watch(sys, notify, path, WATCHED);
	}
}

/* Where it is has no watch, the clock says when to look. */
static bool watch_parent(struct sys *sys, int notify, const char *output)
{
	char path[512];
	char *slash;

	(void)snprintf(path, sizeof(path), "%s", output);
	slash = strrchr(path, '/');
	if (slash)
		slash[slash == path] = '\0';
	return sys->ops->inotify_add_watch(sys, notify, slash ? path : ".", WATCHED) >= 0;
}

static void drain(struct sys *sys, int notify)
{
	_Alignas(struct inotify_event) char block[2048];

	while (sys->ops->read(sys, notify, block, sizeof(block)) > 0)
		;
}

static bool wait_until_good(struct sys *sys, const struct options *o, struct creddir *files)
{
	struct mono deadline = mono_add_ms(sys->ops->boot_now(sys), o->wait_ms);
	AUTO(close) int notify = sys->ops->inotify_init(sys, IN_CLOEXEC | IN_NONBLOCK);
	struct pollfd fd = { .fd = notify, .events = POLLIN };

	for (;;) {
		bool watching = watch_parent(sys, notify, o->output);
		int64_t left;

		watch(sys, notify, o->output);
		drain(sys, notify);
		if (good(sys, o, files)) /* after watching: nothing can slip between */
			return true;
		left = mono_diff_ms(deadline, sys->ops->boot_now(sys));
		if (left <= 0)
			return false;
		if (!watching && left > LOOK_MS)
			left = LOOK_MS;
		if (sys->ops->poll(sys, &fd, 1, left < INT_MAX ? (int)left + 1 : INT_MAX) < 0 &&
		    errno != EINTR)
			return good(sys, o, files);
	}
}

int check_run(struct sys *sys, const struct options *o, struct buf *line)
{
	struct status status = { .result = RESULT_NONE };
	struct creddir files;
	struct err ignored = { 0 };

	if (good(sys, o, &files) || (o->wait_ms && wait_until_good(sys, o, &files)))
		return 0;
	if (status_load(sys, o->output, &status, &ignored) < 0)
		status = (struct status){ .result = RESULT_NONE };
	farewell_line(&files, &status, sys->ops->wall_now(sys), line);
	return 1;
}

static void add_text(struct buf *out, const char *key, const char *value)
{
	buf_addf(out, ",\"%s\":", key);
	if (*value)
		buf_add_json(out, value, strlen(value));
	else
		buf_adds(out, "null");
}

static void add_number(struct buf *out, const char *key, bool known, int64_t value)
{
	buf_addf(out, ",\"%s\":", key);
	if (known)
		buf_addf(out, "%" PRId64, value);
	else
		buf_adds(out, "null");
}

void check_status(struct sys *sys, const struct options *o, struct buf *out)
{
	struct status s = { .result = RESULT_NONE };
	struct wall now = sys->ops->wall_now(sys);
	struct err ignored = { 0 };
	struct creddir files;
	bool known;

	creddir_judge(sys, o->output, CREDDIR_PROFILE, geteuid(), now, 0, &files);
	known = status_load(sys, o->output, &s, &ignored) == 0;
	buf_addf(out, "{\"files\":\"%s\"", creddir_state_name(files.state));
	add_text(out, "files_problem", files.problem);
	add_number(out, "expires_at", files.expires_at_s, files.expires_at_s);
	add_number(out, "expires_in_s", files.expires_at_s, files.expires_at_s - now.s);
	add_text(out, "state", known ? status_word(&s) : "");
	add_text(out, "last_result", known ? result_name(s.result) : "");
	add_number(out, "last_http_status", s.http_status, s.http_status);
	add_text(out, "last_request_id", s.request_id);
	add_text(out, "last_detail", s.detail);
	add_number(out, "last_at", s.at_s, s.at_s);
	add_number(out, "next_at", s.next_s, s.next_s);
	add_number(out, "failures", known, s.failures);
	add_number(out, "grants", known, s.grants);
	add_number(out, "lifetime_s", s.lifetime_s, s.lifetime_s);
	add_number(out, "planned_lifetime_s", s.planned_s, s.planned_s);
	add_number(out, "assertions", known, s.assertions);
	add_number(out, "assertions_unspent", known, s.unspent);
	add_number(out, "assertions_needed", s.needed, s.needed);
	add_number(out, "clock_skew_s", s.skew_known, s.skew_s);
	add_text(out, "problem", s.problem);
	buf_adds(out, "}\n");
}
