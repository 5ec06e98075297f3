/* SPDX-License-Identifier: Apache-2.0 */
#include "common/err.h"

#include <stdio.h>
#include <string.h>

#include "common/plain.h"

static const struct {
	const char *name;
	int exit, http;
} kinds[ERR_KINDS] = {
	[ERR_NONE] = { "none", 0, 200 },
	[ERR_INVALID] = { "invalid", 100, 400 },
	[ERR_TOO_BIG] = { "too-big", 100, 413 },
	[ERR_DENIED] = { "denied", 100, 403 },
	[ERR_TRANSIENT] = { "transient", 111, 503 },
	[ERR_TIMEOUT] = { "timeout", 111, 504 },
	[ERR_IO] = { "io", 111, 500 },
	[ERR_NOMEM] = { "nomem", 111, 503 },
	[ERR_BUG] = { "bug", 111, 500 },
};

int err_set(struct err *e, enum err_kind kind, int sys_errno, const char *fmt, ...)
{
	va_list ap;
	size_t n;

	e->kind = kind;
	e->sys = sys_errno;
	va_start(ap, fmt);
	(void)vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	n = strlen(e->msg);
	if (sys_errno)
		(void)snprintf(e->msg + n, sizeof(e->msg) - n, ": %s", strerror(sys_errno));
	(void)plain_make(e->msg, strlen(e->msg));
	return -1;
}

int err_wrap(struct err *e, const char *fmt, ...)
{
	char inner[sizeof(e->msg)];
	va_list ap;
	size_t n;

	memcpy(inner, e->msg, sizeof(inner));
	va_start(ap, fmt);
	(void)vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	n = strlen(e->msg);
	(void)snprintf(e->msg + n, sizeof(e->msg) - n, ": %s", inner);
	(void)plain_make(e->msg, strlen(e->msg));
	return -1;
}

const char *err_kind_name(enum err_kind kind)
{
	return (unsigned)kind < ERR_KINDS ? kinds[kind].name : "unknown";
}

int err_exit(const struct err *e)
{
	return (unsigned)e->kind < ERR_KINDS ? kinds[e->kind].exit : 111;
}

int err_http(const struct err *e)
{
	return (unsigned)e->kind < ERR_KINDS ? kinds[e->kind].http : 500;
}
