/* SPDX-License-Identifier: Apache-2.0 */

/* What a test orders of the fake API server, and asks it. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "tests/support/fake_api_private.h"

#define WAIT_S 20

/* Called with the lock. LINE is taken. */
static void tell(struct fake_api *a, int kind, char *line)
{
	fake_api_must(a->n_events < EVENTS, "events");
	a->events[a->n_events++] = (struct event){ a->version, kind, line };
	(void)pthread_cond_broadcast(&a->moved);
}

/* Called with the lock: the object's place, a new one when there is none. */
static struct object *place(struct fake_api *a, enum fake_api_kind kind, const char *namespace_,
			    const char *name)
{
	struct object *o = a->objects;

	while (o < a->objects + a->n_objects &&
	       (o->kind != kind || strcmp(o->namespace_, namespace_) != 0 ||
		strcmp(o->name, name) != 0))
		o++;
	if (o < a->objects + a->n_objects)
		return o;
	fake_api_must(a->n_objects < OBJECTS, "objects");
	a->n_objects++;
	*o = (struct object){ .kind = kind };
	(void)snprintf(o->namespace_, sizeof(o->namespace_), "%s", namespace_);
	(void)snprintf(o->name, sizeof(o->name), "%s", name);
	return o;
}

static void put(struct fake_api *a, enum fake_api_kind kind, const char *namespace_,
		const char *name, const char *metadata, bool unseen)
{
	struct object *o;
	bool was;

	(void)pthread_mutex_lock(&a->lock);
	o = place(a, kind, namespace_, name);
	was = o->json != NULL;
	free(o->json);
	a->version++;
	o->unseen = unseen;
	o->json = fake_api_text("{\"kind\":\"PartialObjectMetadata\",\"metadata\":{"
				"\"name\":\"%s\"%s%s%s,\"resourceVersion\":\"%d\"%s}}", name,
		       *namespace_ ? ",\"namespace\":\"" : "", namespace_, *namespace_ ? "\"" : "",
		       a->version, metadata);
	if (!unseen)
		tell(a, (int)kind, fake_api_text("{\"type\":\"%s\",\"object\":%s}\n",
					was ? "MODIFIED" : "ADDED", o->json));
	(void)pthread_mutex_unlock(&a->lock);
}

void fake_api_put(struct fake_api *a, enum fake_api_kind kind, const char *namespace_,
		  const char *name, const char *metadata)
{
	put(a, kind, namespace_, name, metadata, false);
}

void fake_api_put_unseen(struct fake_api *a, enum fake_api_kind kind, const char *namespace_,
			 const char *name, const char *metadata)
{
	put(a, kind, namespace_, name, metadata, true);
}

void fake_api_remove(struct fake_api *a, enum fake_api_kind kind, const char *namespace_,
		     const char *name)
{
	struct object *o;

	(void)pthread_mutex_lock(&a->lock);
	o = place(a, kind, namespace_, name);
	free(o->json);
	o->json = NULL;
	a->version++;
	tell(a, (int)kind,
	     fake_api_text("{\"type\":\"DELETED\",\"object\":{\"metadata\":{\"name\":\"%s\","
			   "\"namespace\":\"%s\",\"resourceVersion\":\"%d\"}}}\n", name,
				namespace_, a->version));
	(void)pthread_mutex_unlock(&a->lock);
}

void fake_api_bookmark(struct fake_api *a)
{
	(void)pthread_mutex_lock(&a->lock);
	a->version++;
	for (int kind = FAKE_ACCOUNT; kind <= FAKE_NAMESPACE; kind++)
		tell(a, kind, fake_api_text("{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{"
				   "\"resourceVersion\":\"%d\"}}}\n", a->version));
	(void)pthread_mutex_unlock(&a->lock);
}

void fake_api_compact(struct fake_api *a, bool by_event)
{
	(void)pthread_mutex_lock(&a->lock);
	a->by_event = by_event;
	a->oldest = ++a->version;
	(void)pthread_mutex_unlock(&a->lock);
}

void fake_api_drop(struct fake_api *a)
{
	(void)pthread_mutex_lock(&a->lock);
	for (size_t i = 0; i < CONNECTIONS && a->conns[i].used; i++)
		(void)shutdown(a->conns[i].fd, SHUT_RDWR);
	(void)pthread_cond_broadcast(&a->moved);
	(void)pthread_mutex_unlock(&a->lock);
}

void fake_api_say(struct fake_api *a, const char *what)
{
	(void)pthread_mutex_lock(&a->lock);
	tell(a, -1, fake_api_text("%s", what));
	(void)pthread_mutex_unlock(&a->lock);
}

void fake_api_token(struct fake_api *a, const char *token)
{
	(void)pthread_mutex_lock(&a->lock);
	(void)snprintf(a->token, sizeof(a->token), "%s", token ? token : "");
	(void)pthread_mutex_unlock(&a->lock);
}

void fake_api_distrust(struct fake_api *a, int n)
{
	(void)pthread_mutex_lock(&a->lock);
	a->strict = n;
	(void)pthread_mutex_unlock(&a->lock);
}

void fake_api_hold(struct fake_api *a, bool hold)
{
	(void)pthread_mutex_lock(&a->lock);
	a->hold = hold;
	(void)pthread_cond_broadcast(&a->moved);
	(void)pthread_mutex_unlock(&a->lock);
}

void fake_api_refuse(struct fake_api *a, int status)
{
	(void)pthread_mutex_lock(&a->lock);
	a->write_status = status;
	(void)pthread_mutex_unlock(&a->lock);
}

const char *fake_api_write(struct fake_api *a, int i)
{
	const char *write;

	(void)pthread_mutex_lock(&a->lock);
	fake_api_must((size_t)i < a->n_writes, "a write");
	write = a->writes[i];
	(void)pthread_mutex_unlock(&a->lock);
	return write;
}

void fake_api_minor(struct fake_api *a, const char *minor)
{
	(void)pthread_mutex_lock(&a->lock);
	(void)snprintf(a->minor, sizeof(a->minor), "%s", minor);
	(void)pthread_mutex_unlock(&a->lock);
}

void fake_api_keys(struct fake_api *a, const char *kids)
{
	(void)pthread_mutex_lock(&a->lock);
	(void)snprintf(a->kids, sizeof(a->kids), "%s", kids);
	(void)pthread_mutex_unlock(&a->lock);
}

void fake_api_others(struct fake_api *a, const char *word,
		     int (*serve)(void *ctx, const char *method, const char *target,
				  const char *body, char **text),
		     void *ctx)
{
	(void)pthread_mutex_lock(&a->lock);
	fake_api_must(a->n_others < sizeof(a->others) / sizeof(a->others[0]), "kinds");
	a->others[a->n_others].word = word;
	a->others[a->n_others].serve = serve;
	a->others[a->n_others++].ctx = ctx;
	(void)pthread_mutex_unlock(&a->lock);
}

int fake_api_count(struct fake_api *a, enum fake_api_count what)
{
	int n;

	(void)pthread_mutex_lock(&a->lock);
	n = a->counts[what];
	(void)pthread_mutex_unlock(&a->lock);
	return n;
}

void fake_api_await(struct fake_api *a, enum fake_api_count what, int want)
{
	struct timespec end;

	(void)clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += WAIT_S;
	(void)pthread_mutex_lock(&a->lock);
	while (a->counts[what] < want)
		fake_api_must(!pthread_cond_timedwait(&a->moved, &a->lock, &end), "fake_api_await");
	(void)pthread_mutex_unlock(&a->lock);
}
