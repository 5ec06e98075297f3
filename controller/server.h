/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CONTROLLER_SERVER_H
#define CONTROLLER_SERVER_H

/* The parts of the controller put together, from listening to the last answer. */

#include "controller/admission.h"
#include "controller/args.h"
#include "controller/cluster.h"
#include "controller/probes.h"
#include "controller/reload.h"

enum server_phase { SERVER_SERVING, SERVER_TERMINATING, SERVER_DRAINING };

struct server {
	const struct args *args;	/* borrowed */
	struct log *log;		/* borrowed */
	struct metrics metrics;
	struct reload reload;
	struct admission admission;
	struct cluster cluster;
	struct probes probes;
	struct httpd *httpd;
	struct httpd_listen listen[2];	/* admission, then metrics */
	int signals;			/* signalfd of SIGTERM and SIGINT, which are blocked */
	enum server_phase phase;
	struct mono next;		/* when the phase ends, after SERVER_SERVING */
};

/*
 * Load, bind, and write the port file. S needs server_fini also after an error,
 * and must stay where it is.
 *
 * Errors  of reload_init, httpd_new, cluster_init and fileio_replace.
 */
int server_init(struct server *s, const struct args *args, struct log *log,
		struct err *e) MUST_CHECK;
void server_fini(struct server *s);

/*
 * Serve until SIGTERM or SIGINT, then drain: not ready at once; SIGTERM serves on
 * for args->drain_s, while the API server learns of it; then no new connections,
 * and an end when the last answer is out.
 */
int server_run(struct server *s, struct err *e) MUST_CHECK;

static inline void auto_server(struct server *s)
{
	server_fini(s);
}

#endif
