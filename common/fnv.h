/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_FNV_H
#define COMMON_FNV_H

/*
 * FNV-1a, 64 bits: the same everywhere and for ever. Who chooses the data can make two alike.
 *
 * Source  draft-eastlake-fnv, §2 and §5 (offset basis and prime).
 */

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define FNV_START UINT64_C(0xcbf29ce484222325)

/* HASH, FNV_START at first, goes on over LEN bytes of DATA. */
static inline uint64_t fnv_add(uint64_t hash, const void *data, size_t len)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
	return hash;
}

static inline uint64_t fnv_adds(uint64_t hash, const char *s)
{
	return fnv_add(hash, s, strlen(s));
}

#endif
