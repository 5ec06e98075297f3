/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTROLLER_KUBECONFIG_H
#define CONTROLLER_KUBECONFIG_H

/* A kubeconfig file, as kubectl reads it, for what this program can use of it. */

#include "kube/kube_target.h"

/*
 * The current context of the kubeconfig at PATH: server, certificate-authority,
 * client-certificate, client-key (each also as -data), token and tokenFile.
 * http:// is taken for 127.0.0.1, [::1] and localhost alone, where `kubectl proxy`
 * listens. Plugins (exec, auth-provider) are not run.
 *
 * Errors  ERR_IO, ERR_TOO_BIG, ERR_NOMEM; ERR_INVALID "PATH:LINE: key: what; use …".
 * Source  Kubernetes client configuration (v1) API, Config.
 */
int kubeconfig_read(struct sys *sys, const char *path, struct kube_target *out,
		    struct err *e) MUST_CHECK;

#endif
