/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/certs.h"

#include <stdio.h>
#include <string.h>

#include "controller/tls_bundle.h"

#define PATH_MAX_BYTES 2048
#define BODY_MAX_BYTES (4u << 20)

static struct mono now(const struct certs *c)
{
	return c->log->sys->ops->boot_now(c->log->sys);
}

static struct wall wall_now(const struct certs *c)
{
	return c->log->sys->ops->wall_now(c->log->sys);
}

int certs_init(struct certs *c, struct log *log, const struct certs_names *names, struct err *e)
{
	char node[48] = "";
	unsigned char raw[4];

	*c = (struct certs){ .log = log, .names = *names };
	cert_secret_init(&c->secret);
	cert_webhook_init(&c->webhook);
	if (gethostname(node, sizeof(node) - 1) < 0 ||
	    log->sys->ops->random(log->sys, raw, sizeof(raw)) < 0)
		return err_set(e, ERR_IO, errno, "unable to name this replica");
	(void)snprintf(c->me, sizeof(c->me), "%s_%02x%02x%02x%02x", node, raw[0], raw[1], raw[2],
		       raw[3]);
	(void)snprintf(c->host, sizeof(c->host), "%s.%s.svc", names->service, names->namespace_);
	return 0;
}

void certs_fini(struct certs *c)
{
	cert_secret_fini(&c->secret);
	cert_webhook_fini(&c->webhook);
	tls_identity_free(c->identity);
	c->identity = NULL;
}

int certs_check(const struct certs *c, struct wall at, struct err *e)
{
	if (!c->identity && c->fault.kind)
		*e = c->fault;
	else if (!c->identity)
		(void)err_set(e, ERR_TRANSIENT, 0, "no certificate yet: it is being made");
	else if (c->distrust.kind)
		*e = c->distrust;
	else
		return tls_identity_check(c->identity, c->host, at, e);
	return -1;
}

void certs_object(const struct certs *c, struct buf *path)
{
	if (c->step == CERTS_WEBHOOK || (c->step == CERTS_WRITE && c->action == CERT_PUBLISH))
		buf_addf(path, "/apis/admissionregistration.k8s.io/v1/"
			       "mutatingwebhookconfigurations/%s", c->names.webhook);
	else if (c->step == CERTS_LEASE || c->step == CERTS_TAKE)
		buf_addf(path, "/apis/coordination.k8s.io/v1/namespaces/%s/leases/%s",
			 c->names.namespace_, c->names.secret);
	else
		buf_addf(path, "/api/v1/namespaces/%s/secrets/%s", c->names.namespace_,
			 c->names.secret);
}

/* The patch of a write; `force` takes a caBundle over that another hand had put in. */
static int add_patch(struct certs *c, struct certs_request *out, struct err *e)
{
	AUTO(buf) struct buf bundle;

	buf_init(&bundle, TLS_BUNDLE_MAX);
	out->method = "PATCH";
	out->content_type = "application/merge-patch+json";
	buf_adds(&out->path, "?fieldManager=wif-controller");
	if (c->step == CERTS_TAKE) {
		cert_lease_patch(&c->lease, c->me, wall_now(c), &out->body);
	} else if (c->action == CERT_PUBLISH) {
		certs_bundle(c, &bundle);
		out->content_type = "application/apply-patch+yaml";
		buf_adds(&out->path, "&force=true");
		cert_webhook_patch(&c->webhook, c->names.webhook, &bundle, &out->body);
		return buf_check(&bundle, "the CA bundle", e);
	} else {
		if (c->action == CERT_PREPARE && certs_prepare(c, e) < 0)
			return -1;
		if (c->action == CERT_SWITCH)
			certs_switch(c);
		cert_secret_patch(&c->secret, &out->body);
	}
	return 0;
}

bool certs_next(struct certs *c, struct certs_request *out)
{
	struct err e = { 0 };

	if (c->asked || now(c).ns < c->next.ns)
		return false;
	*out = (struct certs_request){ .method = NULL };
	buf_init(&out->path, PATH_MAX_BYTES);
	buf_init(&out->body, BODY_MAX_BYTES);
	certs_object(c, &out->path);
	if ((c->step == CERTS_TAKE || c->step == CERTS_WRITE) && add_patch(c, out, &e) < 0) {
		certs_give_up(c, &e);
		return false;
	}
	if (buf_check(&out->path, "a path", &e) < 0 || buf_check(&out->body, "a patch", &e) < 0) {
		certs_give_up(c, &e);
		return false;
	}
	c->asked = true;
	c->asked_at = now(c);
	return true;
}
