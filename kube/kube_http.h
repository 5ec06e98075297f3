/* SPDX-License-Identifier: Apache-2.0 */
#ifndef KUBE_KUBE_HTTP_H
#define KUBE_KUBE_HTTP_H

/*
 * Requests to the API server, many at a time, on the kube thread. Token, CA and
 * client certificate are read from their files for each call.
 *
 * Source  libcurl-multi(3).
 */

#include <stdbool.h>

#include "kube/kube_target.h"

#define KUBE_ACCEPT_LIST                                                                           \
	"application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
#define KUBE_ACCEPT_ONE                                                                            \
	"application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json"

/* "Anything" as well: /openid/v1/jwks is of another type, and to JSON alone it answers 406. */
#define KUBE_ACCEPT_JSON "application/json,*/*"

struct kube_http;

/* One request. The caller owns it, and keeps it in its place until on_done or a cancel. */
struct kube_call {
	const char *path;	/* with its query; copied */
	const char *accept;
	const char *method;	/* NULL: GET; else it has a body: POST, PUT, PATCH */
	const char *content_type;
	const char *body;	/* not copied */
	size_t body_len;
	int64_t timeout_ms;
	/* Bytes of an answer with status 200 or 201; false ends the call with ERR_TOO_BIG. */
	bool (*on_data)(void *ctx, const char *data, size_t len);
	/* The end. STATUS is the HTTP status, or 0 with the reason in E. */
	void (*on_done)(void *ctx, int status, const struct err *e);
	void *ctx;
	struct kube_transfer *transfer;	/* of kube_http; NULL: not under way */
};

/* TARGET and SYS are borrowed. To be called before there are threads: it starts libcurl. */
int kube_http_new(struct kube_http **out, const struct kube_target *target, struct sys *sys,
		  struct err *e) MUST_CHECK;
/* No call may be under way. */
void kube_http_free(struct kube_http *h);

/*
 * Begin CALL, which on_done ends. Errors: ERR_IO and others of the files,
 * ERR_NOMEM; on_done is then not called.
 */
int kube_http_start(struct kube_http *h, struct kube_call *call, struct err *e) MUST_CHECK;
/* End CALL without on_done; nothing when it is not under way. */
void kube_http_cancel(struct kube_http *h, struct kube_call *call);

/* Wait at most TIMEOUT_MS for something to happen, and serve it. */
int kube_http_turn(struct kube_http *h, int timeout_ms, struct err *e) MUST_CHECK;
/* From any thread: end the wait. */
void kube_http_wake(struct kube_http *h);

#endif
