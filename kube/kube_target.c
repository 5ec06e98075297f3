/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/kube_target.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/fileio.h"

static void auto_secret(struct kube_secret *s)
{
	free(s->path);
	buf_fini(&s->text);
}

void kube_target_fini(struct kube_target *t)
{
	auto_secret(&t->ca);
	auto_secret(&t->token);
	auto_secret(&t->cert);
	auto_secret(&t->key);
	free(t->server);
	*t = (struct kube_target){ .server = NULL };
}

static int no_memory(struct err *e)
{
	return err_set(e, ERR_NOMEM, 0, "no memory for the cluster's address");
}

static int join(char **out, struct err *e, const char *a, const char *b)
{
	return asprintf(out, "%s/%s", a, b) < 0 ? no_memory(e) : 0;
}

int kube_target_in_cluster(const char *host, const char *port, const char *files,
			   struct kube_target *out, struct err *e)
{
	AUTO(kube_target) struct kube_target t = { .server = NULL };
	bool v6 = host && strchr(host, ':');

	if (!host || !*host || !port || !*port)
		return err_set(e, ERR_INVALID, 0,
			       "no cluster: KUBERNETES_SERVICE_HOST and _PORT are not set; run "
			       "in a pod, or use --kubeconfig FILE or --no-cluster");
	if (asprintf(&t.server, "https://%s%s%s:%s", v6 ? "[" : "", host, v6 ? "]" : "", port) < 0)
		return no_memory(e);
	if (join(&t.ca.path, e, files, "ca.crt") < 0 || join(&t.token.path, e, files, "token") < 0)
		return -1;
	*out = t;
	t = (struct kube_target){ .server = NULL };
	return 0;
}

int kube_target_read(struct sys *sys, const struct kube_secret *s, struct buf *out, struct err *e)
{
	if (s->path && fileio_read(sys, AT_FDCWD, s->path, 0, out, e) < 0)
		return -1;
	if (!s->path && s->text.len)
		buf_add(out, s->text.data, s->text.len);
	while (out->len && strchr(" \t\r\n", out->data[out->len - 1]))
		out->data[--out->len] = '\0';
	return buf_check(out, "a credential for the API server", e);
}
