/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <string.h>

#include "common/log.h"
#include "tests/support/fake_sys.h"
#include "tests/support/leaks.h"
#include "tests/support/scratch.h"
#include "tests/support/text.h"

/* A log into a file, by a clock that a test moves. */
struct world {
	struct scratch dir;
	struct fake_sys *fake;
	struct sys sys;
	struct log log;
	int fd;
};

static void world_init(struct world *w, enum log_level level)
{
	w->dir = scratch_new();
	w->fake = fake_sys_new(NULL);
	w->sys = fake_sys_ops(w->fake);
	w->fd = open(scratch_path(&w->dir, "log"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	cr_assert(w->fd >= 0);
	log_init(&w->log, &w->sys, w->fd, level);
}

static void world_fini(struct world *w)
{
	(void)close(w->fd);
	fake_sys_free(w->fake);
	scratch_free(&w->dir);
	NO_LEAKS();
}

static unsigned lines(const char *text)
{
	unsigned n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

Test(log, writes_one_JSON_line_with_its_fields)
{
	struct world w;
	char text[4096];

	world_init(&w, LOG_LEVEL_INFO);
	log_event(&w.log, LOG_LEVEL_INFO, "said \"hi\"", "name", "a\nb", "absent", NULL, "count#", "7", NULL);
	(void)scratch_read(&w.dir, "log", text, sizeof(text));
	cr_expect(eq(str, text, TEXT("{\"ts\":\"2026-11-18T11:23:20Z\",\"level\":\"info\",\"msg\":"
				     "\"said \\\"hi\\\"\",\"name\":\"a\\nb\",\"count\":7}\n")));
	world_fini(&w);
}

Test(log, leaves_out_what_is_above_its_level)
{
	struct world w;
	char text[4096];

	world_init(&w, LOG_LEVEL_WARN);
	log_event(&w.log, LOG_LEVEL_INFO, "no", NULL);
	log_event(&w.log, LOG_LEVEL_ERROR, "yes", NULL);
	cr_expect(eq(u32, lines(scratch_read(&w.dir, "log", text, sizeof(text))), 1));
	world_fini(&w);
}

Test(log, prints_an_error_with_kind_and_errno)
{
	struct world w;
	struct err e = { 0 };
	char text[4096];

	world_init(&w, LOG_LEVEL_INFO);
	err_set(&e, ERR_IO, ENOSPC, "unable to write f");
	log_err(&w.log, LOG_LEVEL_ERROR, "oh", &e);
	(void)scratch_read(&w.dir, "log", text, sizeof(text));
	cr_expect(strstr(text, "\"err_kind\":\"io\",\"errno\":28,\"error\":\"unable to write f: No space") != NULL,
		  "%s", text);
	world_fini(&w);
}

Test(log, limits_each_warning_by_itself_and_says_how_many_it_dropped)
{
	static const char first[] = "first", second[] = "second";
	struct world w;
	char text[8192];

	world_init(&w, LOG_LEVEL_INFO);
	for (int i = 0; i < 25; i++)
		log_event(&w.log, LOG_LEVEL_WARN, first, NULL);
	cr_expect(eq(u32, lines(scratch_read(&w.dir, "log", text, sizeof(text))), 10));
	log_event(&w.log, LOG_LEVEL_WARN, second, NULL);
	cr_expect(eq(u32, lines(scratch_read(&w.dir, "log", text, sizeof(text))), 11));
	w.fake->boot_ns += 61 * NS_PER_S;
	log_event(&w.log, LOG_LEVEL_WARN, first, NULL);
	(void)scratch_read(&w.dir, "log", text, sizeof(text));
	cr_expect(eq(u32, lines(text), 12));
	cr_expect(strstr(text, "\"dropped\":15") != NULL, "%s", text);
	world_fini(&w);
}

Test(log, never_limits_information)
{
	static const char msg[] = "exchange";
	struct world w;
	char text[8192];

	world_init(&w, LOG_LEVEL_INFO);
	for (int i = 0; i < 50; i++)
		log_event(&w.log, LOG_LEVEL_INFO, msg, NULL);
	cr_expect(eq(u32, lines(scratch_read(&w.dir, "log", text, sizeof(text))), 50));
	world_fini(&w);
}

Test(log, cuts_a_line_that_would_be_too_long)
{
	struct world w;
	char big[6000], text[8192];

	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	world_init(&w, LOG_LEVEL_INFO);
	log_event(&w.log, LOG_LEVEL_INFO, "long", "value", big, NULL);
	(void)scratch_read(&w.dir, "log", text, sizeof(text));
	cr_expect(strstr(text, "\"msg\":\"long\",\"cut\":true}\n") != NULL, "%s", text);
	world_fini(&w);
}

Test(log, drops_lines_that_a_full_pipe_has_no_room_for_and_counts_them)
{
	struct sys sys = sys_real();
	char chunk[4096] = "";
	struct log log;
	int pipe[2];
	ssize_t n;

	cr_assert(pipe2(pipe, O_CLOEXEC | O_NONBLOCK) == 0);
	while (write(pipe[1], chunk, sizeof(chunk)) > 0)
		;
	cr_assert(fcntl(pipe[1], F_SETFL, 0) == 0); /* as a container's stderr is: it would block */
	log_init(&log, &sys, pipe[1], LOG_LEVEL_INFO);
	log_event(&log, LOG_LEVEL_INFO, "one", NULL);
	log_event(&log, LOG_LEVEL_ERROR, "two", NULL);
	while (read(pipe[0], chunk, sizeof(chunk)) > 0)
		;
	log_event(&log, LOG_LEVEL_INFO, "three", NULL);
	log_event(&log, LOG_LEVEL_INFO, "four", NULL);
	n = read(pipe[0], chunk, sizeof(chunk) - 1);
	cr_assert(ge(int, (int)n, 1));
	chunk[n] = '\0';
	cr_expect(eq(u32, lines(chunk), 2), "%s", chunk);
	cr_expect(strstr(chunk, "\"three\",\"lost\":2}\n") != NULL, "%s", chunk);
	cr_expect(strstr(chunk, "\"four\"}\n") != NULL, "%s", chunk);
	(void)close(pipe[0]);
	(void)close(pipe[1]);
	NO_LEAKS();
}

Test(log, knows_its_levels_by_name)
{
	cr_expect(eq(int, log_level_parse("error"), LOG_LEVEL_ERROR));
	cr_expect(eq(int, log_level_parse("debug"), LOG_LEVEL_DEBUG));
	cr_expect(eq(int, log_level_parse("trace"), LOG_LEVELS));
	cr_expect(eq(int, log_level_parse(""), LOG_LEVELS));
}
