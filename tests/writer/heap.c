/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/writer/heap.h"

#include <stdlib.h>

/*
 * mallinfo counts freed chunks in the thread's cache as used, and LeakSanitizer
 * costs 50 ms for each of ten thousand processes. So the allocator is counted at
 * its door. Source: glibc manual, "Replacing malloc"; __libc_* are its own names.
 */
#ifndef __SANITIZE_ADDRESS__

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void __libc_free(void *);

static long blocks;

void *malloc(size_t n)
{
	void *p = __libc_malloc(n);

	blocks += p != NULL;
	return p;
}

void *calloc(size_t n, size_t size)
{
	void *p = __libc_calloc(n, size);

	blocks += p != NULL;
	return p;
}

void *realloc(void *old, size_t n)
{
	void *p = __libc_realloc(old, n);

	blocks += !old && p;
	return p;
}

void free(void *p)
{
	blocks -= p != NULL;
	__libc_free(p);
}

long heap_blocks(void)
{
	return blocks;
}

#else

long heap_blocks(void)
{
	return 0;
}

#endif
