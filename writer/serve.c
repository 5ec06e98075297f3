/* SPDX-License-Identifier: Apache-2.0 */
#include "writer/serve.h"

#include "writer/confine.h"
#include "writer/loop.h"
#include "writer/preflight.h"
#include "writer/store.h"

static int fail(struct writer *w, const struct err *e)
{
	log_err(&w->log, LOG_LEVEL_ERROR, "exit", e);
	return err_exit(e);
}

int serve(struct sys *sys, struct options *o, int log_fd)
{
	AUTO(writer) struct writer w;
	struct err e = { 0 };
	int ret;

	writer_init(&w, sys, o, log_fd);
	confine_early(sys, &w.log);
	if (preflight(sys, o, &e) < 0 || store_open(&w, &e) < 0 ||
	    events_open(&w.events, sys, &e) < 0)
		return fail(&w, &e);
	if (confine(sys, &w.log, o)) /* what the kernel lacks is in the log */
		anchor_drop(&w.anchor, sys, o);
	log_event(&w.log, LOG_LEVEL_INFO, "started", "version", WIF_VERSION, "output", o->output,
		  "endpoint", o->base_url, "rule", o->rule, NULL);
	ret = loop_run(&w, &e);
	return ret ? fail(&w, &e) : 0;
}
