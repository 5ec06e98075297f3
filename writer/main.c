/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>

#include "common/fileio.h"
#include "writer/check.h"
#include "writer/install.h"
#include "writer/serve.h"

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
	if (want != WANT_RUN)
		return 0;
	(void)clearenv(); /* what O points to in it stays readable */
	return o.verb == VERB_RUN || o.verb == VERB_ONCE ? serve(&sys, &o, STDERR_FILENO)
							 : answer(&sys, &o);
}
