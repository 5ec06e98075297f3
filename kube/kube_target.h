/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KUBE_KUBE_TARGET_H
#define KUBE_KUBE_TARGET_H

/*
 * Which API server, and who we are to it. Files are named here and read at each
 * request, because a cluster rotates them; texts were in the kubeconfig itself.
 */

#include "common/buf.h"
#include "common/sys.h"

#define KUBE_TARGET_FILES "/var/run/secrets/kubernetes.io/serviceaccount"
#define KUBE_SECRET_MAX (256u << 10)	/* bytes: a bundle of many CAs */

/* A PEM text or a token: in a file, or known; both absent when it is not used. */
struct kube_secret {
	char *path;		/* owned, or NULL */
	struct buf text;	/* wiped by kube_target_fini */
};

struct kube_target {
	char *server;		/* "https://HOST:PORT", no '/' at its end; owned */
	struct kube_secret ca, token, cert, key;
};

/*
 * The cluster that this process is a pod of. HOST and PORT are of the environment
 * (KUBERNETES_SERVICE_HOST and _PORT), and may be NULL; FILES is the directory of
 * the projected volume.
 *
 * Errors  ERR_INVALID when this is no pod.
 * Source  Kubernetes, "Accessing the Kubernetes API from a Pod".
 */
int kube_target_in_cluster(const char *host, const char *port, const char *files,
			   struct kube_target *out, struct err *e) MUST_CHECK;

void kube_target_fini(struct kube_target *t);

static inline void auto_kube_target(struct kube_target *t)
{
	kube_target_fini(t);
}

/*
 * Append what S says now to OUT, without white space at its end.
 *
 * Errors  of fileio_read.
 */
int kube_target_read(struct sys *sys, const struct kube_secret *s, struct buf *out,
		     struct err *e) MUST_CHECK;

#endif
