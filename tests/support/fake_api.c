/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/fake_api_private.h"

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
	char *items = fake_api_text("%s", ""), *out, more[64] = "";

	i = (size_t)number(target, "continue=");
	for (; i < a->n_objects && n < limit; i++) {
		char *longer;

		if (a->objects[i].kind != kind || a->objects[i].unseen || !a->objects[i].json)
			continue;
		longer = fake_api_text("%s%s%s", items, n++ ? "," : "", a->objects[i].json);
		free(items);
		items = longer;
	}
	if (i < a->n_objects)
		(void)snprintf(more, sizeof(more), ",\"continue\":\"%zu/%d==\"", i, a->version);
	out = fake_api_text("{\"kind\":\"PartialObjectMetadataList\",\"metadata\":{"
			    "\"resourceVersion\":\"%d\"%s},\"items\":[%s]}", a->version, more, items);
	free(items);
	return out;
}

static bool serve_list(struct fake_api *a, int fd, enum fake_api_kind kind, const char *target)
{
	const char *more = strstr(target, "continue=");
	char *body;
	bool ok, old;

	(void)pthread_mutex_lock(&a->lock);
	if (kind != FAKE_POD)
		count(a, FAKE_LISTS);
	old = more && strstr(more, "%2F") && number(more, "%2F") < a->oldest;
	if (old)
		count(a, FAKE_GONE);
	body = old ? fake_api_text("{\"kind\":\"Status\",\"code\":410}") : page(a, kind, target);
	(void)pthread_mutex_unlock(&a->lock);
	ok = fake_api_answer(fd, old ? 410 : 200, body);
	free(body);
	return ok;
}

static bool serve_one(struct fake_api *a, int fd, enum fake_api_kind kind, const char *target)
{
	char namespace_[64] = "", name[64] = "", *body = NULL;
	bool ok;

	if (sscanf(target, "/api/v1/namespaces/%63[^/]/serviceaccounts/%63s", namespace_, name) !=
	    2) {
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
			body = fake_api_text("%s", a->objects[i].json);
	(void)pthread_mutex_unlock(&a->lock);
	ok = fake_api_answer(fd, body ? 200 : 404, body ? body : "{\"kind\":\"Status\"}");
	free(body);
	return ok;
}

/* A stream from VERSION on, until the connection or the server ends. */
static void stream(struct fake_api *a, int fd, enum fake_api_kind kind, int version)
{
	size_t next = 0;
	bool ok = true;

	while (next < a->n_events &&
	       (a->events[next].version <= version || a->events[next].kind < 0))
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
		ok = fake_api_line(fd, e->line);
		(void)pthread_mutex_lock(&a->lock);
	}
}

static void serve_watch(struct fake_api *a, int fd, enum fake_api_kind kind, const char *target)
{
	static const char head[] = "HTTP/1.1 200 X\r\ncontent-type: application/json\r\n"
				   "transfer-encoding: chunked\r\n\r\n";
	static const char gone[] =
		"{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"code\":410}}\n";
	int version = number(target, "resourceVersion=");
	bool old;

	(void)pthread_mutex_lock(&a->lock);
	if (kind != FAKE_POD)
		count(a, FAKE_WATCHES);
	old = version < a->oldest;
	if (old && kind != FAKE_POD)
		count(a, FAKE_GONE);
	if (old && !a->by_event)
		(void)fake_api_answer(fd, 410, "{\"kind\":\"Status\",\"code\":410}");
	else if (fake_api_send(fd, head, strlen(head)) && old)
		(void)fake_api_line(fd, gone);
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
	ok = (!a->token[0] || strstr(head, want)) && !a->strict;
	if (a->strict)
		a->strict--;
	if (!ok)
		count(a, FAKE_REFUSED);
	(void)pthread_mutex_unlock(&a->lock);
	return ok || (fake_api_answer(fd, 401, "{\"kind\":\"Status\",\"code\":401}") && false);
}

static bool serve_write(struct fake_api *a, int fd, const char *head)
{
	const char *type = strstr(head, "\r\nContent-Type: "), *body = strstr(head, "\r\n\r\n") + 4;
	int status = !strncmp(head, "POST ", 5) ? 201 : 200;

	fake_api_must(type && type < body, "a content type");
	type += strlen("\r\nContent-Type: ");
	(void)pthread_mutex_lock(&a->lock);
	fake_api_must(a->n_writes < WRITES, "writes");
	a->writes[a->n_writes++] =
		fake_api_text("%.*s %.*s\n%s", (int)(strstr(head, " HTTP/1.1\r") - head), head,
			      (int)strcspn(type, "\r"), type, body);
	if (a->write_status)
		status = a->write_status;
	count(a, FAKE_WRITES);
	(void)pthread_mutex_unlock(&a->lock);
	return fake_api_answer(fd, status, "{}");
}

static bool serve_version(struct fake_api *a, int fd)
{
	char *body;
	bool ok;

	(void)pthread_mutex_lock(&a->lock);
	count(a, FAKE_VERSIONS);
	body = fake_api_text("{\"major\":\"1\",\"minor\":\"%s\",\"gitVersion\":\"v1\"}", a->minor);
	(void)pthread_mutex_unlock(&a->lock);
	ok = fake_api_answer(fd, 200, body);
	free(body);
	return ok;
}

/* As the real one it wants to be asked for its own type. Source: pkg/routes/openidmetadata.go. */
static bool serve_jwks(struct fake_api *a, int fd, const char *head)
{
	char *body = fake_api_text("{\"keys\":["), *longer, *rest, kids[sizeof(a->kids)];
	int n = 0, status = strstr(head, "*/*") ? 200 : 406;
	bool ok;

	(void)pthread_mutex_lock(&a->lock);
	count(a, FAKE_JWKS);
	(void)snprintf(kids, sizeof(kids), "%s", a->kids);
	(void)pthread_mutex_unlock(&a->lock);
	rest = kids;
	for (char *kid; (kid = strsep(&rest, " "));) {
		longer = fake_api_text("%s%s{\"kty\":\"EC\",\"use\":\"sig\",\"kid\":\"%s\"}", body,
				       n++ ? "," : "", kid);
		free(body);
		body = longer;
	}
	longer = fake_api_text("%s]}", body);
	ok = fake_api_answer(fd, status, longer);
	free(longer);
	free(body);
	return ok;
}

/* Is the request whole, with its body? */
static bool is_whole(const char *text, size_t len)
{
	const char *body = strstr(text, "\r\n\r\n"), *said = strstr(text, "\r\nContent-Length: ");

	if (!body)
		return false;
	body += 4;
	return !said || said > body ||
	       len - (size_t)(body - text) >= (size_t)atoi(said + strlen("\r\nContent-Length: "));
}

/* Whether the request was for an object of another kind, and the answer is sent. */
static bool serve_other(struct fake_api *a, int fd, const char *head)
{
	char method[16] = "", target[512] = "", *text = NULL;
	int status = 0;

	fake_api_must(sscanf(head, "%15s %511s", method, target) == 2, "a request");
	(void)pthread_mutex_lock(&a->lock);
	for (size_t i = 0; i < a->n_others && !status; i++)
		if (strstr(target, a->others[i].word))
			status = a->others[i].serve(a->others[i].ctx, method, target,
						    strstr(head, "\r\n\r\n") + 4, &text);
	(void)pthread_mutex_unlock(&a->lock);
	if (status)
		(void)fake_api_answer(fd, status, text ? text : "{}");
	free(text);
	return status;
}

/* Serve the request in HEAD; false ends the connection. */
static bool serve(struct fake_api *a, int fd, char *head)
{
	char *target = strchr(head, ' '), *end = target ? strchr(target + 1, ' ') : NULL;
	enum fake_api_kind kind;
	bool pods;

	fake_api_must(end != NULL, "a request");
	if (!is_let_in(a, fd, head))
		return true;
	if (serve_other(a, fd, head))
		return true;
	if (strncmp(head, "GET ", 4) != 0)
		return serve_write(a, fd, head);
	if (!strncmp(head, "GET /version ", 13))
		return serve_version(a, fd);
	if (!strncmp(head, "GET /openid/v1/jwks ", 20))
		return serve_jwks(a, fd, head);
	pods = !strncmp(target, " /api/v1/pods?", 14);
	fake_api_must(pods == !strstr(head, "as=PartialObjectMetadata"),
		      "of all but pods metadata only is asked for");
	*end = '\0';
	target++;
	kind = pods ? FAKE_POD : strstr(target, "serviceaccounts") ? FAKE_ACCOUNT : FAKE_NAMESPACE;
	if (strstr(target, "limit="))
		return serve_list(a, fd, kind, target);
	if (!strstr(target, "watch=1"))
		return serve_one(a, fd, kind, target);
	fake_api_must(strstr(target, "allowWatchBookmarks=true") &&
			      strstr(target, "timeoutSeconds="),
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
		if (!is_whole(head, len))
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
		fake_api_must(!pthread_create(&c->thread, NULL, run_conn, c), "a thread");
		(void)pthread_mutex_unlock(&a->lock);
	}
	fake_api_must(false, "connections");
	return NULL;
}

struct fake_api *fake_api_new(void)
{
	struct fake_api *a = calloc(1, sizeof(*a));
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);

	fake_api_must(a != NULL, "memory");
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	a->version = 100;
	fake_api_minor(a, "34");
	fake_api_keys(a, "first");
	(void)pthread_mutex_init(&a->lock, NULL);
	(void)pthread_cond_init(&a->moved, NULL);
	a->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	fake_api_must(a->fd >= 0 && !bind(a->fd, (struct sockaddr *)&at, sizeof(at)) &&
			      !listen(a->fd, 64) &&
		     !getsockname(a->fd, (struct sockaddr *)&at, &len), "a socket");
	a->port = ntohs(at.sin_port);
	fake_api_must(!pthread_create(&a->acceptor, NULL, run_acceptor, a), "a thread");
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
	for (size_t i = 0; i < a->n_writes; i++)
		free(a->writes[i]);
	(void)close(a->fd);
	free(a);
}
