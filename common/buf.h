/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_BUF_H
#define COMMON_BUF_H

/*
 * A growing byte buffer with a ceiling and a sticky failure.
 *
 * Once an append would pass `max` or memory ends, `failed` is set, nothing
 * more is added, and buf_check reports it: appends need no check of their own.
 * `data` is always followed by a NUL byte that `len` does not count, once
 * anything was appended. Growth wipes the block it leaves, so a buffer may
 * hold secrets; buf_fini wipes too.
 */

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

struct buf {
	char *data;	/* owned; NULL until the first append */
	size_t len, cap, max;
	enum err_kind failed;	/* ERR_NONE, ERR_TOO_BIG or ERR_NOMEM */
};

/* An empty buffer that holds at most MAX bytes. */
void buf_init(struct buf *b, size_t max);

/* Wipe and free; the buffer is empty and usable again with the same ceiling. */
void buf_fini(struct buf *b);

/* Forget the content (wiped) but keep the memory. */
void buf_reset(struct buf *b);

void buf_add(struct buf *b, const void *data, size_t len);
void buf_adds(struct buf *b, const char *s);
void buf_addc(struct buf *b, char c);
void buf_addf(struct buf *b, const char *fmt, ...) PRINTF(2, 3);
void buf_addv(struct buf *b, const char *fmt, va_list ap) PRINTF(2, 0);

/*
 * Append S as a JSON string with its quotes. Bytes over 0x7f are copied: S must
 * be UTF-8. Source: RFC 8259 §7.
 */
void buf_add_json(struct buf *b, const char *s, size_t len);

/*
 * 0 when every append fitted.
 *
 * Errors  ERR_TOO_BIG "WHAT is larger than MAX bytes", ERR_NOMEM.
 */
int buf_check(const struct buf *b, const char *what, struct err *e) MUST_CHECK;

/* The content as a heap string that the caller frees; the buffer is empty after. NULL if failed. */
char *buf_take(struct buf *b);

static inline void auto_buf(struct buf *b)
{
	buf_fini(b);
}

#endif
