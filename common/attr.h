/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_ATTR_H
#define COMMON_ATTR_H

/*
 * Compiler attributes and scope guards.
 *
 * AUTO(free) char *s = NULL; runs auto_free(&s) when s leaves its scope. Each
 * guard is NULL- or -1-safe and keeps errno. Guards of other types are defined
 * beside those types, under the same naming rule.
 */

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#define AUTO(what) __attribute__((cleanup(auto_##what)))
#define COUNTOF(a) (sizeof(a) / sizeof((a)[0]))

/* Return P and clear it, so that its guard has nothing to do. */
#define TAKE(p)                                                                                    \
	__extension__({                                                                            \
		__typeof__(p) take_ = (p);                                                         \
		(p) = NULL;                                                                        \
		take_;                                                                             \
	})

static inline void auto_free(void *p)
{
	int saved = errno;

	free(*(void **)p);
	errno = saved;
}

static inline void auto_close(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
	errno = saved;
}

#endif
