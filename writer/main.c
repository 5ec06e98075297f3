/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>

#include "common/fileio.h"
#include "writer/check.h"
#include "writer/confine.h"
#include "writer/install.h"
#include "writer/loop.h"
#include "writer/preflight.h"
#include "writer/store.h"

/* Descriptors 0 to 2 exist, so that no file of ours lands on them. */
static void ensure_stdio(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		(void)close(fd);
}

/* LINE and a newline; nobody is left to tell if that fails. */
static void say(struct sys *sys, int fd, const char *prefix, const char *line)
{
	struct err ignored = { 0 };
	AUTO(buf) struct buf text;

	buf_init(&text, 8192);
	buf_addf(&text, "%s%s", prefix, line);
	if (!text.len || text.data[text.len - 1] != '\n')
		buf_addc(&text, '\n');
	if (fileio_write_all(sys, fd, text.data, text.len, "the output", &ignored) < 0)
		return;
}

static int fail(struct sys *sys, const struct err *e)
{
	say(sys, STDERR_FILENO, "wif-writer: ", e->msg);
	return err_exit(e);
}

/* run and once. */
static int serve(struct sys *sys, struct options *o)
{
	AUTO(writer) struct writer w;
	struct err e = { 0 };
	int ret;

	writer_init(&w, sys, o, STDERR_FILENO);
	if (preflight(sys, o, &e) < 0 || store_open(&w, &e) < 0 ||
	    events_open(&w.events, sys, &e) < 0)
		return fail(sys, &e);
	confine(sys, &w.log, o);
	log_event(&w.log, LOG_LEVEL_INFO, "started", "version", WIF_VERSION, "output", o->output,
		  "endpoint", o->base_url, "rule", o->rule, NULL);
	ret = loop_run(&w, &e);
	if (ret)
		log_err(&w.log, LOG_LEVEL_ERROR, "exit", &e);
	return ret;
}

static int answer(struct sys *sys, const struct options *o)
{
	struct err e = { 0 };
	AUTO(buf) struct buf out;
	int ret = 0;

	buf_init(&out, 8192);
	if (o->verb == VERB_INSTALL)
		return install_run(sys, o, &e) < 0 ? fail(sys, &e) : 0;
	if (o->verb == VERB_CHECK)
		ret = check_run(sys, o, &out);
	else
		check_status(sys, o, &out);
	if (out.len)
		say(sys, STDOUT_FILENO, "", out.data);
	return ret;
}

int main(int argc, char **argv)
{
	struct sys sys = sys_real();
	enum options_want want;
	struct err e = { 0 };
	struct options o;

	(void)argc;
	ensure_stdio();
	(void)umask(022);
	if (options_parse(argv, (const char *)getauxval(AT_EXECFN), &o, &want, &e) < 0)
		return fail(&sys, &e);
	if (want == WANT_HELP)
		say(&sys, STDOUT_FILENO, "", options_help(o.verb));
	else if (want == WANT_VERSION)
		say(&sys, STDOUT_FILENO, "", "wif-writer " WIF_VERSION);
	else if (o.verb == VERB_RUN || o.verb == VERB_ONCE)
		return serve(&sys, &o);
	else
		return answer(&sys, &o);
	return 0;
}
