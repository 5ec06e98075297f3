/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KUBE_KUBE_QUEUE_H
#define KUBE_KUBE_QUEUE_H

/*
 * Messages between the server's thread and the kube thread, in order. The lock
 * is held for a few instructions, and no other state is shared.
 */

#include <pthread.h>

#include "common/clock.h"
#include "kube/kube_event.h"

enum kube_message_type {
	/* to the server */
	KUBE_LIST_BEGIN,	/* kind: a list of all begins */
	KUBE_CHANGES,		/* kind, changes */
	KUBE_LIST_END,		/* kind: the list was complete */
	KUBE_ALIVE,		/* kind: nothing is new, and the watch goes on */
	KUBE_GOT,		/* id, found, text, why: the answer to a KUBE_ASK */
	KUBE_ANSWER,		/* id, status, text, why: to a KUBE_REQUEST */
	/* to the kube thread */
	KUBE_ASK,		/* id, wanted, deadline: one object, read now */
	KUBE_REQUEST,		/* id, method, path, content_type, text, deadline */
	KUBE_PREFIX,		/* text, generation: list again by this prefix */
	KUBE_STOP,
};

/* An object: what is asked for. */
struct kube_name {
	enum kube_kind kind;
	char namespace_[64], name[256];	/* namespace_ is "" for a Namespace */
};

struct kube_message {
	struct kube_message *next;
	enum kube_message_type type;
	enum kube_kind kind;
	unsigned generation;		/* of the prefix it was read by */
	struct kube_changes changes;	/* owned */
	uint64_t id;
	struct kube_name wanted;
	struct mono deadline;
	bool found;			/* else WHY says why not */
	char *text;			/* owned; of what was found NULL means bare */
	const char *method, *content_type;	/* static; as struct kube_call says */
	char *path;			/* owned */
	int status;			/* of HTTP; 0: none came, and WHY */
	char why[120];
};

/* All zero but TYPE and KIND; NULL without memory. */
struct kube_message *kube_message_new(enum kube_message_type type, enum kube_kind kind);
void kube_message_free(struct kube_message *m); /* with those behind it */
/* Wipe and free its text: a Secret may have been in it. */
void kube_message_forget(struct kube_message *m);

struct kube_queue {
	pthread_mutex_t lock;
	struct kube_message *first, **end;	/* under lock */
};

void kube_queue_init(struct kube_queue *q);
void kube_queue_fini(struct kube_queue *q);

/* Give M away. */
void kube_queue_put(struct kube_queue *q, struct kube_message *m);

/* All messages so far, oldest first, or NULL; to be ended with kube_message_free. */
struct kube_message *kube_queue_take(struct kube_queue *q);

static inline void auto_kube_message(struct kube_message **m)
{
	kube_message_free(*m);
}

#endif
