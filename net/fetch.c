/* SPDX-License-Identifier: Apache-2.0 */
#include "net/fetch.h"

#include <curl/curl.h>
#include <openssl/crypto.h>
#include <string.h>
#include <strings.h>

#include "net/cause.h"
#include "net/guard.h"
#include "net/roots.h"

struct fetch {
	CURL *curl;
	struct sys *sys;
	char error[CURL_ERROR_SIZE];
};

/* The answer under construction, and why libcurl was told to stop, if it was. */
struct taking {
	struct fetch_answer *answer;
	bool get;	/* GET; else POST */
	size_t head_bytes;
	bool head_too_big;
};

int fetch_init(struct err *e)
{
	/* Whoever initialises first decides: libcurl's own call cannot load one any more. */
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
		return err_set(e, ERR_BUG, 0, "unable to start OpenSSL");
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return err_set(e, ERR_BUG, 0, "unable to start libcurl");
	return 0;
}

int fetch_new(struct fetch **out, struct sys *sys, struct err *e)
{
	struct fetch *f = calloc(1, sizeof(*f));

	*out = NULL;
	if (f)
		f->curl = curl_easy_init();
	if (!f || !f->curl) {
		free(f);
		return err_set(e, ERR_NOMEM, 0, "no memory for an HTTP client");
	}
	f->sys = sys;
	*out = f;
	return 0;
}

void fetch_free(struct fetch *f)
{
	if (f)
		curl_easy_cleanup(f->curl);
	free(f);
}

void fetch_answer_fini(struct fetch_answer *a)
{
	buf_fini(&a->body);
}

/* libcurl takes any count but N as "stop". */
static size_t on_body(char *data, size_t one, size_t n, void *user)
{
	struct taking *t = user;

	(void)one;
	buf_add(&t->answer->body, data, n);
	return t->answer->body.failed ? 0 : n;
}

/* Keep the value of line DATA in OUT if its name is NAME; the first such line counts. */
static void pick(const char *data, size_t n, const char *name, char *out, size_t size)
{
	size_t len = strlen(name);

	if (*out || n <= len || data[len] != ':' || strncasecmp(data, name, len) != 0)
		return;
	data += len + 1;
	n -= len + 1;
	while (n && (*data == ' ' || *data == '\t')) {
		data++;
		n--;
	}
	while (n && strchr(" \t\r\n", data[n - 1]))
		n--;
	if (n >= size || memchr(data, '\0', n))
		return;
	memcpy(out, data, n);
	out[n] = '\0';
}

static size_t on_header(char *data, size_t one, size_t n, void *user)
{
	struct taking *t = user;
	struct fetch_answer *a = t->answer;

	(void)one;
	t->head_bytes += n;
	t->head_too_big = t->head_bytes > FETCH_HEAD_MAX;
	if (t->head_too_big)
		return 0;
	if (n >= 5 && !memcmp(data, "HTTP/", 5)) /* a 1xx answer came before this one */
		a->request_id[0] = a->retry_after[0] = a->date[0] = '\0';
	pick(data, n, "request-id", a->request_id, sizeof(a->request_id));
	pick(data, n, "retry-after", a->retry_after, sizeof(a->retry_after));
	pick(data, n, "date", a->date, sizeof(a->date));
	return n;
}

/* curl_easy_setopt, remembering the first failure in RC. */
#define SET(option, value)                                                                         \
	do {                                                                                       \
		if (rc == CURLE_OK)                                                                \
			rc = curl_easy_setopt(curl, option, value);                                \
	} while (0)

static CURLcode set_proxy(CURL *curl, const struct fetch_request *req)
{
	CURLcode rc = CURLE_OK;

	SET(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	if (req->proxy)
		SET(CURLOPT_PROXY, req->proxy);
	if (req->no_proxy)
		SET(CURLOPT_NOPROXY, req->no_proxy);
	return rc;
}

static CURLcode on_ssl_ctx(CURL *curl, void *ctx, void *user)
{
	(void)curl;
	return roots_install(user, ctx) < 0 ? CURLE_OUT_OF_MEMORY : CURLE_OK;
}

static CURLcode set_trust(CURL *curl, struct roots *roots)
{
	CURLcode rc = CURLE_OK;

	SET(CURLOPT_SSL_CTX_FUNCTION, on_ssl_ctx);
	SET(CURLOPT_SSL_CTX_DATA, roots);
	return rc;
}

static CURLcode set_transfer(struct fetch *f, const struct fetch_request *req,
			     struct curl_slist *headers, struct taking *t, long timeout_ms)
{
	CURL *curl = f->curl;
	CURLcode rc = CURLE_OK;

	SET(CURLOPT_FORBID_REUSE, 1L); /* the connection's SSL_CTX borrows the roots */
	SET(CURLOPT_TIMEOUT_MS, timeout_ms);
	SET(CURLOPT_CONNECTTIMEOUT_MS, timeout_ms);
	SET(CURLOPT_HTTPHEADER, headers);
	if (t->get) {
		SET(CURLOPT_HTTPGET, 1L);
	} else {
		SET(CURLOPT_POST, 1L);
		SET(CURLOPT_POSTFIELDS, req->body);
		SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)req->body_len);
	}
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, t);
	SET(CURLOPT_HEADERFUNCTION, on_header);
	SET(CURLOPT_HEADERDATA, t);
	return rc;
}

/* Whether RC proves that the request never left. Source: libcurl-errors(3). */
static bool never_sent(CURLcode rc)
{
	return rc == CURLE_COULDNT_RESOLVE_HOST || rc == CURLE_COULDNT_RESOLVE_PROXY ||
	       rc == CURLE_COULDNT_CONNECT || rc == CURLE_SSL_CONNECT_ERROR ||
	       rc == CURLE_PEER_FAILED_VERIFICATION;
}

static enum fetch_result failed(const struct taking *t, const struct cause *why, struct err *e)
{
	CURLcode rc = why->rc;

	if (t->head_too_big)
		err_set(e, ERR_TOO_BIG, 0, "the answer's headers are larger than %d bytes",
			FETCH_HEAD_MAX);
	else if (t->answer->body.failed == ERR_TOO_BIG)
		err_set(e, ERR_TOO_BIG, 0, "the answer is larger than %d bytes", FETCH_BODY_MAX);
	else if (t->answer->body.failed || rc == CURLE_OUT_OF_MEMORY)
		err_set(e, ERR_NOMEM, 0, "no memory for an HTTP exchange");
	else
		cause_tell(why, e);
	return never_sent(rc) ? FETCH_NOT_SENT : FETCH_LOST;
}

/* The list for libcurl, or NULL. "Expect:" off: no wait for a 100 Continue, no resend on 417. */
static struct curl_slist *header_list(const char *const *headers)
{
	struct curl_slist *list = curl_slist_append(NULL, "Expect:");

	for (; list && *headers; headers++) {
		struct curl_slist *longer = curl_slist_append(list, *headers);

		if (!longer)
			curl_slist_free_all(list);
		list = longer;
	}
	return list;
}

/* Set everything, then perform; HEADERS is NULL when memory ended. */
static CURLcode perform(struct fetch *f, const struct fetch_request *req,
			struct curl_slist *headers, struct roots *roots, struct taking *t,
			long timeout_ms)
{
	CURLcode rc = CURLE_OUT_OF_MEMORY;
	long status = 0;

	if (headers)
		rc = guard_handle(f->curl, req->url, req->insecure, f->error);
	if (rc == CURLE_OK)
		rc = set_proxy(f->curl, req);
	if (rc == CURLE_OK)
		rc = set_trust(f->curl, roots);
	if (rc == CURLE_OK)
		rc = set_transfer(f, req, headers, t, timeout_ms);
	if (rc == CURLE_OK)
		rc = curl_easy_perform(f->curl);
	if (rc == CURLE_OK)
		rc = curl_easy_getinfo(f->curl, CURLINFO_RESPONSE_CODE, &status);
	t->answer->status = (int)status;
	return rc;
}

static enum fetch_result exchange(struct fetch *f, const struct fetch_request *req, bool get,
				  struct fetch_answer *out, struct err *e)
{
	int64_t left_ms = mono_diff_ms(req->deadline, f->sys->ops->boot_now(f->sys));
	AUTO(fetch_answer) struct fetch_answer answer = { .body.max = FETCH_BODY_MAX };
	struct taking t = { .answer = &answer, .get = get };
	struct curl_slist *headers;
	enum fetch_result result = FETCH_ANSWERED;
	struct roots roots;
	CURLcode rc;

	if (left_ms <= 0) {
		err_set(e, ERR_TIMEOUT, 0, "the deadline passed before the exchange began");
		return FETCH_NOT_SENT;
	}
	f->error[0] = '\0';
	headers = header_list(req->headers);
	roots_init(&roots, req->ca_pem, req->ca_len);
	rc = perform(f, req, headers, &roots, &t, (long)left_ms);
	if (rc != CURLE_OK)
		result = failed(&t, &(struct cause){ f->curl, rc, req->url, req->proxy, f->error,
						     (long)left_ms }, e);
	/* The handle outlives this frame: let it refer to nothing of it. */
	curl_easy_reset(f->curl);
	curl_slist_free_all(headers);
	roots_fini(&roots);
	if (result != FETCH_ANSWERED)
		return result;
	*out = answer;
	buf_init(&answer.body, FETCH_BODY_MAX);
	return FETCH_ANSWERED;
}

enum fetch_result fetch_post(struct fetch *f, const struct fetch_request *req,
			     struct fetch_answer *out, struct err *e)
{
	return exchange(f, req, false, out, e);
}

enum fetch_result fetch_get(struct fetch *f, const struct fetch_request *req,
			    struct fetch_answer *out, struct err *e)
{
	return exchange(f, req, true, out, e);
}
