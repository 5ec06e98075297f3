/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/controller/cert_api.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "common/base64.h"
#include "common/jsonspan.h"

#define TURNS 100 /* more requests without a rest are a loop */

static const char *const keys[CERT_API_KEYS] = { "ca.crt", "tls.crt", "tls.key", "next.crt",
						 "next.key" };
static const char *const entries[CERT_API_WEBHOOKS] = { "enabled.wif.anthropic.com",
							"observe.wif.anthropic.com",
							"asking.wif.anthropic.com" };

struct cert_api cert_api_open(void)
{
	return (struct cert_api){ .version = { 10, 20, 30 } };
}

void cert_api_close(struct cert_api *a)
{
	for (int i = 0; i < CERT_API_KEYS; i++)
		free(a->data[i]);
	for (int i = 0; i < CERT_API_WEBHOOKS; i++)
		free(a->bundle[i]);
	*a = (struct cert_api){ .down = true };
}

void cert_api_put(struct cert_api *a, int i, const char *pem)
{
	AUTO(buf) struct buf text;

	buf_init(&text, 1 << 20);
	base64_add(&text, pem, strlen(pem));
	free(a->data[i]);
	a->data[i] = buf_take(&text);
	a->version[API_SECRET]++;
}

void cert_api_bundle(const struct cert_api *a, int i, struct buf *out)
{
	buf_init(out, 1 << 20);
	if (a->bundle[i])
		cr_assert(base64_decode(out, a->bundle[i], strlen(a->bundle[i])));
}

static void add_secret(const struct cert_api *a, struct buf *out)
{
	bool any = false;

	buf_adds(out, "\"type\":\"Opaque\"");
	for (int i = 0; i < CERT_API_KEYS; i++)
		if (a->data[i]) {
			buf_addf(out, "%s\"%s\":\"%s\"", any ? "," : ",\"data\":{", keys[i],
				 a->data[i]);
			any = true;
		}
	buf_adds(out, any ? "}" : "");
}

/* With an entry of somebody else's between ours. */
static void add_webhook(const struct cert_api *a, struct buf *out)
{
	buf_adds(out, "\"webhooks\":[{\"name\":\"other.example\",\"clientConfig\":{\"caBundle\":"
		      "\"QUJD\",\"service\":{\"namespace\":\"other\",\"name\":\"wif\"}}}");
	for (int i = 0; i < CERT_API_WEBHOOKS; i++) {
		buf_addf(out, ",{\"name\":\"%s\",\"clientConfig\":{\"service\":{\"namespace\":"
			      "\"" CERT_API_NS "\",\"name\":\"" CERT_API_SERVICE "\"}", entries[i]);
		if (a->bundle[i])
			buf_addf(out, ",\"caBundle\":\"%s\"", a->bundle[i]);
		buf_adds(out, "}}");
	}
	buf_adds(out, "]");
}

static char *show(const struct cert_api *a, enum cert_api_object object)
{
	AUTO(buf) struct buf out;

	buf_init(&out, 1 << 20);
	buf_addf(&out, "{\"metadata\":{\"resourceVersion\":\"%d\"},", a->version[object]);
	if (object == API_SECRET)
		add_secret(a, &out);
	else if (object == API_WEBHOOK)
		add_webhook(a, &out);
	else
		buf_addf(&out, "\"spec\":{\"holderIdentity\":\"%s\"}", a->holder);
	buf_addc(&out, '}');
	return buf_take(&out);
}

/* The string V as it stands, or NULL for anything else. */
static char *copy(const struct jsonspan *j, uint32_t v)
{
	size_t len;
	const char *raw = jsonspan_raw(j, v, &len);

	return jsonspan_type(j, v) == JSONSPAN_STRING ? strndup(raw + 1, len - 2) : NULL;
}

static void merge_secret(struct cert_api *a, const struct jsonspan *j)
{
	uint32_t data = jsonspan_get(j, 0, "data");

	for (int i = 0; i < CERT_API_KEYS; i++) {
		uint32_t v = jsonspan_get(j, data, keys[i]);

		if (v == JSONSPAN_NONE)
			continue;
		free(a->data[i]);
		a->data[i] = copy(j, v);
	}
}

/* Exactly our entries, and of them nothing but the caBundle: an apply owns what it says. */
static void apply_webhook(struct cert_api *a, const struct jsonspan *j)
{
	uint32_t all = jsonspan_get(j, 0, "webhooks"), i;
	int n = 0;

	cr_assert(jsonspan_eq(j, jsonspan_get(j, 0, "kind"), "MutatingWebhookConfiguration"));
	for (i = jsonspan_first(j, all); i != JSONSPAN_NONE; i = jsonspan_next(j, all, i)) {
		uint32_t client = jsonspan_get(j, i, "clientConfig");

		cr_assert(n < CERT_API_WEBHOOKS && jsonspan_count(j, i) == 2 &&
			  jsonspan_count(j, client) == 1);
		cr_assert(jsonspan_eq(j, jsonspan_get(j, i, "name"), entries[n]));
		free(a->bundle[n]);
		a->bundle[n++] = copy(j, jsonspan_get(j, client, "caBundle"));
	}
	cr_assert(n == CERT_API_WEBHOOKS);
}

static int patch(struct cert_api *a, enum cert_api_object object, const char *text)
{
	AUTO(jsonspan) struct jsonspan json;
	char version[16];
	struct err e = { 0 };
	uint32_t spec;

	if (a->before_patch)
		a->before_patch(a, object);
	jsonspan_init(&json, 1000, 16);
	cr_assert(jsonspan_parse(&json, text, strlen(text), &e) == 0, "%s", e.msg);
	cr_assert(jsonspan_str(&json, jsonspan_get(&json, jsonspan_get(&json, 0, "metadata"),
						   "resourceVersion"), version, sizeof(version)) > 0);
	if (a->refuse[object])
		return a->refuse[object];
	if (atoi(version) != a->version[object]) {
		a->conflicts++;
		return 409;
	}
	a->version[object]++;
	a->writes[object]++;
	if (object == API_SECRET)
		merge_secret(a, &json);
	if (object == API_WEBHOOK)
		apply_webhook(a, &json);
	spec = jsonspan_get(&json, 0, "spec");
	if (object == API_LEASE)
		cr_assert(jsonspan_str(&json, jsonspan_get(&json, spec, "holderIdentity"), a->holder,
				       sizeof(a->holder)) > 0);
	if (a->after_patch)
		a->after_patch(a, object);
	return 200;
}

static enum cert_api_object find(const char *path)
{
	if (strstr(path, "/api/v1/namespaces/" CERT_API_NS "/secrets/wif-tls") == path)
		return API_SECRET;
	if (strstr(path, "/apis/coordination.k8s.io/v1/namespaces/" CERT_API_NS
			 "/leases/wif-tls") == path)
		return API_LEASE;
	cr_assert(strstr(path, "/apis/admissionregistration.k8s.io/v1/"
			       "mutatingwebhookconfigurations/claude-wif") == path, "%s", path);
	return API_WEBHOOK;
}

int cert_api_http(void *ctx, const char *method, const char *target, const char *body,
		  char **text)
{
	struct cert_api *a = ctx;
	enum cert_api_object object = find(target);
	int status = a->refuse_get[object] ? a->refuse_get[object] : 200;

	if (strcmp(method, "GET") != 0) {
		cr_assert(!strcmp(method, "PATCH") && strstr(target, "fieldManager="));
		cr_assert(!strstr(target, "force=") == (object != API_WEBHOOK));
		status = patch(a, object, body);
	}
	*text = status == 200 ? show(a, object) : NULL;
	return status;
}

static void serve_one(struct cert_api *a, struct certs *c, const struct certs_request *r)
{
	bool applies = strstr(r->path.data, "force=");
	AUTO(free) char *text = NULL;
	int status;

	if (a->down) {
		certs_done(c, 0, NULL, "unable to connect");
		return;
	}
	cr_assert(!r->method || !strcmp(r->content_type, applies ?
						     "application/apply-patch+yaml" :
						     "application/merge-patch+json"));
	status = cert_api_http(a, r->method ? r->method : "GET", r->path.data, r->body.data, &text);
	certs_done(c, status, text, "");
}

int cert_api_serve(struct cert_api *a, struct certs *c)
{
	for (int n = 0; n < TURNS; n++) {
		AUTO(certs_request) struct certs_request r = { .method = NULL };

		if (!certs_next(c, &r))
			return n;
		serve_one(a, c, &r);
	}
	cr_assert(false, "it does not come to rest");
	return TURNS;
}
