/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/kubeconfig.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/base64.h"
#include "common/fileio.h"
#include "config/yamldoc.h"

static int no_memory(struct err *e)
{
	return err_set(e, ERR_NOMEM, 0, "no memory for the cluster's address");
}

/* An open kubeconfig: for relative paths and messages. */
struct reading {
	struct yamldoc doc;
	const char *path;
	struct err *e;
};

static void auto_reading(struct reading *r)
{
	yamldoc_fini(&r->doc);
}

static const char *text_of(const struct yamldoc_node *map, const char *key)
{
	const struct yamldoc_node *n = map && map->kind == YAMLDOC_MAP ? yamldoc_get(map, key) :
									 NULL;

	return n && n->text && *n->text ? n->text : NULL;
}

/* The map BODY of LIST's entry called NAME: clusters, users and contexts are such lists. */
static const struct yamldoc_node *named(const struct reading *r, const char *list,
					const char *name, const char *body)
{
	const struct yamldoc_node *all = yamldoc_get(r->doc.root, list);

	for (const struct yamldoc_node *i = all ? all->first : NULL; i; i = i->next) {
		const char *its = text_of(i, "name");

		if (its && !strcmp(its, name))
			return yamldoc_get(i, body);
	}
	(void)err_set(r->e, ERR_INVALID, 0, "%s: %s: there is no \"%s\"; use a complete kubeconfig",
		      r->path, list, name);
	return NULL;
}

/* NAME as the kubeconfig means it: relative to its own directory. */
static int set_path(const struct reading *r, const char *name, char **out)
{
	const char *slash = strrchr(r->path, '/');
	int len = slash ? (int)(slash - r->path) : 1;

	if (name[0] == '/')
		*out = strdup(name);
	else if (asprintf(out, "%.*s/%s", len, slash ? r->path : ".", name) < 0)
		*out = NULL;
	return *out ? 0 : no_memory(r->e);
}

/* What MAP says under KEY (a path) or KEY-data (base64); neither is no error. */
static int read_secret(const struct reading *r, const struct yamldoc_node *map, const char *key,
		       struct kube_secret *out)
{
	char data[40];
	const char *text;

	buf_init(&out->text, KUBE_SECRET_MAX);
	(void)snprintf(data, sizeof(data), "%s-data", key);
	text = text_of(map, data);
	if (!text) {
		text = text_of(map, key);
		return text ? set_path(r, text, &out->path) : 0;
	}
	if (!base64_decode(&out->text, text, strlen(text)))
		return err_set(r->e, ERR_INVALID, 0, "%s: %s: not base64", r->path, data);
	return buf_check(&out->text, data, r->e);
}

static int read_token(const struct reading *r, const struct yamldoc_node *user,
		      struct kube_secret *out)
{
	const char *file = text_of(user, "tokenFile"), *text = text_of(user, "token");

	buf_init(&out->text, KUBE_SECRET_MAX);
	if (file)
		return set_path(r, file, &out->path);
	if (text)
		buf_adds(&out->text, text);
	return buf_check(&out->text, "the token", r->e);
}

static bool starts(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

static int read_server(const struct reading *r, const struct yamldoc_node *cluster, char **out)
{
	const char *server = text_of(cluster, "server");
	size_t len = server ? strlen(server) : 0;

	if (!server || !(starts(server, "https://") || starts(server, "http://127.0.0.1:") ||
			 starts(server, "http://[::1]:") || starts(server, "http://localhost:")))
		return err_set(r->e, ERR_INVALID, 0,
			       "%s: clusters: server: not an address for this; use https://HOST",
			       r->path);
	while (server[len - 1] == '/')
		len--;
	*out = strndup(server, len);
	return *out ? 0 : no_memory(r->e);
}

/*
 * Without what these say we would be somebody else to the server, or it to us.
 * Source: client-go tools/clientcmd/api/v1, Cluster and AuthInfo.
 */
static int refuse_others(const struct reading *r, const char *list, const struct yamldoc_node *map)
{
	static const char *const keys[] = {
		"tls-server-name", "insecure-skip-tls-verify", "proxy-url", "exec",
		"auth-provider",   "username",		       "password",  "as",
		"as-uid",	   "as-groups",		       "as-user-extra",
	};

	for (size_t i = 0; i < COUNTOF(keys); i++) {
		const struct yamldoc_node *n =
			map->kind == YAMLDOC_MAP ? yamldoc_get(map, keys[i]) : NULL;

		if (n && !(n->text && (!*n->text || !strcmp(n->text, "false"))))
			return err_set(r->e, ERR_INVALID, 0,
				       "%s: %s: %s: not supported here; use a kubeconfig with "
				       "certificate-authority, and a token or a client certificate",
				       r->path, list, keys[i]);
	}
	return 0;
}

static int read_target(const struct reading *r, struct kube_target *t)
{
	const char *current = text_of(r->doc.root, "current-context");
	const struct yamldoc_node *context, *cluster, *user;
	const char *cluster_name, *user_name;

	if (!current)
		return err_set(r->e, ERR_INVALID, 0,
			       "%s: current-context is missing; name one of its contexts", r->path);
	context = named(r, "contexts", current, "context");
	if (!context)
		return -1;
	cluster_name = text_of(context, "cluster");
	user_name = text_of(context, "user");
	cluster = named(r, "clusters", cluster_name ? cluster_name : "", "cluster");
	if (!cluster || refuse_others(r, "clusters", cluster) < 0 ||
	    read_server(r, cluster, &t->server) < 0 ||
	    read_secret(r, cluster, "certificate-authority", &t->ca) < 0)
		return -1;
	if (!user_name) /* `kubectl proxy` has none */
		return 0;
	user = named(r, "users", user_name, "user");
	if (!user || refuse_others(r, "users", user) < 0 || read_token(r, user, &t->token) < 0 ||
	    read_secret(r, user, "client-certificate", &t->cert) < 0)
		return -1;
	return read_secret(r, user, "client-key", &t->key);
}

int kubeconfig_read(struct sys *sys, const char *path, struct kube_target *out,
			   struct err *e)
{
	AUTO(kube_target) struct kube_target t = { .server = NULL };
	AUTO(reading) struct reading r = { .path = path, .e = e };
	AUTO(buf) struct buf text;

	buf_init(&text, YAMLDOC_BYTES_MAX);
	if (fileio_read(sys, AT_FDCWD, path, 0, &text, e) < 0 ||
	    yamldoc_parse(&r.doc, text.data ? text.data : "", text.len, path, e) < 0)
		return -1;
	if (!r.doc.root || r.doc.root->kind != YAMLDOC_MAP)
		return err_set(e, ERR_INVALID, 0, "%s: not a kubeconfig", path);
	if (read_target(&r, &t) < 0)
		return -1;
	*out = t;
	t = (struct kube_target){ .server = NULL };
	return 0;
}
