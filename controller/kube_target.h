/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTROLLER_KUBE_TARGET_H
#define CONTROLLER_KUBE_TARGET_H

/*
 * Which API server, and who we are to it. Files are named here and read at each
 * request, because a cluster rotates them; texts were in the kubeconfig itself.
 */

#include "common/buf.h"
#include "common/sys.h"

#define KUBE_TARGET_FILES "/var/run/secrets/kubernetes.io/serviceaccount"

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

/*
 * The current context of the kubeconfig at PATH: server, certificate-authority,
 * client-certificate, client-key (each also as -data), token and tokenFile.
 * http:// is taken for 127.0.0.1, [::1] and localhost alone, where `kubectl proxy`
 * listens. Plugins (exec, auth-provider) are not run.
 *
 * Errors  ERR_IO, ERR_TOO_BIG, ERR_NOMEM; ERR_INVALID "PATH:LINE: key: what; use …".
 * Source  Kubernetes client configuration (v1) API, Config.
 */
int kube_target_kubeconfig(struct sys *sys, const char *path, struct kube_target *out,
			   struct err *e) MUST_CHECK;

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
