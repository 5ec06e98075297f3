/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "controller/certs.h"

#define REST_MS 10000	/* between two looks at the Secret */
#define EAGER_MS 1000	/* while nothing is shown, it is not trusted, or it is about to change */
#define CONFLICT_MS 500	/* after another replica was faster */
#define FIGHT_MS 60000	/* the same write again within this: the one before was undone */
#define MARGIN_MS 12000	/* a request takes 10 s at most, and the lease must then still be ours */
#define PATH_MAX_BYTES 2048

static struct mono now(const struct certs *c)
{
	return c->log->sys->ops->boot_now(c->log->sys);
}

static void rest(struct certs *c, int64_t ms)
{
	uint32_t chance = 0;

	(void)c->log->sys->ops->random(c->log->sys, &chance, sizeof(chance));
	c->step = CERTS_SECRET;
	c->next = mono_add_ms(now(c), ms - ms / 4 * (chance % 1000) / 1000);
}

void certs_give_up(struct certs *c, const struct err *e)
{
	c->fault = *e;
	log_err(c->log, LOG_LEVEL_WARN, "unable to keep the certificate; trying again", e);
	rest(c, c->identity ? REST_MS : EAGER_MS);
}

static const char *verb(const struct certs *c)
{
	return c->step == CERTS_TAKE || c->step == CERTS_WRITE ? "patch" : "get";
}

/* What the answer's status says to the operator. */
static void refuse(struct certs *c, int status, const char *why)
{
	AUTO(buf) struct buf path;
	struct err e = { 0 };

	buf_init(&path, PATH_MAX_BYTES);
	certs_object(c, &path);
	if (!status)
		(void)err_set(&e, ERR_TRANSIENT, 0, "%s: %s", path.data, why);
	else
		(void)err_set(&e, ERR_DENIED, 0, "%s: the API server answers %d%s", path.data,
			      status,
			      status == 404 ? "; it comes with the chart, apply it again" :
			      status != 403 ? "" :
			      *verb(c) == 'g' ? "; this needs the right to get it" :
						"; this needs the right to patch it");
	certs_give_up(c, &e);
}

/*
 * How long C's action is not written again: 1 s, and up to REST_MS when it is undone again and
 * again. What is undone at once, as by a tool that keeps objects as it has them, would be a race.
 */
static int64_t pause_ms(const struct certs *c)
{
	const struct certs_write *w = &c->wrote[c->action];
	int64_t ms = (int64_t)EAGER_MS << (w->undone < 4 ? w->undone : 4);

	return (ms < REST_MS ? ms : REST_MS) - mono_diff_ms(now(c), w->at);
}

static void wait_for_peace(struct certs *c)
{
	(void)err_set(&c->fault, ERR_TRANSIENT, 0,
		      "another hand changes the %s back; its managedFields say whose",
		      c->action == CERT_PUBLISH ? "caBundle" : "Secret");
	log_err(c->log, LOG_LEVEL_WARN, "unable to keep the certificate; trying again", &c->fault);
	rest(c, pause_ms(c));
}

/* Nothing is to be done: look again later. */
static void keep(struct certs *c)
{
	bool calm = c->identity && !c->distrust.kind && !c->view.next.there && !c->held_back;

	c->fault = (struct err){ 0 };
	rest(c, calm ? REST_MS : EAGER_MS);
}

/*
 * The two objects are read: what now? If nothing, the lease is looked at all the same: one that
 * is of a dead replica has then been still for long when it is needed.
 */
static void decide(struct certs *c)
{
	struct mono seen = now(c);

	c->action = cert_plan_next(&c->view, c->log->sys->ops->wall_now(c->log->sys), seen);
	if (c->action == CERT_KEEP) {
		c->step = CERTS_LEASE;
	} else if (pause_ms(c) > 0) {
		wait_for_peace(c);
	} else {
		c->step = seen.ns < c->held_until.ns - MARGIN_MS * NS_PER_MS ? CERTS_WRITE :
									       CERTS_LEASE;
	}
}

static void take_webhook(struct certs *c, const char *text)
{
	AUTO(cert_webhook) struct cert_webhook was = c->webhook;
	struct err e = { 0 };

	cert_webhook_init(&c->webhook);
	if (cert_webhook_read(&c->webhook, text, strlen(text), c->names.namespace_,
			      c->names.service, &e) < 0) {
		certs_give_up(c, &e);
		return;
	}
	/* By the bundles, not by the version: others may change what is no matter of ours. */
	if (!cert_webhook_same(&c->webhook, &was))
		c->view.since = now(c);
	certs_judge(c);
	decide(c);
}

/*
 * The lease is free, or ours, or of one who has not renewed it for as long as we
 * look: our own clock counts, not what another's wrote. Source: client-go
 * tools/leaderelection, "clock skew".
 */
static void take_lease(struct certs *c, const char *text)
{
	char version[CERT_VERSION_SIZE];
	struct err e = { 0 };

	(void)memcpy(version, c->lease.version, sizeof(version));
	if (cert_lease_read(&c->lease, text, strlen(text), &e) < 0) {
		certs_give_up(c, &e);
		return;
	}
	if (strcmp(version, c->lease.version) != 0)
		c->lease_seen = now(c);
	if (c->action == CERT_KEEP) {
		keep(c);
		return;
	}
	if (!c->lease.holder[0] || !strcmp(c->lease.holder, c->me) ||
	    mono_diff_ms(now(c), c->lease_seen) >= CERT_LEASE_S * INT64_C(1000)) {
		c->step = CERTS_TAKE;
		return;
	}
	c->fault = (struct err){ 0 };
	if (!c->identity)
		(void)err_set(&c->fault, ERR_TRANSIENT, 0,
			      "no certificate yet: %s, another replica, is making it",
			      c->lease.holder);
	rest(c, EAGER_MS);
}

static void note_written(struct certs *c)
{
	static const char *const what[] = {
		[CERT_PREPARE] = "next certificate made", [CERT_PUBLISH] = "caBundle published",
		[CERT_SWITCH] = "next certificate becomes the one in force",
	};
	struct certs_write *w = &c->wrote[c->action];

	w->undone = mono_diff_ms(now(c), w->at) < FIGHT_MS ? w->undone + 1 : 0;
	w->at = now(c);
	log_event(c->log, LOG_LEVEL_INFO, what[c->action], "secret", c->names.secret, NULL);
}

void certs_done(struct certs *c, int status, const char *text, const char *why)
{
	struct err e = { 0 };

	c->asked = false;
	if (status == 409) {
		rest(c, CONFLICT_MS); /* another replica was faster: look what it did */
		c->held_until = (struct mono){ 0 };
	} else if (status != 200 || !text) {
		refuse(c, status, why);
	} else if (c->step == CERTS_SECRET) {
		c->step = CERTS_WEBHOOK;
		if (cert_secret_read(&c->secret, text, strlen(text), &e) < 0)
			certs_give_up(c, &e);
	} else if (c->step == CERTS_WEBHOOK) {
		take_webhook(c, text);
	} else if (c->step == CERTS_LEASE) {
		take_lease(c, text);
	} else {
		if (c->step == CERTS_TAKE)
			c->held_until = mono_add_ms(c->asked_at, CERT_LEASE_S * INT64_C(1000));
		else
			note_written(c);
		c->step = CERTS_SECRET; /* at once */
	}
}
