/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_FAKE_API_H
#define TESTS_SUPPORT_FAKE_API_H

/*
 * An API server of Namespaces, ServiceAccounts and pods on 127.0.0.1, plain HTTP: lists
 * in pages, watches in pieces, single objects, its version, its keys; what is written to it
 * it takes down and keeps none of; with faults to order. Each
 * connection has a thread. net/httpd cannot be used: it sends no streams.
 */

#include <stdbool.h>
#include <stddef.h>

enum fake_api_kind { FAKE_ACCOUNT, FAKE_NAMESPACE, FAKE_POD };

enum fake_api_count {
	FAKE_LISTS,	/* pages asked for; these two not of pods */
	FAKE_WATCHES,
	FAKE_GETS,	/* of single objects */
	FAKE_REFUSED,	/* answered 401 */
	FAKE_GONE,	/* answered 410, either way */
	FAKE_WRITES,	/* POSTs and PATCHes */
	FAKE_VERSIONS,	/* GETs of /version */
	FAKE_JWKS,	/* GETs of /openid/v1/jwks */
	FAKE_COUNTS
};

struct fake_api;

struct fake_api *fake_api_new(void);
void fake_api_free(struct fake_api *a);
int fake_api_port(const struct fake_api *a);

/*
 * Store an object, and tell the watches. METADATA: more members of it, "" or ",\"labels\":{…}"; of
 * a pod it may go on "},\"spec\":{…},\"status\":{…", open at its end.
 */
void fake_api_put(struct fake_api *a, enum fake_api_kind kind, const char *namespace_,
		  const char *name, const char *metadata);
void fake_api_remove(struct fake_api *a, enum fake_api_kind kind, const char *namespace_,
		     const char *name);
/* As fake_api_put, but only a GET of the object itself sees it. */
void fake_api_put_unseen(struct fake_api *a, enum fake_api_kind kind, const char *namespace_,
			 const char *name, const char *metadata);
void fake_api_bookmark(struct fake_api *a);

/* Forget all events so far: who asks for what came after an older version gets 410. */
void fake_api_compact(struct fake_api *a, bool by_event);
/* Close all connections. */
void fake_api_drop(struct fake_api *a);
/* Send TEXT on every watch. */
void fake_api_say(struct fake_api *a, const char *text);
/* Want "Authorization: Bearer TOKEN"; NULL: anything goes. */
void fake_api_token(struct fake_api *a, const char *token);
/* Answer the next N requests 401, whatever their token. */
void fake_api_distrust(struct fake_api *a, int n);
/* GETs of single objects get no answer until this is called with false. */
void fake_api_hold(struct fake_api *a, bool hold);

/* Writes get STATUS; 0, as in the beginning: a POST 201 and a PATCH 200. */
void fake_api_refuse(struct fake_api *a, int status);
/* The write number I, from 0: "METHOD PATH CONTENT-TYPE\nBODY"; lives as long as A. */
const char *fake_api_write(struct fake_api *a, int i);
/* Be version 1.MINOR from now on; "34" in the beginning. */
void fake_api_minor(struct fake_api *a, const char *minor);
/* Serve the keys with these KIDS, "a b", from now on; "first" in the beginning. */
void fake_api_keys(struct fake_api *a, const char *kids);

/*
 * Objects of other kinds: TARGET and BODY of a request whose target has WORD in it
 * go to SERVE, one at a time, on another thread. It returns the status, and in TEXT
 * what the server frees.
 */
void fake_api_others(struct fake_api *a, const char *word,
		     int (*serve)(void *ctx, const char *method, const char *target,
				  const char *body, char **text),
		     void *ctx);

int fake_api_count(struct fake_api *a, enum fake_api_count what);
/* Wait until the count is at least WANT; aborts after 20 s. */
void fake_api_await(struct fake_api *a, enum fake_api_count what, int want);

static inline void auto_fake_api(struct fake_api **a)
{
	fake_api_free(*a);
}

#endif
