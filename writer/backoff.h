/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WRITER_BACKOFF_H
#define WRITER_BACKOFF_H

/*
 * How long a failed exchange is left alone. Pure; the jitter is a hash of the
 * pod's seed and the moment, so that a run can be repeated exactly.
 *
 * A failure that spent an assertion is special: the kubelet brings new ones
 * only every 0.8 E, so trying again quickly would leave nothing to try with.
 * Two quick tries cover a single lost answer; after that, unless there are more
 * assertions than refreshes ahead, those left are spread over the time until
 * the next rotation, each gap about twice the one before.
 */

#include "common/clock.h"

struct sched_view;

/* 0..999 for this SEED at this moment T. */
unsigned backoff_permille(uint64_t seed, struct mono t);

/* Milliseconds from V->last.at in which no exchange starts; V->last.failures is not 0. */
int64_t backoff_ms(const struct sched_view *v);

#endif
