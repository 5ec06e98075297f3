/* SPDX-License-Identifier: Apache-2.0 */
#include "common/log.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define RATE_LINES 10
#define RATE_WINDOW_MS 60000
#define LINE_MAX_BYTES 4096

static const char *const names[LOG_LEVELS] = { "error", "warn", "info", "debug" };

void log_init(struct log *log, struct sys *sys, int fd, enum log_level level)
{
	*log = (struct log){ .sys = sys, .fd = fd, .level = level };
}

enum log_level log_level_parse(const char *s)
{
	int i;

	for (i = 0; i < LOG_LEVELS; i++)
		if (!strcmp(s, names[i]))
			break;
	return (enum log_level)i;
}

/* The slot of MSG: its own, else a free one, else the one that has been quiet longest. */
static struct log_rate *rate_slot(struct log *log, const char *msg)
{
	struct log_rate *best = &log->rate[0];

	for (size_t i = 0; i < LOG_RATE_SLOTS; i++) {
		struct log_rate *r = &log->rate[i];

		if (r->msg == msg)
			return r;
		if (!r->msg || (best->msg && r->since.ns < best->since.ns))
			best = r;
	}
	*best = (struct log_rate){ .msg = msg, .since = log->sys->ops->boot_now(log->sys) };
	return best;
}

/* Whether MSG may be printed now; *dropped is what the last window swallowed. */
static bool rate_pass(struct log *log, const char *msg, unsigned *dropped)
{
	struct log_rate *r = rate_slot(log, msg);
	struct mono now = log->sys->ops->boot_now(log->sys);

	*dropped = 0;
	if (mono_diff_ms(now, r->since) >= RATE_WINDOW_MS) {
		*dropped = r->dropped;
		*r = (struct log_rate){ .msg = msg, .since = now };
	}
	if (r->seen >= RATE_LINES) {
		r->dropped++;
		return false;
	}
	r->seen++;
	return true;
}

static void add_head(struct log *log, struct buf *b, enum log_level level, const char *msg)
{
	time_t now = (time_t)log->sys->ops->wall_now(log->sys).s;
	char ts[32] = "";
	struct tm tm;

	if (gmtime_r(&now, &tm))
		(void)strftime(ts, sizeof(ts), "%Y-%m-%dT%H:%M:%SZ", &tm);
	buf_addf(b, "{\"ts\":\"%s\",\"level\":\"%s\",\"msg\":", ts, names[level]);
	buf_add_json(b, msg, strlen(msg));
}

static void add_pair(struct buf *b, const char *key, const char *value)
{
	size_t n = strlen(key);
	bool bare = n && key[n - 1] == '#';

	buf_addc(b, ',');
	buf_add_json(b, key, n - bare);
	buf_addc(b, ':');
	if (bare)
		buf_adds(b, value);
	else
		buf_add_json(b, value, strlen(value));
}

/*
 * Whether FD takes a line now. A pipe that polls writable has PIPE_BUF bytes of
 * room, which is LINE_MAX_BYTES. Source: pipe(7); fs/pipe.c, pipe_poll.
 */
static bool has_room(struct log *log)
{
	struct pollfd fd = { .fd = log->fd, .events = POLLOUT };

	return log->sys->ops->poll(log->sys, &fd, 1, 0) == 1 && fd.revents & POLLOUT;
}

/* One write keeps a line whole; a log that cannot be written is not our failure. */
static void put(struct log *log, const struct buf *line)
{
	if (!has_room(log) || log->sys->ops->write(log->sys, log->fd, line->data, line->len) < 0)
		log->lost++;
	else
		log->lost = 0;
}

/* The end of a line, with what is missing before it. */
static void add_tail(const struct log *log, struct buf *b, unsigned dropped)
{
	if (dropped)
		buf_addf(b, ",\"dropped\":%u", dropped);
	if (log->lost)
		buf_addf(b, ",\"lost\":%u", log->lost);
	buf_adds(b, "}\n");
}

void log_event(struct log *log, enum log_level level, const char *msg, ...)
{
	AUTO(buf) struct buf b;
	unsigned dropped = 0;
	const char *key;
	va_list ap;

	buf_init(&b, LINE_MAX_BYTES);
	if (log->fd < 0 || level > log->level)
		return;
	if (level <= LOG_LEVEL_WARN && !rate_pass(log, msg, &dropped))
		return;
	add_head(log, &b, level, msg);
	va_start(ap, msg);
	while ((key = va_arg(ap, const char *))) {
		const char *value = va_arg(ap, const char *);

		if (value)
			add_pair(&b, key, value);
	}
	va_end(ap);
	add_tail(log, &b, dropped);
	if (b.failed) {
		buf_reset(&b);
		add_head(log, &b, level, msg);
		buf_adds(&b, ",\"cut\":true");
		add_tail(log, &b, dropped);
	}
	put(log, &b);
}

void log_err(struct log *log, enum log_level level, const char *msg, const struct err *e)
{
	char number[16];

	(void)snprintf(number, sizeof(number), "%d", e->sys);
	log_event(log, level, msg, "err_kind", err_kind_name(e->kind), "errno#",
		  e->sys ? number : NULL, "error", e->msg, NULL);
}
