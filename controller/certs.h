/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTROLLER_CERTS_H
#define CONTROLLER_CERTS_H

/*
 * The certificate that the controller keeps by itself, in a Secret that all
 * replicas share: read about every ten seconds, with the webhook configuration,
 * and moved on as cert_plan says by the replica that has the Lease. Which request
 * comes next is said here, and its answer is told here; sending it is another's.
 *
 * What is shown changes only to a certificate that the published caBundle verifies;
 * without one, or without an API server, the one before stays. On the server's thread.
 */

#include "common/log.h"
#include "controller/cert_lease.h"
#include "controller/cert_plan.h"
#include "controller/cert_secret.h"
#include "controller/cert_webhook.h"
#include "controller/tls_identity.h"

struct certs_names {
	const char *namespace_, *service;	/* who the API server calls */
	const char *secret;			/* of that namespace; a Lease has the same name */
	const char *webhook;			/* a MutatingWebhookConfiguration */
	int64_t life_s;				/* of a certificate */
};

enum certs_step {
	CERTS_SECRET,	/* read it; also where a rest ends */
	CERTS_WEBHOOK,
	CERTS_LEASE,
	CERTS_TAKE,	/* take the lease */
	CERTS_WRITE,	/* do what is to be done */
};

struct certs {
	struct log *log;		/* borrowed; its sys is used too */
	struct certs_names names;	/* borrowed texts */
	char me[80], host[192];
	enum certs_step step;
	bool asked;			/* its answer is owed */
	struct mono next;		/* when to ask */
	struct cert_secret secret;	/* as last read, all four */
	struct cert_webhook webhook;
	struct cert_lease lease;
	struct cert_view view;
	struct mono lease_seen;		/* since when the lease is as it is */
	struct mono asked_at, held_until;	/* the lease is ours until then */
	enum cert_action action;
	struct certs_write {
		struct mono at;		/* when the action was written last */
		unsigned undone;	/* how often another hand had undone it then */
	} wrote[CERT_ACTIONS];
	struct tls_identity *identity;	/* in force; NULL: none yet. Owned */
	bool held_back;			/* the Secret has another good pair, not to be shown yet */
	struct err fault;		/* why it goes no further, ERR_NONE when it does */
	struct err distrust;		/* why the caBundle does not verify `identity` */
};

/* What to send to the API server. */
struct certs_request {
	const char *method, *content_type;	/* static; NULL for a GET */
	struct buf path, body;			/* body holds a key: wiped by its guard */
};

/*
 * NAMES is copied, its texts are borrowed; they are names as Kubernetes has them.
 *
 * Errors  ERR_IO: no name of our own for the Lease.
 */
int certs_init(struct certs *c, struct log *log, const struct certs_names *names,
	       struct err *e) MUST_CHECK;
void certs_fini(struct certs *c);

/* What is due now, in OUT, all zero before: true, and certs_done is owed. False: nothing is. */
bool certs_next(struct certs *c, struct certs_request *out);
/* The HTTP status and the text that came; 0, and WHY, for none. */
void certs_done(struct certs *c, int status, const char *text, const char *why);

/* 0 when an API server would take what is shown, else why not. */
int certs_check(const struct certs *c, struct wall now, struct err *e) MUST_CHECK;

static inline void auto_certs_request(struct certs_request *r)
{
	buf_fini(&r->path);
	buf_fini(&r->body);
}

/* --- between certs.c, certs_answer.c and certs_judge.c --- */

/* Append the path of the object that C's step is about. */
void certs_object(const struct certs *c, struct buf *path);

/* A step failed: say so, and begin anew in a while. */
void certs_give_up(struct certs *c, const struct err *e);

/* Judge what was read: C's view, and what is shown from now on. */
void certs_judge(struct certs *c);

/*
 * Change C's secret as its action says, or put into BUNDLE what is to be published.
 *
 * Errors  of tls_make.
 */
int certs_prepare(struct certs *c, struct err *e) MUST_CHECK;
void certs_switch(struct certs *c);
void certs_bundle(const struct certs *c, struct buf *bundle);

#endif
