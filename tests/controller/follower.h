/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_CONTROLLER_FOLLOWER_H
#define TESTS_CONTROLLER_FOLLOWER_H

/* The kube thread, a fake API server that it follows, and what it has said so far. */

#include <pthread.h>

#include "controller/store.h"
#include "kube/kube.h"
#include "tests/controller/workdir.h"
#include "tests/support/fake_api.h"

#define FOLLOWER_PREFIX "wif.anthropic.com"

/* What the server's thread would be: a store, and a bell that the kube thread rings. */
struct follower {
	struct workdir dir;
	struct sys sys;
	struct log log;
	struct fake_api *api;
	struct kube *kube;
	struct store store;
	pthread_mutex_t lock;
	pthread_cond_t rung;
	bool bell;			/* under lock */
	int lists;			/* how many were complete */
	unsigned alive[KUBE_KINDS];	/* how often nothing new was said */
	struct kube_message got;	/* the last KUBE_GOT; its text is owned */
};

void follower_open(struct follower *f);
/* Let the thread follow the server, with the token in TOKEN_FILE, or NULL for none. */
void follower_start(struct follower *f, const char *token_file);
void follower_close(struct follower *f);

/* Take messages; when there are none wait for the bell. */
void follower_turn(struct follower *f);
/* Wait for the bell alone. */
void follower_ring(struct follower *f);
void follower_await_synced(struct follower *f);
/* Wait until the object is known with TEXT in it; "" for bare, NULL for not known. */
void follower_await(struct follower *f, enum inject_kind kind, const char *namespace_,
		    const char *name, const char *text);

/* How often the log says WHAT. */
int follower_lines(const struct follower *f, const char *what);

/* Ask for an object, and wait for the answer, which is F->got. */
void follower_ask(struct follower *f, enum kube_kind kind, const char *namespace_,
		  const char *name, int64_t ms);

#endif
