/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "controller/certs.h"
#include "controller/tls_bundle.h"
#include "controller/tls_make.h"

static struct wall wall_now(const struct certs *c)
{
	return c->log->sys->ops->wall_now(c->log->sys);
}

/* The pair of CERT and KEY, if the Secret's own CAs verify it; else NULL, and why in E. */
static struct tls_identity *read_pair(const struct certs *c, const struct tls_text *cert,
				      const struct tls_text *key, struct cert_pair *out,
				      struct err *e)
{
	AUTO(tls_identity) struct tls_identity *id = NULL;

	*out = (struct cert_pair){ .there = false };
	if (tls_identity_read(cert, key, &id, e) < 0 ||
	    tls_bundle_try(&c->secret.ca, id, c->host, wall_now(c), e) < 0)
		return NULL;
	*out = (struct cert_pair){ .there = true, .not_before = tls_identity_not_before(id),
				   .not_after = tls_identity_not_after(id),
				   .chance = tls_identity_chance(id) };
	return TAKE(id);
}

static void say_in_force(const struct certs *c)
{
	char until[24];

	(void)snprintf(until, sizeof(until), "%lld",
		       (long long)tls_identity_not_after(c->identity).s);
	log_event(c->log, LOG_LEVEL_INFO, "certificate in force", "secret", c->names.secret,
		  "not_after#", until, NULL);
}

/* Would an API server that has seen the caBundle take ID? */
static bool is_trusted(const struct certs *c, const struct tls_identity *id, struct err *e)
{
	if (!c->webhook.agree)
		return !err_set(e, ERR_INVALID, 0, "the webhooks of %s have different caBundles",
				c->names.webhook);
	if (tls_bundle_try(&c->webhook.bundle, id, c->host, wall_now(c), e) < 0)
		return !err_wrap(e, "caBundle of %s", c->names.webhook);
	return true;
}

/*
 * Show ID from now on, if it is another one, and trusted; in the place of one that
 * is trusted too only when every API server has seen the caBundle; until then it is
 * held back. ID is taken.
 */
static void adopt(struct certs *c, struct tls_identity *id)
{
	struct mono seen = c->log->sys->ops->boot_now(c->log->sys);
	struct err e = { 0 };

	if (!tls_identity_same(id, c->identity) && is_trusted(c, id, &e) &&
	    (!c->identity || !is_trusted(c, c->identity, &e) ||
	     cert_plan_settled(&c->view, &c->view.current, seen))) {
		tls_identity_free(c->identity);
		c->identity = TAKE(id);
		say_in_force(c);
	}
	c->held_back = id && !tls_identity_same(id, c->identity);
	tls_identity_free(id);
}

void certs_bundle(const struct certs *c, struct buf *bundle)
{
	tls_bundle_add(bundle, &c->secret.ca, wall_now(c));
	/* What another replica may still show is trusted on, also when the Secret was lost. */
	tls_bundle_add(bundle, &c->webhook.bundle, wall_now(c));
}

static bool is_published(const struct certs *c)
{
	AUTO(buf) struct buf want;
	const struct buf *is = &c->webhook.bundle;

	buf_init(&want, TLS_BUNDLE_MAX);
	certs_bundle(c, &want);
	return c->webhook.agree && !want.failed && want.len == is->len &&
	       (!want.len || !memcmp(want.data, is->data, want.len));
}

void certs_judge(struct certs *c)
{
	const struct tls_text cert = { "tls.crt", &c->secret.cert };
	const struct tls_text key = { "tls.key", &c->secret.key };
	const struct tls_text next_cert = { "next.crt", &c->secret.next_cert };
	const struct tls_text next_key = { "next.key", &c->secret.next_key };
	AUTO(tls_identity) struct tls_identity *current = NULL, *next = NULL;
	struct err e = { 0 };

	current = read_pair(c, &cert, &key, &c->view.current, &e);
	if (!current && cert.pem->len)
		log_err(c->log, LOG_LEVEL_ERROR, "the Secret's certificate is refused", &e);
	next = read_pair(c, &next_cert, &next_key, &c->view.next, &e);
	c->view.published = is_published(c);
	c->held_back = false;
	if (current)
		adopt(c, TAKE(current));
	c->distrust = (struct err){ 0 };
	if (c->identity)
		(void)is_trusted(c, c->identity, &c->distrust);
}

int certs_prepare(struct certs *c, struct err *e)
{
	const struct tls_make what = { .service = c->names.service,
				       .namespace_ = c->names.namespace_, .now = wall_now(c),
				       .life_s = c->names.life_s };
	AUTO(buf) struct buf ca;

	buf_init(&ca, TLS_BUNDLE_MAX);
	buf_reset(&c->secret.next_cert);
	buf_reset(&c->secret.next_key);
	if (tls_make(&what, &ca, &c->secret.next_cert, &c->secret.next_key, e) < 0)
		return -1;
	tls_bundle_add(&ca, &c->secret.ca, what.now);
	if (buf_check(&ca, "the CA bundle", e) < 0)
		return -1;
	buf_fini(&c->secret.ca);
	c->secret.ca = ca;
	buf_init(&ca, 0);
	return 0;
}

void certs_switch(struct certs *c)
{
	struct cert_secret *s = &c->secret;

	buf_fini(&s->cert);
	buf_fini(&s->key);
	s->cert = s->next_cert;
	s->key = s->next_key;
	buf_init(&s->next_cert, CERT_PEM_MAX);
	buf_init(&s->next_key, CERT_PEM_MAX);
}
