/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <string.h>

#include "common/jsonspan.h"

void fuzz_broken(const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	(void)fprintf(stderr, "%s:%d: ", file, line);
	va_start(ap, fmt);
	(void)vfprintf(stderr, fmt, ap);
	va_end(ap);
	(void)fputc('\n', stderr);
	abort();
}

char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	if (!text)
		abort();
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

void fuzz_refused(const struct err *e)
{
	MUST(e->kind != ERR_NONE && e->kind < ERR_KINDS, "refused without a kind");
	MUST(e->msg[0], "refused without a message");
	MUST(memchr(e->msg, '\0', sizeof(e->msg)), "the message does not end");
	MUST(!strpbrk(e->msg, "\r\n"), "the message has several lines: %s", e->msg);
}

void fuzz_is_json(const struct buf *b, const char *what)
{
	AUTO(jsonspan) struct jsonspan j;
	struct err e = { 0 };

	jsonspan_init(&j, UINT32_MAX - 1, JSONSPAN_DEPTH_MAX);
	MUST(buf_check(b, what, &e) == 0, "%s", e.msg);
	MUST(jsonspan_parse(&j, b->data ? b->data : "", b->len, &e) == 0, "%s is no JSON: %s: %s",
	     what, e.msg, b->data);
}
