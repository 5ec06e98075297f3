/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/fake_api.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS 64
#define OBJECTS 4096
#define EVENTS 8192
#define WAIT_S 20

struct object {
	enum fake_api_kind kind;
	char namespace_[64], name[64];
	char *json;
	bool unseen;
};

struct event {
	int version;
	int kind; /* -1: for every watch, and not an event but what is said as it is */
	char *line;
};

struct conn {
	struct fake_api *api;
	pthread_t thread;
	int fd;
	bool used;
};

struct fake_api {
	pthread_mutex_t lock; /* over all below */
	pthread_cond_t moved;
	pthread_t acceptor;
	int fd, port, version, oldest, counts[FAKE_COUNTS];
	bool stop, by_event, hold;
	char token[64];
	struct conn conns[CONNECTIONS];
	struct object objects[OBJECTS];
	size_t n_objects;
	struct event events[EVENTS];
	size_t n_events;
};

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	abort();
}

static char *__attribute__((format(printf, 1, 2))) text(const char *fmt, ...)
{
	char *out = NULL;
	va_list ap;

	va_start(ap, fmt);
	must(vasprintf(&out, fmt, ap) >= 0, "memory");
	va_end(ap);
	return out;
}

static bool send_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

static bool answer(int fd, int status, const char *body)
{
	char *all = text("HTTP/1.1 %d X\r\ncontent-type: application/json\r\n"
			 "content-length: %zu\r\n\r\n%s", status, strlen(body), body);
	bool ok = send_all(fd, all, strlen(all));

	free(all);
	return ok;
}

/* One piece of a chunked body. */
static bool send_chunk(int fd, const char *data, size_t len)
{
	char head[32];
	int n = snprintf(head, sizeof(head), "%zx\r\n", len);

	return send_all(fd, head, (size_t)n) && send_all(fd, data, len) && send_all(fd, "\r\n", 2);
}

/* A line in three pieces, none of which ends where the line does. */
static bool send_line(int fd, const char *line)
{
	size_t len = strlen(line), cut = len / 3;

	if (len < 6)
		return send_chunk(fd, line, len);
	return send_chunk(fd, line, cut) && send_chunk(fd, line + cut, cut) &&
	       send_chunk(fd, line + 2 * cut, len - 2 * cut);
}

static void count(struct fake_api *a, enum fake_api_count what)
{
	a->counts[what]++;
	(void)pthread_cond_broadcast(&a->moved);
}

static int number(const char *target, const char *key)
{
	const char *at = strstr(target, key);

	return at ? atoi(at + strlen(key)) : 0;
}

/* "continue" is INDEX/VERSION==, so that it must be escaped. Called with the lock. */
static char *page(struct fake_api *a, enum fake_api_kind kind, const char *target)
{
	size_t limit = (size_t)number(target, "limit="), n = 0, i;
	char *items = text("%s", ""), *out, more[64] = "";

	i = (size_t)number(target, "continue=");
	for (; i < a->n_objects && n < limit; i++) {
		char *longer;

		if (a->objects[i].kind != kind || a->objects[i].unseen || !a->objects[i].json)
			continue;
		longer = text("%s%s%s", items, n++ ? "," : "", a->objects[i].json);
		free(items);
		items = longer;
	}
	if (i < a->n_objects)
		(void)snprintf(more, sizeof(more), ",\"continue\":\"%zu/%d==\"", i, a->version);
	out = text("{\"kind\":\"PartialObjectMetadataList\",\"metadata\":{\"resourceVersion\":\"%d\""
		   "%s},\"items\":[%s]}", a->version, more, items);
	free(items);
	return out;
}

static bool serve_list(struct fake_api *a, int fd, enum fake_api_kind kind, const char *target)
{
	const char *more = strstr(target, "continue=");
	char *body;
	bool ok, old;

	(void)pthread_mutex_lock(&a->lock);
	count(a, FAKE_LISTS);
	old = more && strstr(more, "%2F") && number(more, "%2F") < a->oldest;
	if (old)
		count(a, FAKE_GONE);
	body = old ? text("{\"kind\":\"Status\",\"code\":410}") : page(a, kind, target);
	(void)pthread_mutex_unlock(&a->lock);
	ok = answer(fd, old ? 410 : 200, body);
	free(body);
	return ok;
}

static bool serve_one(struct fake_api *a, int fd, enum fake_api_kind kind, const char *target)
{
	char namespace_[64] = "", name[64] = "", *body = NULL;
	bool ok;

	if (sscanf(target, "/api/v1/namespaces/%63[^/]/serviceaccounts/%63s", namespace_, name) != 2) {
		namespace_[0] = '\0';
		(void)sscanf(target, "/api/v1/namespaces/%63s", name);
	}
	(void)pthread_mutex_lock(&a->lock);
	count(a, FAKE_GETS);
	while (a->hold && !a->stop)
		(void)pthread_cond_wait(&a->moved, &a->lock);
	for (size_t i = 0; i < a->n_objects; i++)
		if (a->objects[i].kind == kind && a->objects[i].json &&
		    !strcmp(a->objects[i].namespace_, namespace_) &&
		    !strcmp(a->objects[i].name, name))
			body = text("%s", a->objects[i].json);
	(void)pthread_mutex_unlock(&a->lock);
	ok = answer(fd, body ? 200 : 404, body ? body : "{\"kind\":\"Status\"}");
	free(body);
	return ok;
}

/* A stream from VERSION on, until the connection or the server ends. */
static void stream(struct fake_api *a, int fd, enum fake_api_kind kind, int version)
{
	size_t next = 0;
	bool ok = true;

	while (next < a->n_events && (a->events[next].version <= version || a->events[next].kind < 0))
		next++;
	while (ok && !a->stop) {
		struct event *e = next < a->n_events ? &a->events[next] : NULL;

		if (!e) {
			char byte;
			struct timespec soon;

			/* A closed connection is only seen by looking. */
			(void)clock_gettime(CLOCK_REALTIME, &soon);
			soon.tv_sec += 1;
			(void)pthread_cond_timedwait(&a->moved, &a->lock, &soon);
			ok = recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) != 0;
			continue;
		}
		next++;
		if (e->kind >= 0 && e->kind != (int)kind)
			continue;
		(void)pthread_mutex_unlock(&a->lock);
		ok = send_line(fd, e->line);
		(void)pthread_mutex_lock(&a->lock);
	}
}

static void serve_watch(struct fake_api *a, int fd, enum fake_api_kind kind, const char *target)
{
	static const char head[] = "HTTP/1.1 200 X\r\ncontent-type: application/json\r\n"
				   "transfer-encoding: chunked\r\n\r\n";
	static const char gone[] = "{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410}}\n";
	int version = number(target, "resourceVersion=");
	bool old;

	(void)pthread_mutex_lock(&a->lock);
	count(a, FAKE_WATCHES);
	old = version < a->oldest;
	if (old)
		count(a, FAKE_GONE);
	if (old && !a->by_event)
		(void)answer(fd, 410, "{\"kind\":\"Status\",\"code\":410}");
	else if (send_all(fd, head, strlen(head)) && old)
		(void)send_line(fd, gone);
	else
		stream(a, fd, kind, version);
	(void)pthread_mutex_unlock(&a->lock);
}

static bool is_let_in(struct fake_api *a, int fd, const char *head)
{
	char want[128];
	bool ok;

	(void)pthread_mutex_lock(&a->lock);
	(void)snprintf(want, sizeof(want), "\r\nAuthorization: Bearer %s\r\n", a->token);
	ok = !a->token[0] || strstr(head, want);
	if (!ok)
		count(a, FAKE_REFUSED);
	(void)pthread_mutex_unlock(&a->lock);
	return ok || (answer(fd, 401, "{\"kind\":\"Status\",\"code\":401}") && false);
}

/* Serve the request in HEAD; false ends the connection. */
static bool serve(struct fake_api *a, int fd, char *head)
{
	char *target = strchr(head, ' '), *end = target ? strchr(target + 1, ' ') : NULL;
	enum fake_api_kind kind;

	must(end != NULL, "a request");
	if (!is_let_in(a, fd, head))
		return true;
	must(strstr(head, "as=PartialObjectMetadata") != NULL, "metadata only is asked for");
	*end = '\0';
	target++;
	kind = strstr(target, "serviceaccounts") ? FAKE_ACCOUNT : FAKE_NAMESPACE;
	if (strstr(target, "limit="))
		return serve_list(a, fd, kind, target);
	if (!strstr(target, "watch=1"))
		return serve_one(a, fd, kind, target);
	must(strstr(target, "allowWatchBookmarks=true") && strstr(target, "timeoutSeconds="),
	     "a watch's parameters");
	serve_watch(a, fd, kind, target);
	return false;
}

static void *run_conn(void *ctx)
{
	struct conn *c = ctx;
	char head[16384];
	size_t len = 0;
	ssize_t n;

	while ((n = recv(c->fd, head + len, sizeof(head) - 1 - len, 0)) > 0) {
		len += (size_t)n;
		head[len] = '\0';
		if (!strstr(head, "\r\n\r\n"))
			continue;
		if (!serve(c->api, c->fd, head))
			break;
		len = 0;
	}
	(void)shutdown(c->fd, SHUT_RDWR);
	return NULL;
}

static void *run_acceptor(void *ctx)
{
	struct fake_api *a = ctx;

	for (size_t i = 0; i < CONNECTIONS; i++) {
		int fd = accept(a->fd, NULL, NULL);
		struct conn *c = &a->conns[i];

		if (fd < 0)
			return NULL;
		(void)pthread_mutex_lock(&a->lock);
		*c = (struct conn){ .api = a, .fd = fd, .used = true };
		must(!pthread_create(&c->thread, NULL, run_conn, c), "a thread");
		(void)pthread_mutex_unlock(&a->lock);
	}
	must(false, "connections");
	return NULL;
}

struct fake_api *fake_api_new(void)
{
	struct fake_api *a = calloc(1, sizeof(*a));
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);

	must(a != NULL, "memory");
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	a->version = 100;
	(void)pthread_mutex_init(&a->lock, NULL);
	(void)pthread_cond_init(&a->moved, NULL);
	a->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	must(a->fd >= 0 && !bind(a->fd, (struct sockaddr *)&at, sizeof(at)) && !listen(a->fd, 64) &&
		     !getsockname(a->fd, (struct sockaddr *)&at, &len), "a socket");
	a->port = ntohs(at.sin_port);
	must(!pthread_create(&a->acceptor, NULL, run_acceptor, a), "a thread");
	return a;
}

int fake_api_port(const struct fake_api *a)
{
	return a->port;
}

void fake_api_free(struct fake_api *a)
{
	if (!a)
		return;
	(void)shutdown(a->fd, SHUT_RDWR);
	(void)pthread_join(a->acceptor, NULL);
	(void)pthread_mutex_lock(&a->lock);
	a->stop = true;
	(void)pthread_cond_broadcast(&a->moved);
	(void)pthread_mutex_unlock(&a->lock);
	fake_api_drop(a);
	for (size_t i = 0; i < CONNECTIONS && a->conns[i].used; i++) {
		(void)pthread_join(a->conns[i].thread, NULL);
		(void)close(a->conns[i].fd);
	}
	for (size_t i = 0; i < a->n_objects; i++)
		free(a->objects[i].json);
	for (size_t i = 0; i < a->n_events; i++)
		free(a->events[i].line);
	(void)close(a->fd);
	free(a);
}

/* Called with the lock. LINE is taken. */
static void tell(struct fake_api *a, int kind, char *line)
{
	must(a->n_events < EVENTS, "events");
	a->events[a->n_events++] = (struct event){ a->version, kind, line };
	(void)pthread_cond_broadcast(&a->moved);
}

/* Called with the lock: the object's place, a new one when there is none. */
static struct object *place(struct fake_api *a, enum fake_api_kind kind, const char *namespace_,
			    const char *name)
{
	struct object *o = a->objects;

	while (o < a->objects + a->n_objects &&
	       (o->kind != kind || strcmp(o->namespace_, namespace_) != 0 || strcmp(o->name, name) != 0))
		o++;
	if (o < a->objects + a->n_objects)
		return o;
	must(a->n_objects < OBJECTS, "objects");
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
	o->json = text("{\"kind\":\"PartialObjectMetadata\",\"metadata\":{\"name\":\"%s\"%s%s%s,"
		       "\"resourceVersion\":\"%d\"%s}}", name,
		       *namespace_ ? ",\"namespace\":\"" : "", namespace_, *namespace_ ? "\"" : "",
		       a->version, metadata);
	if (!unseen)
		tell(a, (int)kind, text("{\"type\":\"%s\",\"object\":%s}\n",
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
	tell(a, (int)kind, text("{\"type\":\"DELETED\",\"object\":{\"metadata\":{\"name\":\"%s\","
				"\"namespace\":\"%s\",\"resourceVersion\":\"%d\"}}}\n", name,
				namespace_, a->version));
	(void)pthread_mutex_unlock(&a->lock);
}

void fake_api_bookmark(struct fake_api *a)
{
	(void)pthread_mutex_lock(&a->lock);
	a->version++;
	for (int kind = FAKE_ACCOUNT; kind <= FAKE_NAMESPACE; kind++)
		tell(a, kind, text("{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{"
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
	tell(a, -1, text("%s", what));
	(void)pthread_mutex_unlock(&a->lock);
}

void fake_api_token(struct fake_api *a, const char *token)
{
	(void)pthread_mutex_lock(&a->lock);
	(void)snprintf(a->token, sizeof(a->token), "%s", token ? token : "");
	(void)pthread_mutex_unlock(&a->lock);
}

void fake_api_hold(struct fake_api *a, bool hold)
{
	(void)pthread_mutex_lock(&a->lock);
	a->hold = hold;
	(void)pthread_cond_broadcast(&a->moved);
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
		must(!pthread_cond_timedwait(&a->moved, &a->lock, &end), "fake_api_await");
	(void)pthread_mutex_unlock(&a->lock);
}
