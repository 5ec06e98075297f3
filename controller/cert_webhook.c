/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/cert_webhook.h"

#include <string.h>

#include "common/base64.h"

void cert_webhook_init(struct cert_webhook *w)
{
	*w = (struct cert_webhook){ .agree = true };
	buf_init(&w->bundle, CERT_WEBHOOKS_MAX * CERT_PEM_MAX);
}

void cert_webhook_fini(struct cert_webhook *w)
{
	buf_fini(&w->bundle);
}

/* Does the client configuration V name the Service? */
static bool calls(const struct jsonspan *j, uint32_t v, const char *namespace_,
		  const char *service)
{
	uint32_t s = jsonspan_member(j, v, "service");

	return jsonspan_eq(j, jsonspan_member(j, s, "namespace"), namespace_) &&
	       jsonspan_eq(j, jsonspan_member(j, s, "name"), service);
}

static bool same(const struct buf *a, const struct buf *b)
{
	return a->len == b->len && (!a->len || !memcmp(a->data, b->data, a->len));
}

static int add_entry(struct cert_webhook *w, const struct jsonspan *j, uint32_t entry,
		     uint32_t client, struct err *e)
{
	AUTO(buf) struct buf its;

	buf_init(&its, CERT_PEM_MAX);
	if (w->n == CERT_WEBHOOKS_MAX)
		return err_set(e, ERR_TOO_BIG, 0, "more than %d webhooks call the Service",
			       CERT_WEBHOOKS_MAX);
	if (jsonspan_str(j, jsonspan_member(j, entry, "name"), w->names[w->n], CERT_NAME_SIZE) <= 0)
		return err_set(e, ERR_TRANSIENT, 0, "a webhook has no name");
	if (cert_object_bytes(j, jsonspan_member(j, client, "caBundle"), &its, "caBundle", e) < 0)
		return -1;
	if (w->n++ && !same(&its, &w->bundle))
		w->agree = false;
	if (w->n == 1 || !w->agree)
		buf_add(&w->bundle, its.data ? its.data : "", its.len);
	return buf_check(&w->bundle, "caBundle", e);
}

int cert_webhook_read(struct cert_webhook *w, const char *text, size_t len,
		      const char *namespace_, const char *service, struct err *e)
{
	AUTO(jsonspan) struct jsonspan json;
	const struct jsonspan *j = &json;
	uint32_t all, i;

	cert_webhook_fini(w);
	cert_webhook_init(w);
	if (cert_object_open(&json, text, len, w->version, "webhook configuration", e) < 0)
		return -1;
	all = jsonspan_member(j, 0, "webhooks");
	for (i = jsonspan_first(j, all); i != JSONSPAN_NONE; i = jsonspan_next(j, all, i)) {
		uint32_t client = jsonspan_member(j, i, "clientConfig");

		if (calls(j, client, namespace_, service) && add_entry(w, j, i, client, e) < 0)
			return -1;
	}
	if (!w->n)
		return err_set(e, ERR_INVALID, 0,
			       "no webhook of the configuration calls the Service %s/%s; use its "
			       "name in --service, or apply the chart", namespace_, service);
	return 0;
}

bool cert_webhook_same(const struct cert_webhook *a, const struct cert_webhook *b)
{
	if (a->n != b->n || a->agree != b->agree || !same(&a->bundle, &b->bundle))
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (strcmp(a->names[i], b->names[i]) != 0)
			return false;
	return a->n > 0;
}

void cert_webhook_patch(const struct cert_webhook *w, const char *name, const struct buf *bundle,
			struct buf *out)
{
	buf_adds(out, "{\"apiVersion\":\"admissionregistration.k8s.io/v1\","
		      "\"kind\":\"MutatingWebhookConfiguration\",\"metadata\":{\"name\":");
	buf_add_json(out, name, strlen(name));
	buf_addc(out, ',');
	cert_object_version(out, w->version);
	buf_adds(out, "},\"webhooks\":[");
	for (size_t i = 0; i < w->n; i++) {
		buf_addf(out, "%s{\"name\":", i ? "," : "");
		buf_add_json(out, w->names[i], strlen(w->names[i]));
		buf_adds(out, ",\"clientConfig\":{\"caBundle\":\"");
		base64_add(out, bundle->data, bundle->len);
		buf_adds(out, "\"}}");
	}
	buf_adds(out, "]}");
}
