/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SUPPORT_FAKE_API_PRIVATE_H
#define TESTS_SUPPORT_FAKE_API_PRIVATE_H

/* What the parts of the fake API server share: its state, and words for the wire. */

#include <pthread.h>

#include "tests/support/fake_api.h"

#define CONNECTIONS 64
#define OBJECTS 4096
#define EVENTS 8192
#define WRITES 256

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
	char *writes[WRITES];
	size_t n_writes;
	int write_status, strict;
	char minor[16], kids[128];
	struct {
		const char *word;
		int (*serve)(void *ctx, const char *method, const char *target, const char *body,
			     char **text);
		void *ctx;
	} others[4];
	size_t n_others;
};

/* Aborts, saying WHAT, unless OK. */
void fake_api_must(bool ok, const char *what);
/* Formatted, for the caller to free. */
char *fake_api_text(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

bool fake_api_send(int fd, const char *data, size_t len);
/* A whole answer with STATUS. */
bool fake_api_answer(int fd, int status, const char *body);
/* A line of a chunked body, in three pieces, none of which ends where the line does. */
bool fake_api_line(int fd, const char *line);

#endif
