/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "controller/reload.h"
#include "tests/controller/workdir.h"
#include "tests/support/leaks.h"
#include "tests/support/text.h"

#define CONFIG(rule)                                                                               \
	"federations: {default: {organizationId: 00000000-0000-0000-0000-000000000000, "           \
	"federationRuleId: " rule ", serviceAccountId: svac_x}}\nwriter: {image: w}\n"

/* The three files, what watches them, and the log it writes. */
struct bench {
	struct workdir dir;
	struct sys_ops ops;	/* the kernel's, but for read */
	struct sys sys;
	int fails;		/* errno of the next reads; 0: they are the kernel's */
	struct log log;
	struct metrics metrics;
	struct reload reload;
	char config[128], cert[128], key[128];
};

static ssize_t faulty_read(struct sys *sys, int fd, void *data, size_t len)
{
	const struct bench *b = sys->ctx;

	if (!b->fails)
		return read(fd, data, len);
	errno = b->fails;
	return -1;
}

static int bench_open(struct bench *b, const char *config, struct err *e)
{
	*b = (struct bench){ .dir = workdir_open(), .ops = *sys_real().ops };
	b->ops.read = faulty_read;
	b->sys = (struct sys){ .ops = &b->ops, .ctx = b };
	workdir_write(&b->dir, "config.yaml", config);
	workdir_pair(&b->dir, "crt", "key", 3600);
	(void)snprintf(b->config, sizeof(b->config), "%s", workdir_path(&b->dir, "config.yaml"));
	(void)snprintf(b->cert, sizeof(b->cert), "%s", workdir_path(&b->dir, "crt"));
	(void)snprintf(b->key, sizeof(b->key), "%s", workdir_path(&b->dir, "key"));
	log_init(
		&b->log, &b->sys,
		open(workdir_path(&b->dir, "log"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600),
		LOG_LEVEL_INFO);
	return reload_init(&b->reload, &b->log, &b->metrics, b->config, b->cert, b->key, e);
}

static void bench_close(struct bench *b)
{
	reload_fini(&b->reload);
	(void)close(b->log.fd);
	workdir_close(&b->dir);
}

static int lines(struct bench *b, const char *what)
{
	AUTO(free) char *text = workdir_read(&b->dir, "log");
	int n = 0;

	for (const char *s = text; (s = strstr(s, what)); s++)
		n++;
	return n;
}

static const char *rule(const struct bench *b)
{
	return b->reload.settings.federations[0].rule;
}

Test(reload, takes_a_good_config_and_refuses_a_bad_one_with_one_line)
{
	struct bench b;
	struct err e = { 0 };

	cr_assert(eq(int, bench_open(&b, CONFIG("fdrl_a"), &e), 0), "%s", e.msg);
	reload_poll(&b.reload);
	cr_expect(eq(int, lines(&b, "config in force"), 1), "nothing changed, nothing loaded");
	workdir_write(&b.dir, "config.yaml", CONFIG("fdrl_b"));
	reload_poll(&b.reload);
	cr_expect(eq(str, TEXT(rule(&b)), TEXT("fdrl_b")));
	workdir_write(&b.dir, "config.yaml", CONFIG("rule"));
	for (int i = 0; i < 3; i++)
		reload_poll(&b.reload);
	cr_expect(eq(str, TEXT(rule(&b)), TEXT("fdrl_b")), "the good one stays");
	cr_expect(eq(int, lines(&b, "new config refused"), 1));
	cr_expect(eq(int,
		     lines(&b, "config.yaml:1: federations.default.federationRuleId=\\\"rule\\\""),
		     1));
	cr_expect(eq(u64, b.metrics.config_reload_errors, 1));
	cr_assert(eq(int, unlink(b.config), 0));
	for (int i = 0; i < 3; i++)
		reload_poll(&b.reload);
	cr_expect(eq(u64, b.metrics.config_reload_errors, 2), "a missing file counts once");
	workdir_write(&b.dir, "config.yaml", CONFIG("fdrl_c"));
	reload_poll(&b.reload);
	cr_expect(eq(str, TEXT(rule(&b)), TEXT("fdrl_c")));
	bench_close(&b);
	NO_LEAKS();
}

Test(reload, tries_again_what_could_not_be_read)
{
	const struct tls_identity *first;
	struct bench b;
	struct err e = { 0 };

	cr_assert(eq(int, bench_open(&b, CONFIG("fdrl_a"), &e), 0), "%s", e.msg);
	first = b.reload.identity;
	workdir_write(&b.dir, "config.yaml", CONFIG("fdrl_b"));
	workdir_pair(&b.dir, "crt", "key", 7200);
	b.fails = EIO;
	for (int i = 0; i < 3; i++)
		reload_poll(&b.reload);
	cr_expect(eq(str, TEXT(rule(&b)), TEXT("fdrl_a")));
	cr_expect(b.reload.identity == first);
	cr_expect(eq(int, lines(&b, "new config refused"), 1), "said once");
	cr_expect(eq(int, lines(&b, "new certificate refused"), 1));
	cr_expect(eq(u64, b.metrics.config_reload_errors, 1));
	b.fails = 0;
	reload_poll(&b.reload);
	cr_expect(eq(str, TEXT(rule(&b)), TEXT("fdrl_b")), "nothing changed but the disk's mood");
	cr_expect(b.metrics.certificate_not_after_s > b.sys.ops->wall_now(&b.sys).s + 7000);
	reload_poll(&b.reload);
	cr_expect(eq(int, lines(&b, "config in force"), 2), "and not again");
	bench_close(&b);
	NO_LEAKS();
}

Test(reload, what_is_wrong_once_it_can_be_read_is_said)
{
	struct bench b;
	struct err e = { 0 };

	cr_assert(eq(int, bench_open(&b, CONFIG("fdrl_a"), &e), 0), "%s", e.msg);
	workdir_write(&b.dir, "config.yaml", CONFIG("rule"));
	b.fails = EMFILE;
	reload_poll(&b.reload);
	b.fails = 0;
	for (int i = 0; i < 3; i++)
		reload_poll(&b.reload);
	cr_expect(eq(int, lines(&b, "new config refused"), 2));
	cr_expect(eq(u64, b.metrics.config_reload_errors, 2));
	cr_expect(eq(str, TEXT(rule(&b)), TEXT("fdrl_a")));
	bench_close(&b);
	NO_LEAKS();
}

Test(reload, sees_an_edit_in_place_of_the_same_size)
{
	struct bench b;
	struct err e = { 0 };
	int fd;

	cr_assert(eq(int, bench_open(&b, CONFIG("fdrl_a"), &e), 0), "%s", e.msg);
	fd = open(b.config, O_WRONLY | O_CLOEXEC);
	cr_assert(eq(int, (int)write(fd, CONFIG("fdrl_z"), strlen(CONFIG("fdrl_z"))),
		     (int)strlen(CONFIG("fdrl_z"))));
	(void)close(fd);
	reload_poll(&b.reload);
	cr_expect(eq(str, TEXT(rule(&b)), TEXT("fdrl_z")));
	bench_close(&b);
}

Test(reload, follows_the_kubelets_swap_of_a_directory_link)
{
	struct bench b;
	struct err e = { 0 };
	struct reload r;
	struct workdir d;

	cr_assert(eq(int, bench_open(&b, CONFIG("fdrl_a"), &e), 0), "%s", e.msg);
	d = b.dir;
	cr_assert(eq(int, mkdir(workdir_path(&d, "v1"), 0700), 0));
	cr_assert(eq(int, mkdir(workdir_path(&d, "v2"), 0700), 0));
	cr_assert(eq(int, link(b.config, workdir_path(&d, "v1/config.yaml")), 0));
	workdir_write(&d, "config.yaml", CONFIG("fdrl_b"));
	cr_assert(eq(int, link(b.config, workdir_path(&d, "v2/config.yaml")), 0));
	cr_assert(eq(int, symlink("v1", workdir_path(&d, "..data")), 0));
	cr_assert(eq(int, symlink("v2", workdir_path(&d, "..next")), 0));
	(void)snprintf(b.config, sizeof(b.config), "%s/..data/config.yaml", d.path);
	cr_assert(eq(int, reload_init(&r, &b.log, &b.metrics, b.config, b.cert, b.key, &e), 0),
		  "%s", e.msg);
	cr_expect(eq(str, r.settings.federations[0].rule, TEXT("fdrl_a")));
	cr_assert(eq(int, rename(workdir_path(&d, "..next"), workdir_path(&d, "..data")), 0));
	reload_poll(&r);
	cr_expect(eq(str, r.settings.federations[0].rule, TEXT("fdrl_b")));
	reload_fini(&r);
	bench_close(&b);
	NO_LEAKS();
}

Test(reload, never_serves_a_torn_pair)
{
	struct tls_identity *first, *second;
	AUTO(free) char *key = NULL;
	struct bench b;
	struct err e = { 0 };

	cr_assert(eq(int, bench_open(&b, CONFIG("fdrl_a"), &e), 0), "%s", e.msg);
	first = b.reload.identity;
	workdir_pair(&b.dir, "crt", "key.next", 7200); /* the certificate first */
	for (int i = 0; i < 3; i++)
		reload_poll(&b.reload);
	cr_expect(b.reload.identity == first, "the matching pair stays");
	cr_expect(eq(int, lines(&b, "new certificate refused"), 1));
	cr_expect(eq(int, lines(&b, "PRIVATE"), 0));
	key = workdir_read(&b.dir, "key.next");
	workdir_write(&b.dir, "key", key); /* then its key */
	reload_poll(&b.reload);
	second = b.reload.identity;
	cr_expect(eq(int, lines(&b, "certificate in force"), 2));
	cr_expect(b.metrics.certificate_not_after_s > b.sys.ops->wall_now(&b.sys).s + 7000);
	workdir_write(&b.dir, "key", "junk");
	reload_poll(&b.reload);
	cr_expect(b.reload.identity == second);
	cr_expect(eq(u64, b.metrics.config_reload_errors, 0), "the config was never at fault");
	bench_close(&b);
	NO_LEAKS();
}

Test(reload, a_bad_start_is_an_error)
{
	struct bench b;
	struct err e = { 0 };

	cr_expect(eq(int, bench_open(&b, "x", &e), -1));
	cr_expect(eq(int, err_exit(&e), 100), "%s", e.msg);
	bench_close(&b);
	NO_LEAKS();
}
