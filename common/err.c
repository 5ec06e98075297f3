/* SPDX-License-Identifier: Apache-2.0 */
#include "common/err.h"

#include <stdio.h>
#include <string.h>

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

/* Bytes of the UTF-8 character at S, 0 when there is none. Source: RFC 3629 §4. */
static size_t character(const char *s)
{
	const unsigned char *u = (const unsigned char *)s;
	size_t n = u[0] < 0x80 ? 1 : u[0] < 0xc2 ? 0 : u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : 4;

	for (size_t i = 1; i < n; i++)
		if ((u[i] & 0xc0) != 0x80)
			return 0;
	if ((u[0] == 0xe0 && u[1] < 0xa0) || (u[0] == 0xed && u[1] > 0x9f) ||
	    (u[0] == 0xf0 && u[1] < 0x90) || (u[0] == 0xf4 && u[1] > 0x8f) || u[0] > 0xf4)
		return 0;
	return n;
}

/*
 * Messages are single lines of UTF-8, as logs and answers are JSON: whatever a
 * caller quotes, and wherever it was cut, other bytes become '?'.
 */
static void one_line(char *s)
{
	for (size_t n; *s; s += n) {
		n = character(s);
		if (!n || (unsigned char)*s < 0x20 || *s == 0x7f) {
			*s = '?';
			n = 1;
		}
	}
}

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
	one_line(e->msg);
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
	one_line(e->msg);
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
