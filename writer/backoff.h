/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WRITER_BACKOFF_H
#define WRITER_BACKOFF_H

/*
 * How long a failed exchange is left alone. Pure; the jitter is a hash of the
 * pod's seed and the moment, so that a run can be repeated exactly.
 *
 * A failure that spent an assertion is special: the kubelet brings new ones
 * only every 0.8 E, so trying again at once could leave nothing to try with.
 * While a file is valid, the first three are a tenth of its remaining life apart,
 * which costs no more than a quarter of it; without one, two quick tries cover a
 * single lost answer. After that the assertions left are spread over the time
 * until the next rotation, each gap about twice the one before. docs/schedule.md
 * has what this comes to over many days.
 */

#include "common/clock.h"

struct sched_view;

/* 0..999 for this SEED at this moment T. */
unsigned backoff_permille(uint64_t seed, struct mono t);

/* Milliseconds from V->last.at in which no exchange starts; V->last.failures is not 0. */
int64_t backoff_ms(const struct sched_view *v);

#endif
