/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "controller/reload.h"
#include "tests/controller/pair.h"
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
	int64_t ahead_s;	/* of the kernel's clock */
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

static struct wall shifted(struct sys *sys)
{
	const struct bench *b = sys->ctx;

	return (struct wall){ time(NULL) + b->ahead_s };
}

static int bench_open(struct bench *b, const char *config, struct err *e)
{
	*b = (struct bench){ .dir = workdir_open(), .ops = *sys_real().ops };
	b->ops.read = faulty_read;
	b->ops.wall_now = shifted;
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
	return reload_init(&b->reload, &b->log, &b->metrics,
			   &(struct reload_names){ b->config, b->cert, b->key, "" }, e);
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
	cr_assert(eq(int, reload_init(&r, &b.log, &b.metrics,
				      &(struct reload_names){ b.config, b.cert, b.key, "" }, &e), 0),
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

/* Put a pair for wif-system/SERVICE, good from FROM_S from now for LIFE_S, and look. */
static void swap_pair(struct bench *b, const char *service, int64_t from_s, int64_t life_s)
{
	AUTO(pair) struct pair p = pair_make("wif-system", service, time(NULL) + from_s, life_s);

	workdir_write(&b->dir, "crt", p.cert.data);
	workdir_write(&b->dir, "key", p.key.data);
	reload_poll(&b->reload);
	reload_poll(&b->reload);
}

Test(reload, what_an_api_server_would_not_take_replaces_nothing_good)
{
	static const struct {
		const char *service, *want;
		int64_t from_s, life_s;
	} rows[] = {
		{ "other", "crt: the certificate is not for wif.wif-system.svc", 0, 3600 },
		{ "wif", "crt: the certificate is not valid before 2", 1000, 3600 },
		{ "wif", "crt: the certificate expired at 2", -3600, 1800 },
	};
	struct bench b;
	struct err e = { 0 };

	cr_assert(eq(int, bench_open(&b, CONFIG("fdrl_a"), &e), 0), "%s", e.msg);
	(void)snprintf(b.reload.host, sizeof(b.reload.host), "wif.wif-system.svc");
	swap_pair(&b, "wif", 0, 7200);
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		struct tls_identity *was = b.reload.identity;

		swap_pair(&b, rows[i].service, rows[i].from_s, rows[i].life_s);
		cr_expect(b.reload.identity == was, "%s", rows[i].want);
		cr_expect(eq(int, lines(&b, rows[i].want), 1));
	}
	swap_pair(&b, "wif", 1000, 7200);
	b.ahead_s = 1001;
	reload_poll(&b.reload);
	cr_expect(b.metrics.certificate_not_after_s > time(NULL) + 8000, "it has become good");
	swap_pair(&b, "other", 0, 14400);
	b.ahead_s = 9000;
	reload_poll(&b.reload);
	cr_expect(b.metrics.certificate_not_after_s > time(NULL) + 14000, "nothing is lost by it");
	bench_close(&b);
	NO_LEAKS();
}

Test(reload, begins_with_what_is_not_good_yet_or_no_more)
{
	struct bench b;
	struct err e = { 0 };

	cr_assert(eq(int, bench_open(&b, CONFIG("fdrl_a"), &e), 0), "%s", e.msg);
	reload_fini(&b.reload);
	workdir_pair(&b.dir, "crt", "key", -60);
	cr_assert(eq(int, reload_init(&b.reload, &b.log, &b.metrics,
				      &(struct reload_names){ b.config, b.cert, b.key, "" }, &e), 0),
		  "not ready, and says why; then a good one comes: %s", e.msg);
	swap_pair(&b, "wif", 0, 7200);
	cr_expect(b.metrics.certificate_not_after_s > time(NULL) + 7000);
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
