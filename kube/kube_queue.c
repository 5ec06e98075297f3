/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/kube_queue.h"

#include <string.h>

struct kube_message *kube_message_new(enum kube_message_type type, enum kube_kind kind)
{
	struct kube_message *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->type = type;
	m->kind = kind;
	return m;
}

void kube_message_forget(struct kube_message *m)
{
	if (m->text)
		explicit_bzero(m->text, strlen(m->text));
	free(TAKE(m->text));
}

void kube_message_free(struct kube_message *m)
{
	for (struct kube_message *next; m; m = next) {
		next = m->next;
		kube_changes_fini(&m->changes);
		kube_message_forget(m);
		free(m->path);
		free(m);
	}
}

void kube_queue_init(struct kube_queue *q)
{
	(void)pthread_mutex_init(&q->lock, NULL);
	q->first = NULL;
	q->end = &q->first;
}

void kube_queue_fini(struct kube_queue *q)
{
	kube_message_free(q->first);
	(void)pthread_mutex_destroy(&q->lock);
}

void kube_queue_put(struct kube_queue *q, struct kube_message *m)
{
	(void)pthread_mutex_lock(&q->lock);
	*q->end = m;
	q->end = &m->next;
	(void)pthread_mutex_unlock(&q->lock);
}

struct kube_message *kube_queue_take(struct kube_queue *q)
{
	struct kube_message *all;

	(void)pthread_mutex_lock(&q->lock);
	all = q->first;
	q->first = NULL;
	q->end = &q->first;
	(void)pthread_mutex_unlock(&q->lock);
	return all;
}
