/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KUBE_KUBE_H
#define KUBE_KUBE_H

/*
 * The kube thread: it owns every connection to the API server, follows
 * Namespaces, ServiceAccounts and pods, and reads single objects on demand. The
 * server's thread talks to it by messages only (kube_queue.h).
 */

#include "common/log.h"
#include "kube/kube_queue.h"
#include "kube/kube_target.h"

struct kube;

/*
 * Start it. To be called while there is one thread.
 *
 * target  taken; all zero after.
 * log     its sys, descriptor and level are used, by a log of the thread's own.
 * pods    what is kept of a pod (kube_event.h), called on the kube thread; NULL: they are
 *         not followed.
 * wake    called on the kube thread after messages were put; must be thread-safe.
 * Errors  ERR_NOMEM, ERR_IO. That the API server cannot be reached is none: it
 *         is tried again for ever.
 */
int kube_start(struct kube **out, struct kube_target *target, const struct log *log,
	       const char *prefix,
	       int (*pods)(const struct json_t *object, const char *prefix, char **out),
	       void (*wake)(void *ctx), void *ctx, struct err *e) MUST_CHECK;
/* End the thread, wait for it, and free K; NULL is fine. */
void kube_stop(struct kube *k);

/*
 * The messages for the server so far, oldest first; ended with kube_message_free. What was
 * read by a prefix that is in use no more is left out; a KUBE_GOT then says that nothing came.
 */
struct kube_message *kube_take(struct kube *k);

/*
 * Have WANTED read by DEADLINE; a KUBE_GOT with ID answers, in any case.
 *
 * Errors  ERR_NOMEM: no answer will come.
 */
int kube_ask(struct kube *k, uint64_t id, const struct kube_name *wanted,
	     struct mono deadline, struct err *e) MUST_CHECK;

/*
 * Have a request sent as it is; a KUBE_ANSWER with ID tells of it, in any case.
 *
 * method        static; NULL: GET, else one with a body: POST, PUT, PATCH.
 * content_type  static.
 * path, body    copied.
 * Errors  ERR_NOMEM: no answer will come.
 */
int kube_request(struct kube *k, uint64_t id, const char *method, const char *path,
		 const char *content_type, const char *body, struct err *e) MUST_CHECK;

/*
 * List again by another PREFIX: 1, and what was heard before counts no more, or 0 when it is
 * the one in use.
 *
 * Errors  ERR_NOMEM: what was heard counts no more either, and nothing will be heard until
 *         another try succeeds.
 */
int kube_set_prefix(struct kube *k, const char *prefix, struct err *e) MUST_CHECK;

#endif
