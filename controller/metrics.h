/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTROLLER_METRICS_H
#define CONTROLLER_METRICS_H

/*
 * The controller's figures, and their Prometheus text. One thread.
 *
 * Source  Prometheus text exposition format 0.0.4; design.md §10, Metrics.
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "controller/issuer.h"
#include "controller/ends.h"
#include "controller/pods.h"
#include "controller/review.h"

#define METRICS_TYPE "text/plain; version=0.0.4; charset=utf-8"
#define METRICS_BUCKETS 12
#define METRICS_WATCHES 3

struct metrics {
	uint64_t reviews[REVIEW_DECISIONS][REASONS];
	uint64_t bucket[METRICS_BUCKETS + 1];	/* the last one: beyond all bounds */
	uint64_t nanoseconds;			/* sum of all durations */
	uint64_t config_reload_errors;
	int64_t certificate_not_after_s;	/* since 1970 */
	bool cluster;				/* one is followed: the rest has a meaning */
	struct metrics_watch {
		const char *resource;		/* static text; NULL: none */
		int64_t age_ms;			/* since it was last heard of; -1: never yet */
	} watches[METRICS_WATCHES];
	uint64_t events_written, events_failed, events_dropped;
	struct issuer_figures issuer;
	uint64_t ends[ENDS_REASONS];	/* of writers */
	const struct pods_rows *pods;	/* borrowed; NULL: not listed yet */
};

/* Count a review that took NS nanoseconds. */
void metrics_review(struct metrics *m, enum review_decision decision, enum reason why, int64_t ns);

/* Append all figures to OUT. */
void metrics_write(const struct metrics *m, struct buf *out);

#endif
