/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_SANDBOX_STAND_H
#define TESTS_SANDBOX_STAND_H

/* wif-sandbox as a process, and what a client and an operator do with it. */

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

#include "common/buf.h"

#define STAND_ISSUER "https://issuer.test"
#define STAND_AUDIENCE "https://api.anthropic.com"
#define STAND_SUBJECT "system:serviceaccount:team-a:web"

struct stand {
	char dir[32];	/* a temporary directory, with the keys in keys/ */
	pid_t pid;	/* of `serve`; 0: not running */
	bool tls;
	int port, admin;
};

/* What a server answered. */
struct stand_answer {
	int status;	/* 0: the connection ended before one */
	size_t len;	/* bytes of the body that came */
	char head[1024], body[2048];
};

/* A directory with keys; nothing runs. */
void stand_init(struct stand *s);
/* Tell process PID of it to stop; its exit status. */
int stand_end(pid_t pid);
/* End what runs, which must exit with 0 (a leak would not); remove the directory. */
void stand_fini(struct stand *s);

/* `serve` with the usual options and up to 6 more, ended by NULL; waits until it listens. */
void stand_serve(struct stand *s, bool tls, const char *const *more);

/* Run `wif-sandbox ARGV...`; its exit status. */
int stand_run(const char *const *argv);

/* Start `wif-sandbox ARGV...`, which runs until stand_fini ends it. */
void stand_start(struct stand *s, const char *const *argv);

/* A heap string: an assertion with that jti that lives 600 s, signed by the issuer's key. */
char *stand_assertion(const struct stand *s, const char *jti);

/* One request on a connection of its own. HEADERS: complete lines, or "". */
struct stand_answer stand_ask(int port, bool tls, const char *method, const char *path,
			      const char *headers, const char *body);

/* Exchange ASSERTION as the contract says it is done. */
struct stand_answer stand_exchange(const struct stand *s, const char *assertion);

/* The body of a request that exchanges ASSERTION. */
void stand_exchange_body(struct buf *out, const char *assertion);
extern const char stand_exchange_headers[];

/* A JSON request to the admin port, which must be answered with 200. */
void stand_admin(const struct stand *s, const char *path, const char *body);

/* A figure of GET /stats, by its path: "exchanges.granted", "replays". */
json_int_t stand_figure(const struct stand *s, const char *path);

static inline void auto_stand(struct stand *s)
{
	stand_fini(s);
}

#endif
