/* SPDX-License-Identifier: Apache-2.0 */
#include "kube/kube_http.h"

#include <stdio.h>
#include <string.h>

#include "net/guard.h"

#define CONNECT_MS 10000
#define CONNECTIONS_MAX 16L	/* two watches, and GETs for parked reviews */

struct kube_http {
	CURLM *multi;
	const struct kube_target *target;
	struct sys *sys;
};

struct kube_transfer {
	CURL *easy;
	struct curl_slist *headers;	/* holds the token: wiped */
	struct kube_call *call;
	bool too_big;
	char error[CURL_ERROR_SIZE];
};

int kube_http_new(struct kube_http **out, const struct kube_target *target, struct sys *sys,
		  struct err *e)
{
	struct kube_http *h = calloc(1, sizeof(*h));

	*out = NULL;
	if (!h || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		free(h);
		return err_set(e, ERR_NOMEM, 0, "unable to start libcurl");
	}
	h->target = target;
	h->sys = sys;
	h->multi = curl_multi_init();
	if (!h->multi || curl_multi_setopt(h->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS,
					   CONNECTIONS_MAX) != CURLM_OK) {
		kube_http_free(h);
		return err_set(e, ERR_NOMEM, 0, "no memory for an HTTP client");
	}
	*out = h;
	return 0;
}

void kube_http_free(struct kube_http *h)
{
	if (!h)
		return;
	(void)curl_multi_cleanup(h->multi);
	curl_global_cleanup();
	free(h);
}

static void free_transfer(struct kube_transfer *t)
{
	if (!t)
		return;
	curl_easy_cleanup(t->easy);
	for (struct curl_slist *l = t->headers; l; l = l->next)
		explicit_bzero(l->data, strlen(l->data));
	curl_slist_free_all(t->headers);
	free(t);
}

static void auto_transfer(struct kube_transfer **t)
{
	free_transfer(*t);
}

static size_t on_write(char *data, size_t one, size_t n, void *user)
{
	struct kube_transfer *t = user;
	long status = 0;

	(void)one;
	/* What comes with another status is a Status object for people, and not kept. */
	if (curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status) != CURLE_OK ||
	    (status != 200 && status != 201))
		return n;
	if (t->call->on_data(t->call->ctx, data, n))
		return n;
	t->too_big = true;
	return CURL_WRITEFUNC_ERROR;
}

static int add_header(struct kube_transfer *t, const char *name, const char *value, struct err *e)
{
	AUTO(buf) struct buf line;
	struct curl_slist *longer;

	buf_init(&line, KUBE_SECRET_MAX);
	buf_addf(&line, "%s: %s", name, value);
	if (buf_check(&line, "a header", e) < 0)
		return -1;
	longer = curl_slist_append(t->headers, line.data);
	if (!longer)
		return err_set(e, ERR_NOMEM, 0, "no memory for a request");
	t->headers = longer;
	return 0;
}

static int add_token(struct kube_http *h, struct kube_transfer *t, struct err *e)
{
	AUTO(buf) struct buf token, value;

	buf_init(&token, KUBE_SECRET_MAX);
	buf_init(&value, KUBE_SECRET_MAX);
	if (kube_target_read(h->sys, &h->target->token, &token, e) < 0)
		return -1;
	if (!token.len)
		return 0;
	if (token.data[strcspn(token.data, "\r\n")] || strlen(token.data) != token.len)
		return err_set(e, ERR_INVALID, 0, "the token for the API server is not one line");
	buf_addf(&value, "Bearer %s", token.data);
	return value.failed ? buf_check(&value, "the token", e) :
			      add_header(t, "Authorization", value.data, e);
}

#define SET(option, value)                                                                         \
	do {                                                                                       \
		if (rc == CURLE_OK)                                                                \
			rc = curl_easy_setopt(easy, option, value);                                \
	} while (0)

static CURLcode set_blob(CURL *easy, CURLoption option, const struct buf *text)
{
	struct curl_blob blob = { .data = text->data, .len = text->len, .flags = CURL_BLOB_COPY };

	return text->len ? curl_easy_setopt(easy, option, &blob) : CURLE_OK;
}

/* Only the cluster's own CA counts, as it is now. */
static CURLcode set_trust(CURL *easy, const struct buf *ca, const struct buf *cert,
			  const struct buf *key)
{
	CURLcode rc = CURLE_OK;

	SET(CURLOPT_SSLCERTTYPE, "PEM");
	SET(CURLOPT_SSLKEYTYPE, "PEM");
	if (rc == CURLE_OK)
		rc = set_blob(easy, CURLOPT_CAINFO_BLOB, ca);
	if (rc == CURLE_OK)
		rc = set_blob(easy, CURLOPT_SSLCERT_BLOB, cert);
	return rc == CURLE_OK ? set_blob(easy, CURLOPT_SSLKEY_BLOB, key) : rc;
}

static int set_files(struct kube_http *h, struct kube_transfer *t, struct err *e)
{
	AUTO(buf) struct buf ca, cert, key;

	buf_init(&ca, KUBE_SECRET_MAX);
	buf_init(&cert, KUBE_SECRET_MAX);
	buf_init(&key, KUBE_SECRET_MAX);
	if (kube_target_read(h->sys, &h->target->ca, &ca, e) < 0 ||
	    kube_target_read(h->sys, &h->target->cert, &cert, e) < 0 ||
	    kube_target_read(h->sys, &h->target->key, &key, e) < 0 || add_token(h, t, e) < 0)
		return -1;
	if (set_trust(t->easy, &ca, &cert, &key) != CURLE_OK)
		return err_set(e, ERR_NOMEM, 0, "no memory for a request");
	return 0;
}

static CURLcode set_body(CURL *easy, const struct kube_call *call)
{
	CURLcode rc = CURLE_OK;

	if (!call->method)
		return rc;
	SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body_len);
	SET(CURLOPT_POSTFIELDS, call->body);
	SET(CURLOPT_CUSTOMREQUEST, call->method);
	return rc;
}

static CURLcode set_call(struct kube_transfer *t)
{
	CURL *easy = t->easy;
	CURLcode rc = set_body(easy, t->call);

	SET(CURLOPT_PATH_AS_IS, 1L);
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
	SET(CURLOPT_TIMEOUT_MS, (long)t->call->timeout_ms);
	SET(CURLOPT_TCP_KEEPALIVE, 1L);
	SET(CURLOPT_TCP_KEEPIDLE, 30L);
	SET(CURLOPT_TCP_KEEPINTVL, 10L);
	SET(CURLOPT_WRITEFUNCTION, on_write);
	SET(CURLOPT_WRITEDATA, t);
	SET(CURLOPT_PRIVATE, t);
	SET(CURLOPT_HTTPHEADER, t->headers);
	return rc;
}

/* "Expect:" off: no wait for a 100 Continue. */
static int add_headers(struct kube_transfer *t, struct err *e)
{
	if (add_header(t, "Accept", t->call->accept, e) < 0)
		return -1;
	if (!t->call->method)
		return 0;
	if (add_header(t, "Expect", "", e) < 0)
		return -1;
	return add_header(t, "Content-Type", t->call->content_type, e);
}

int kube_http_start(struct kube_http *h, struct kube_call *call, struct err *e)
{
	AUTO(transfer) struct kube_transfer *t = calloc(1, sizeof(*t));
	AUTO(free) char *url = NULL;

	if (asprintf(&url, "%s%s", h->target->server, call->path) < 0)
		url = NULL;
	if (t)
		t->easy = curl_easy_init();
	if (!t || !t->easy || !url)
		return err_set(e, ERR_NOMEM, 0, "no memory for a request");
	t->call = call;
	/* http:// was judged by whoever made the target. */
	if (guard_handle(t->easy, url, !strncmp(url, "http://", 7), t->error) != CURLE_OK)
		return err_set(e, ERR_NOMEM, 0, "no memory for a request");
	if (add_headers(t, e) < 0 || set_files(h, t, e) < 0)
		return -1;
	if (set_call(t) != CURLE_OK || curl_multi_add_handle(h->multi, t->easy) != CURLM_OK)
		return err_set(e, ERR_NOMEM, 0, "no memory for a request");
	call->transfer = TAKE(t);
	return 0;
}

void kube_http_cancel(struct kube_http *h, struct kube_call *call)
{
	if (!call->transfer)
		return;
	(void)curl_multi_remove_handle(h->multi, call->transfer->easy);
	free_transfer(TAKE(call->transfer));
}

/* Why the transfer failed, in words for the log. */
static void describe(const struct kube_transfer *t, CURLcode rc, struct err *e)
{
	if (t->too_big)
		(void)err_set(e, ERR_TOO_BIG, 0, "the API server's answer is too large");
	else
		(void)err_set(e, rc == CURLE_OPERATION_TIMEDOUT ? ERR_TIMEOUT : ERR_TRANSIENT, 0,
			      "%s", t->error[0] ? t->error : curl_easy_strerror(rc));
}

static void finish(struct kube_http *h, CURL *easy, CURLcode rc)
{
	struct kube_transfer *t = NULL;
	struct kube_call *call;
	struct err e = { 0 };
	long status = 0;

	(void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&t);
	(void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	call = t->call;
	if (rc != CURLE_OK)
		describe(t, rc, &e);
	kube_http_cancel(h, call);
	call->on_done(call->ctx, rc == CURLE_OK ? (int)status : 0, &e);
}

/* Move every transfer on and end those that are through: how many, or -1. */
static int perform(struct kube_http *h)
{
	CURLMsg *message;
	int running, left, ended = 0;

	if (curl_multi_perform(h->multi, &running) != CURLM_OK)
		return -1;
	while ((message = curl_multi_info_read(h->multi, &left))) {
		if (message->msg != CURLMSG_DONE)
			continue;
		finish(h, message->easy_handle, message->data.result);
		ended++;
	}
	return ended;
}

int kube_http_turn(struct kube_http *h, int timeout_ms, struct err *e)
{
	int ended = perform(h);

	/* An end may have made something due; and the wait would not notice that it came. */
	if (ended > 0)
		return 0;
	if (ended < 0 || curl_multi_poll(h->multi, NULL, 0, timeout_ms, NULL) != CURLM_OK ||
	    perform(h) < 0)
		return err_set(e, ERR_IO, 0, "libcurl's event loop failed");
	return 0;
}

void kube_http_wake(struct kube_http *h)
{
	(void)curl_multi_wakeup(h->multi);
}
