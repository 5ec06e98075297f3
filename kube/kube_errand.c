/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/kube_errand.h"

#include <stdio.h>
#include <string.h>

#include "common/syntax.h"

#define OBJECT_MAX (4u << 20)
#define PATH_SIZE 512

struct kube_errand *kube_errand_new(struct kube_http *http, struct sys *sys, const char *prefix,
				    struct kube_message *message,
				    void (*done)(void *ctx, struct kube_errand *d,
						 struct kube_message *m),
				    void *ctx)
{
	struct kube_errand *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->http = http;
	d->sys = sys;
	d->prefix = prefix;
	d->message = message;
	d->done = done;
	d->ctx = ctx;
	buf_init(&d->body, OBJECT_MAX);
	return d;
}

void kube_errand_free(struct kube_errand *d)
{
	if (!d)
		return;
	kube_http_cancel(d->http, &d->call);
	kube_message_free(d->message);
	buf_fini(&d->body);
	free(d);
}

void kube_errand_refuse(struct kube_message *m, const char *why)
{
	m->type = m->type == KUBE_REQUEST ? KUBE_ANSWER : KUBE_GOT;
	m->found = false;
	m->status = 0;
	kube_message_forget(m);
	(void)snprintf(m->why, sizeof(m->why), "%.*s", (int)sizeof(m->why) - 1, why);
}

static void fail(struct kube_errand *d, const char *why)
{
	struct kube_message *m = TAKE(d->message);

	kube_errand_refuse(m, why);
	d->done(d->ctx, d, m);
}

static void take_object(struct kube_errand *d)
{
	AUTO(kube_change) struct kube_change c = { .gone = false };
	struct err e = { 0 };
	struct kube_message *m;

	if (kube_event_object(d->body.data ? d->body.data : "", d->body.len, d->prefix, &c, &e) <
	    0) {
		fail(d, e.msg);
		return;
	}
	m = TAKE(d->message);
	m->type = KUBE_GOT;
	m->found = true;
	m->text = TAKE(c.text);
	d->done(d->ctx, d, m);
}

static void take_answer(struct kube_errand *d, int status)
{
	struct kube_message *m = TAKE(d->message);

	m->type = KUBE_ANSWER;
	m->status = status;
	kube_message_forget(m); /* what was sent */
	m->text = buf_take(&d->body);
	d->done(d->ctx, d, m);
}

static bool on_data(void *ctx, const char *data, size_t len)
{
	struct kube_errand *d = ctx;

	buf_add(&d->body, data, len);
	return !d->body.failed;
}

static void on_done(void *ctx, int status, const struct err *e)
{
	struct kube_errand *d = ctx;
	char why[64];

	if (status == 401 && !d->renewed) {
		d->renewed = true;
		kube_errand_start(d);
		return;
	}
	if (status && d->message->type == KUBE_REQUEST) {
		take_answer(d, status);
		return;
	}
	if (status == 200) {
		take_object(d);
		return;
	}
	(void)snprintf(why, sizeof(why), "the API server answers %d", status);
	fail(d, !status ? e->msg : status == 404 ? "it does not exist" : why);
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

void kube_errand_start(struct kube_errand *d)
{
	const struct kube_message *m = d->message;
	bool object = m->type == KUBE_ASK;
	int64_t left_ms = mono_diff_ms(m->deadline, d->sys->ops->boot_now(d->sys));
	struct err e = { 0 };
	char path[PATH_SIZE];

	if (object && !make_path(&m->wanted, path)) {
		fail(d, "it is not a name");
		return;
	}
	if (left_ms <= 0) {
		fail(d, "no answer in time");
		return;
	}
	buf_reset(&d->body);
	d->call = (struct kube_call){ .path = object ? path : m->path,
				      .accept = object ? KUBE_ACCEPT_ONE : KUBE_ACCEPT_JSON,
				      .method = m->method, .content_type = m->content_type,
				      .body = m->text, .body_len = m->text ? strlen(m->text) : 0,
				      .timeout_ms = left_ms, .on_data = on_data,
				      .on_done = on_done, .ctx = d };
	if (kube_http_start(d->http, &d->call, &e) < 0)
		fail(d, e.msg);
}
