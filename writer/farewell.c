/* SPDX-License-Identifier: Apache-2.0 */
#include "writer/farewell.h"

#include <fcntl.h>
#include <inttypes.h>

#include "common/fileio.h"
#include "common/lastword.h"

static const char *code(const struct creddir *files, const struct status *s)
{
	static const enum lastword words[RESULTS] = {
		[RESULT_NONE] = LASTWORD_STARTING,
		[RESULT_GRANTED] = LASTWORD_GRANTED,
		[RESULT_DENIED] = LASTWORD_DENIED,
		[RESULT_MALFORMED] = LASTWORD_MISCONFIGURED,
		[RESULT_THROTTLED] = LASTWORD_THROTTLED,
		[RESULT_TRANSIENT] = LASTWORD_UNANSWERED,
		[RESULT_NOT_SENT] = LASTWORD_UNREACHED,
	};

	if (files->state == CREDDIR_REFUSED)
		return lastword_text(LASTWORD_FILES_REFUSED);
	if (s->waiting)
		return lastword_text(LASTWORD_WAITING);
	return lastword_text(words[(unsigned)s->result < RESULTS ? s->result : RESULT_NONE]);
}

static void add_exchange(const struct status *s, struct wall now, struct buf *out)
{
	if (s->result == RESULT_NONE) {
		buf_adds(out, "; no exchange yet");
		return;
	}
	buf_addf(out, "; last exchange %" PRId64 " s ago: %s",
		 now.s > s->at_s ? now.s - s->at_s : 0,
		 result_name(s->result));
	if (s->http_status)
		buf_addf(out, " (HTTP %d)", s->http_status);
	if (*s->detail)
		buf_addf(out, ", %s", s->detail);
	if (*s->request_id)
		buf_addf(out, ", request id %s", s->request_id);
	if (s->failures > 1)
		buf_addf(out, "; %" PRId64 " failures in a row", s->failures);
}

void farewell_line(const struct creddir *files, const struct status *s, struct wall now,
		   struct buf *out)
{
	buf_addf(out, "%s: ", code(files, s));
	if (files->state == CREDDIR_FRESH)
		buf_adds(out, "the credential is fresh");
	else if (files->state == CREDDIR_NONE)
		buf_adds(out, "no credential yet");
	else if (files->state == CREDDIR_EXPIRED && files->expires_at_s <= now.s)
		buf_addf(out, "the credential expired %" PRId64 " s ago",
			 now.s - files->expires_at_s);
	else if (files->state == CREDDIR_EXPIRED)
		buf_addf(out, "the credential is too old (%s)", files->problem);
	else
		buf_adds(out, files->problem);
	add_exchange(s, now, out);
	if (s->next_s > now.s)
		buf_addf(out, "; next try in %" PRId64 " s", s->next_s - now.s);
	if (*s->problem)
		buf_addf(out, "; %s", s->problem);
}

int farewell(struct writer *w, struct err *e)
{
	struct wall now = w->sys->ops->wall_now(w->sys);
	AUTO(close) int fd = -1;
	struct err ignored = { 0 };
	struct creddir files;
	AUTO(buf) struct buf line;

	buf_init(&line, 2048);
	creddir_judge(w->sys, w->opt->output, CREDDIR_PROFILE, geteuid(), now, 0, &files);
	w->status.next_s = 0;
	farewell_line(&files, &w->status, now, &line);
	err_set(e, ERR_TRANSIENT, 0, "giving up: %.220s", line.data ? line.data : "no memory");
	buf_addc(&line, '\n');
	fd = w->sys->ops->openat(w->sys, AT_FDCWD, w->opt->termination_log,
				 O_WRONLY | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0);
	if (fd < 0 || fileio_write_all(w->sys, fd, line.data, line.len, "the termination log",
				       &ignored) < 0)
		log_event(&w->log, LOG_LEVEL_DEBUG, "no termination log", NULL);
	return 111;
}
