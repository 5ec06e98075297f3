/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

/*
 * One line of JSON per event: {"ts":"2026-11-22T17:08:14Z","level":"info","msg":"…",…}.
 * Names of things yes, contents of tokens never.
 */

#include <stdbool.h>

#include "common/buf.h"
#include "common/sys.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG, LOG_LEVELS };

#define LOG_RATE_SLOTS 32

struct log {
	struct sys *sys;	/* borrowed: its clocks stamp and limit the lines */
	int fd;			/* where lines go; -1 drops them */
	enum log_level level;	/* the most talkative level that is printed */
	unsigned lost;		/* lines since the last that FD had no room for */
	struct log_rate {
		const char *msg;	/* borrowed: messages are literals */
		struct mono since;
		unsigned seen, dropped;
	} rate[LOG_RATE_SLOTS];
};

/* Lines to FD through SYS; both must outlive LOG. */
void log_init(struct log *log, struct sys *sys, int fd, enum log_level level);

/* The level named S ("error", "warn", "info", "debug"), or LOG_LEVELS. */
enum log_level log_level_parse(const char *s);

/*
 * One line, or none while FD has no room: a reader of the log that stands still
 * does not hold up the program. The next line says how many were lost so.
 *
 * MSG is a literal: it is also the key of the rate limit (at most 10
 * lines a minute per message below info's severity, i.e. errors and warnings;
 * the next line that passes says how many were dropped).
 *
 * ...  pairs of const char *key, const char *value, ended by NULL; a pair whose
 *      value is NULL is left out. A key that ends in '#' writes its value bare
 *      (a number) under the name without '#'.
 */
void log_event(struct log *log, enum log_level level, const char *msg, ...)
	__attribute__((sentinel));

/* log_event with the fields of E: err_kind, errno, error. */
void log_err(struct log *log, enum log_level level, const char *msg, const struct err *e);

#endif
