/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTROLLER_CLUSTER_H
#define CONTROLLER_CLUSTER_H

/*
 * The server's side of the cluster: the store, kept by what the kube thread
 * says, and the questions of reviews that miss in it. On the server's thread.
 */

#include "controller/admission.h"
#include "controller/apiversion.h"
#include "controller/args.h"
#include "controller/certs.h"
#include "controller/events.h"
#include "controller/issuer.h"
#include "controller/store.h"
#include "kube/kube.h"

struct cluster {
	struct store store;
	struct events events;
	struct apiversion version;
	struct issuer issuer;
	struct certs certs;		/* with --tls-secret; else all zero */
	struct kube *kube;		/* NULL: --no-cluster */
	struct admission *admission;	/* borrowed, as the log */
	struct log *log;
	struct pods_rows pods;		/* as last measured */
	bool pods_known;		/* by the prefix in force: what ends from now on is news */
	uint64_t ends[ENDS_REASONS];	/* of writers, since then */
	struct mono heard[STORE_KINDS];	/* when of each kind something came last */
	bool synced;			/* said in the log */
};

/*
 * Reach for the cluster that ARGS names, unless it says --no-cluster, and let
 * ADMISSION ask it. WAKE is called on another thread: cluster_on_wake is then due.
 *
 * Errors  of kubeconfig_read, kube_target_in_cluster, kube_start and certs_init. C needs
 *         cluster_fini also then.
 */
int cluster_init(struct cluster *c, const struct args *args, struct log *log,
		 struct admission *admission, const char *prefix, void (*wake)(void *ctx),
		 void *ctx, struct err *e) MUST_CHECK;
void cluster_fini(struct cluster *c);

/* Take what the kube thread has to say. */
void cluster_on_wake(struct cluster *c);

/* Note in M how well the cluster is followed, and its pods as SETTINGS has them, those in force. */
void cluster_measure(struct cluster *c, const struct settings *settings, struct metrics *m);

/* About once a second: PREFIX is the one in force. */
void cluster_poll(struct cluster *c, const char *prefix);

/* Are the caches filled, and is the version known? Always true without a cluster. */
bool cluster_synced(const struct cluster *c);

#endif
