/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/source.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/buf.h"

struct source {
	int fd;
	char url[64];
	pthread_t thread;
	pthread_mutex_t lock; /* of what follows */
	struct buf answer;
	bool silent;
	int requests, held; /* HELD: the connection that gets no answer, or -1 */
};

/* Read a request's head; the other side sends no more. */
static bool read_head(int fd)
{
	char head[4096];
	size_t have = 0;

	while (have + 1 < sizeof(head)) {
		ssize_t n = read(fd, head + have, sizeof(head) - 1 - have);

		if (n <= 0)
			return false;
		have += (size_t)n;
		head[have] = '\0';
		if (strstr(head, "\r\n\r\n"))
			return !strncmp(head, "GET /jwks HTTP/1.1\r\n", 20);
	}
	return false;
}

static void answer_all(const struct source *s, int fd)
{
	size_t at = 0;

	while (at < s->answer.len) { /* who has had enough of it hangs up */
		ssize_t n = send(fd, s->answer.data + at, s->answer.len - at, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		at += (size_t)n;
	}
}

static void *serve(void *ctx)
{
	struct source *s = ctx;
	int fd;

	while ((fd = accept(s->fd, NULL, NULL)) >= 0) {
		bool asked = read_head(fd);

		(void)pthread_mutex_lock(&s->lock);
		s->requests += asked;
		if (asked && s->silent) {
			if (s->held >= 0)
				(void)close(s->held);
			s->held = fd;
		} else {
			if (asked)
				answer_all(s, fd);
			(void)close(fd);
		}
		(void)pthread_mutex_unlock(&s->lock);
	}
	return NULL;
}

struct source *source_new(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct source *s = calloc(1, sizeof(*s));
	socklen_t len = sizeof(at);

	cr_assert(s != NULL);
	s->held = -1;
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	cr_assert(s->fd >= 0 && !bind(s->fd, (struct sockaddr *)&at, sizeof(at)) && !listen(s->fd, 8) &&
		  !getsockname(s->fd, (struct sockaddr *)&at, &len));
	(void)snprintf(s->url, sizeof(s->url), "http://127.0.0.1:%d/jwks", ntohs(at.sin_port));
	buf_init(&s->answer, 1024 * 1024);
	(void)pthread_mutex_init(&s->lock, NULL);
	cr_assert(!pthread_create(&s->thread, NULL, serve, s));
	return s;
}

void source_free(struct source *s)
{
	if (!s)
		return;
	(void)shutdown(s->fd, SHUT_RDWR);
	(void)pthread_join(s->thread, NULL);
	(void)close(s->fd);
	if (s->held >= 0)
		(void)close(s->held);
	buf_fini(&s->answer);
	free(s);
}

const char *source_url(const struct source *s)
{
	return s->url;
}

void source_says(struct source *s, const char *status, const char *body, size_t len)
{
	(void)pthread_mutex_lock(&s->lock);
	s->silent = !status;
	buf_reset(&s->answer);
	/* Its length is not told: a cap must not rely on it. */
	buf_addf(&s->answer, "HTTP/1.1 %s\r\nLocation: /other\r\n\r\n", status ? status : "");
	buf_add(&s->answer, body, len);
	(void)pthread_mutex_unlock(&s->lock);
	cr_assert(!s->answer.failed);
}

int source_requests(struct source *s)
{
	int n;

	(void)pthread_mutex_lock(&s->lock);
	n = s->requests;
	(void)pthread_mutex_unlock(&s->lock);
	return n;
}
