/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_CONTROLLER_SOAK_H
#define TESTS_CONTROLLER_SOAK_H

/*
 * Hostile connections and good reviews against one controller, in step: each
 * sequence of the first is followed by its share of the second.
 */

#include <openssl/ssl.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/types.h>

#include "common/buf.h"

#define SAMPLES_MAX 8

/* A review, and what the server says to it when nobody disturbs it. */
struct sample {
	struct buf request, answer;
};

struct soak {
	int port, metrics_port;
	pid_t pid;		/* the controller's */
	unsigned seed;
	long reviews, sequences;	/* to do */
	SSL_CTX *tls;
	struct sample sample[SAMPLES_MAX];
	size_t samples, patching;	/* how many, and how many of them get a patch */

	pthread_mutex_t lock;	/* over all below */
	pthread_cond_t moved;
	long reviews_begun, sequences_begun;
	bool failed;
};

/* Say on stderr what went wrong, and end the run. */
void soak_fail(struct soak *s, const char *fmt, ...) PRINTF(2, 3);

/* Wait for the turn of the next one; its number, or -1 when all are begun or the run failed. */
long soak_next_review(struct soak *s);
long soak_next_sequence(struct soak *s);

void *soak_good(void *s);	/* a thread: reviews, one connection */
void *soak_hostile(void *s);	/* a thread: sequences */
/* Each kind of sequence a few times, from this thread. */
void soak_hostile_each(struct soak *s);

#endif
