/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMMON_CLOCK_H
#define COMMON_CLOCK_H

/*
 * Two clocks as two types, so that they cannot be mixed by accident.
 *
 * wall  seconds since 1970 as the machine believes them; it can be set.
 * mono  CLOCK_BOOTTIME in nanoseconds; it only moves forward and counts suspend.
 *       Deadlines are absolute values of it, never durations.
 */

#include <stdint.h>

struct wall {
	int64_t s;
};

struct mono {
	int64_t ns;
};

#define NS_PER_S INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)

static inline struct mono mono_add_ms(struct mono m, int64_t ms)
{
	return (struct mono){ m.ns + ms * NS_PER_MS };
}

static inline int64_t mono_diff_ms(struct mono later, struct mono earlier)
{
	return (later.ns - earlier.ns) / NS_PER_MS;
}

#endif
