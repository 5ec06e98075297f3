/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/kube_get.h"

#include <stdio.h>
#include <string.h>

#include "common/syntax.h"

#define OBJECT_MAX (4u << 20)
#define PATH_SIZE 512

struct kube_get *kube_get_new(struct kube_http *http, struct sys *sys, const char *prefix,
			      struct kube_message *ask,
			      void (*done)(void *ctx, struct kube_get *g, struct kube_message *m),
			      void *ctx)
{
	struct kube_get *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->http = http;
	g->sys = sys;
	g->prefix = prefix;
	g->ask = ask;
	g->done = done;
	g->ctx = ctx;
	buf_init(&g->body, OBJECT_MAX);
	return g;
}

void kube_get_free(struct kube_get *g)
{
	if (!g)
		return;
	kube_http_cancel(g->http, &g->call);
	kube_message_free(g->ask);
	buf_fini(&g->body);
	free(g);
}

/* The object was read, with TEXT of it, or WHY not. */
static void finish(struct kube_get *g, bool found, char *text, const char *why)
{
	struct kube_message *m = TAKE(g->ask);

	m->type = KUBE_GOT;
	m->found = found;
	m->text = text;
	(void)snprintf(m->why, sizeof(m->why), "%.*s", (int)sizeof(m->why) - 1, why);
	g->done(g->ctx, g, m);
}

static void take_object(struct kube_get *g)
{
	AUTO(kube_change) struct kube_change c = { .gone = false };
	struct err e = { 0 };

	if (kube_event_object(g->body.data ? g->body.data : "", g->body.len, g->prefix, &c, &e) <
	    0) {
		finish(g, false, NULL, e.msg);
		return;
	}
	finish(g, true, TAKE(c.text), "");
}

static bool on_data(void *ctx, const char *data, size_t len)
{
	struct kube_get *g = ctx;

	buf_add(&g->body, data, len);
	return !g->body.failed;
}

static void on_done(void *ctx, int status, const struct err *e)
{
	struct kube_get *g = ctx;
	char why[64];

	if (status == 401 && !g->renewed) {
		g->renewed = true;
		kube_get_start(g);
		return;
	}
	if (status == 200) {
		take_object(g);
		return;
	}
	(void)snprintf(why, sizeof(why), "the API server answers %d", status);
	finish(g, false, NULL,
	       !status	       ? e->msg :
	       status == 404 ? "it does not exist" :
			       why);
}

/* False for a name that no object can have; the pod's author wrote it: no path is made of it. */
static bool make_path(const struct kube_name *w, char out[PATH_SIZE])
{
	bool account = w->kind == KUBE_SERVICE_ACCOUNT;

	if (account ? !syntax_label(w->namespace_) || !syntax_subdomain(w->name) :
		      !syntax_label(w->name))
		return false;
	(void)snprintf(out, PATH_SIZE, "/api/v1/namespaces/%s%s%s", account ? w->namespace_ : "",
		       account ? "/serviceaccounts/" : "", w->name);
	return true;
}

void kube_get_start(struct kube_get *g)
{
	int64_t left_ms = mono_diff_ms(g->ask->deadline, g->sys->ops->boot_now(g->sys));
	struct err e = { 0 };
	char path[PATH_SIZE];

	if (!make_path(&g->ask->wanted, path)) {
		finish(g, false, NULL, "it is not a name");
		return;
	}
	if (left_ms <= 0) {
		finish(g, false, NULL, "no answer in time");
		return;
	}
	buf_reset(&g->body);
	g->call = (struct kube_call){ .path = path, .accept = KUBE_ACCEPT_ONE,
				      .timeout_ms = left_ms, .on_data = on_data,
				      .on_done = on_done, .ctx = g };
	if (kube_http_start(g->http, &g->call, &e) < 0)
		finish(g, false, NULL, e.msg);
}
