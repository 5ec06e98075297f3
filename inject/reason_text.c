/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "common/plain.h"
#include "common/utf8.h"
#include "inject/reasons.h"

#define ARGS_MAX 4
#define ELLIPSIS "\xe2\x80\xa6"

/* The number of the argument that stands at T, or 0. */
static size_t placeholder(const char *t)
{
	return t[0] == '%' && t[1] >= '1' && t[1] <= '0' + ARGS_MAX ? (size_t)(t[1] - '0') : 0;
}

/* The longest that an argument may be so that the text has at most MAX bytes. */
static size_t longest_allowed(const char *text, const size_t *len, size_t max)
{
	for (size_t cap = max;; cap--) {
		size_t sum = 0, n;

		for (const char *t = text; *t; t += n ? 2 : 1) {
			n = placeholder(t);
			sum += !n ? 1 : len[n - 1] < cap ? len[n - 1] : cap;
		}
		if (sum <= max || cap == 0)
			return cap;
	}
}

static void add_arg(struct buf *out, const char *arg, size_t len, size_t cap)
{
	size_t keep = len;

	if (len > cap)
		keep = utf8_cut(arg, cap > strlen(ELLIPSIS) ? cap - strlen(ELLIPSIS) : 0);
	plain_add(out, arg, keep);
	if (keep < len && cap >= strlen(ELLIPSIS))
		buf_adds(out, ELLIPSIS);
}

void reason_text(enum reason why, const char *const *args, size_t max, struct buf *out)
{
	const char *text = reason_row(why)->text;
	const char *arg[ARGS_MAX] = { "", "", "", "" };
	size_t len[ARGS_MAX] = { 0 }, cap, n;

	for (size_t i = 0; i < ARGS_MAX && args[i]; i++) {
		arg[i] = args[i];
		len[i] = strlen(args[i]);
	}
	cap = longest_allowed(text, len, max);
	for (; *text; text += n ? 2 : 1) {
		n = placeholder(text);
		if (n)
			add_arg(out, arg[n - 1], len[n - 1], cap);
		else
			buf_addc(out, *text);
	}
}
