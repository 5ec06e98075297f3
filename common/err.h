/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_ERR_H
#define COMMON_ERR_H

/*
 * One error value, no allocation. Functions return 0 or -1 (or a count), take
 * `struct err *e` last, and leave it untouched on success.
 *
 * kind alone decides exit code and HTTP status (err_exit, err_http).
 * msg is in lower case, "unable to VERB OBJECT: cause"; never a secret; plain (common/plain.h)
 * whatever it quotes, and wherever it was cut.
 */

#include <stdarg.h>

#include "common/attr.h"

enum err_kind {
	ERR_NONE,
	ERR_INVALID,	/* the input is wrong; trying again will not help */
	ERR_TOO_BIG,	/* the input is over a limit that the message names */
	ERR_DENIED,	/* the other side, or a policy, says no */
	ERR_TRANSIENT,	/* the other side failed; try again */
	ERR_TIMEOUT,	/* a deadline passed */
	ERR_IO,		/* a system call failed; sys holds errno */
	ERR_NOMEM,
	ERR_BUG,
	ERR_KINDS
};

struct err {
	enum err_kind kind;
	int sys;	/* errno, or 0 */
	char msg[240];	/* cut to size, always terminated */
};

/*
 * Fill E and return -1, so that a caller can write `return err_set(...)`.
 *
 * sys_errno  errno of the failed call, 0 when none; its text is appended.
 */
int err_set(struct err *e, enum err_kind kind, int sys_errno, const char *fmt, ...) PRINTF(4, 5);

/* Prefix E's message with "fmt: " and return -1; kind and sys stay. */
int err_wrap(struct err *e, const char *fmt, ...) PRINTF(2, 3);

/* The kind's name in kebab case, for log fields. */
const char *err_kind_name(enum err_kind kind);

/* Exit status of a program that ends with E: 0 done, 100 fix something, 111 try again. */
int err_exit(const struct err *e);

/* HTTP status that answers a request which ended with E. */
int err_http(const struct err *e);

#endif
