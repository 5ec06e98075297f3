/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every system call of the writer fails once in turn, with each errno of its man
 * page, and the process is killed before and after each: nothing is ever spent
 * twice, no client sees a torn file, nothing leaks, and all is well again after.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/writer/pod.h"

/* Under the sanitizers, which cost much for each process, every so manieth point is tried. */
#ifdef __SANITIZE_ADDRESS__
#define STRIDE 13
#else
#define STRIDE 1
#endif
#define LIFE_S 1500 /* long enough for the kubelet to bring new assertions */

struct scenario {
	const char *name;
	enum world_answer script[6];
	unsigned n_script;
	int64_t step_at_s, chmod_at_s, replace_at_s; /* 0 = does not happen */
	int64_t aged_s; /* a life of this long before the one that is tortured */
	int64_t tortured_s; /* faults come in the first so many seconds */
	bool classic;
	bool file;    /* the source is a symlink to one file; no spare, and E = L */
	bool planted; /* leftovers of killed writers, and what another container put in the way */
};

static const struct scenario scenarios[] = {
	{ .name = "first credential and first refresh", .tortured_s = 320 },
	{ .name = "a restart with a good file", .aged_s = 100, .tortured_s = 250 },
	{ .name = "every kind of failed exchange",
	  .script = { WORLD_NOT_SENT, WORLD_THROTTLE, WORLD_TRANSIENT, WORLD_DENY, WORLD_CUT_OFF },
	  .n_script = 5, .tortured_s = 700 },
	{ .name = "a child that hangs", .script = { WORLD_HANG }, .n_script = 1, .tortured_s = 60 },
	{ .name = "the clock, a mode and the directory change", .step_at_s = 50, .chmod_at_s = 100,
	  .replace_at_s = 150, .tortured_s = 320 },
	{ .name = "a classic sidecar's end", .classic = true, .aged_s = 250, .tortured_s = 5 },
	{ .name = "one file behind a symlink", .file = true, .tortured_s = 700 },
	{ .name = "a 400, and then a child that crashes",
	  .script = { WORLD_MALFORMED, WORLD_CRASH }, .n_script = 2, .tortured_s = 60 },
	{ .name = "leftovers and planted files", .planted = true, .tortured_s = 20 },
};

struct tally {
	unsigned points, unrecovered, crashes, leaks, leftovers, kills;
	unsigned replays, torn, vanished, wrong;
};

static void must(bool ok)
{
	cr_assert(ok, "the test's own machinery broke");
}

static const char *follow_a_symlink(const struct fake_world *w)
{
	static char path[200];

	(void)snprintf(path, sizeof(path), "%s/token", w->assertions);
	must(symlink("..data/assertion-0", path) == 0);
	return path;
}

static void plant(const struct fake_world *w)
{
	static const char *const dirs[] = { "", "/.wif", "/credentials", "/access-token" };
	static const char *const files[] = { "/.access-token.0123456789abcdef",
					     "/.wif/.ledger.fedcba9876543210",
					     "/credentials/.wif.json.00000000000000ff" };
	char path[256];

	for (size_t i = 0; i < COUNTOF(dirs); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", w->out, dirs[i]);
		must(mkdir(path, 0755) == 0);
	}
	for (size_t i = 0; i < COUNTOF(files); i++) {
		FILE *f;

		(void)snprintf(path, sizeof(path), "%s%s", w->out, files[i]);
		f = fopen(path, "we");
		must(f && fclose(f) == 0);
	}
	(void)snprintf(path, sizeof(path), "%s/.wif/lock", w->out);
	must(symlink("/dev/null", path) == 0);
}

static struct fake_world *make_world(const struct scenario *s, struct options *o)
{
	struct fake_world *w = s->file ? fake_world_new(1, 600, 600) : fake_world_new(6, 1200, 600);

	*o = pod_options(w);
	if (s->file) {
		o->source = SOURCE_FILE;
		o->assertions = follow_a_symlink(w);
	}
	if (s->planted)
		plant(w);
	o->classic = s->classic;
	o->grace_s = 600;
	if (s->aged_s)
		(void)pod_live(w, o, s->aged_s);
	for (unsigned i = 0; i < s->n_script; i++)
		w->script[i] = s->script[i];
	w->n_script = s->n_script;
	if (s->step_at_s)
		fake_world_at(w, s->step_at_s, WORLD_STEP, 600);
	if (s->chmod_at_s)
		fake_world_at(w, s->chmod_at_s, WORLD_CHMOD, 0644);
	if (s->replace_at_s)
		fake_world_at(w, s->replace_at_s, WORLD_REPLACE_DIR, 0);
	return w;
}

/* What this life should end with: the calls are counted up to a stop of the tortured part. */
static unsigned count_calls(const struct scenario *s, unsigned *calls)
{
	struct options o;
	struct fake_world *w = make_world(s, &o);
	unsigned total;

	cr_assert(eq(int, pod_live(w, &o, s->tortured_s).last, 0), "%s", s->name);
	for (int op = 0; op < FAKE_OPS; op++)
		calls[op] = w->sys->calls[op];
	total = w->sys->total;
	fake_world_free(w);
	return total;
}

static void add(struct tally *t, struct fake_world *w, const struct pod_life *life,
		const char *what)
{
	unsigned leftovers = pod_leftovers(w);
	bool bad = w->replays || w->torn || w->vanished || w->wrong || life->crashes ||
		   life->leaks || leftovers || !fake_world_left_s(w);

	t->points++;
	t->replays += w->replays;
	t->torn += w->torn;
	t->vanished += w->vanished;
	t->wrong += w->wrong;
	t->crashes += life->crashes;
	t->leaks += life->leaks;
	t->kills += life->kills;
	t->leftovers += leftovers;
	t->unrecovered += !fake_world_left_s(w);
	if (bad)
		cr_log_warn("%s: replays %u, torn %u, vanished %u, wrong %u, crashes %u, leaks %u, "
			    "leftovers %u, left %lld s", what, w->replays, w->torn, w->vanished,
			    w->wrong, life->crashes, life->leaks, leftovers,
			    (long long)fake_world_left_s(w));
}

/* The tortured part, and then a while in which all is well. */
static struct pod_life live(struct fake_world *w, struct options *o, const struct scenario *s)
{
	struct pod_life first = pod_live(w, o, s->tortured_s), second;

	w->sys->fail.nth = w->sys->kill.nth = 0;
	o->classic = false;
	second = pod_live(w, o, LIFE_S);
	second.crashes += first.crashes;
	second.leaks += first.leaks;
	second.kills += first.kills;
	return second;
}

static void fail_one(const struct scenario *s, enum fake_op op, unsigned nth, int errnum,
		     struct tally *t)
{
	struct options o;
	struct fake_world *w = make_world(s, &o);
	struct pod_life life;
	char what[128];

	w->sys->fail.op = op;
	w->sys->fail.nth = nth;
	w->sys->fail.errnum = errnum;
	life = live(w, &o, s);
	(void)snprintf(what, sizeof(what), "%s, %s call %u, errno %d", s->name, fake_ops[op].name,
		       nth, errnum);
	if (w->sys->fail.hit)
		add(t, w, &life, what);
	fake_world_free(w);
}

static void kill_one(const struct scenario *s, unsigned nth, bool after, struct tally *t)
{
	struct options o;
	struct fake_world *w = make_world(s, &o);
	struct pod_life life;
	char what[128];

	w->sys->kill.nth = nth;
	w->sys->kill.after = after;
	life = live(w, &o, s);
	(void)snprintf(what, sizeof(what), "%s, killed %s call %u", s->name,
		       after ? "after" : "before", nth);
	if (w->sys->kill.hit)
		add(t, w, &life, what);
	fake_world_free(w);
}

/* KILLS: how many processes were killed on purpose. */
static void check(const struct tally *t, const char *name, const char *kind, unsigned kills)
{
	printf("torture: %s: %u points of %s: replays %u, torn or wrong files %u, crashes %u, "
	       "leaks %u, leftovers %u, not recovered %u\n", name, t->points, kind, t->replays,
	       t->torn + t->vanished + t->wrong, t->crashes, t->leaks, t->leftovers,
	       t->unrecovered);
	(void)fflush(stdout);
	cr_expect(t->points > 0, "%s", name);
	cr_expect(eq(u32, t->replays, 0), "%s", name);
	cr_expect(eq(u32, t->torn + t->vanished + t->wrong, 0), "%s", name);
	cr_expect(eq(u32, t->crashes, 0), "%s", name);
	cr_expect(eq(u32, t->leaks, 0), "%s", name);
	cr_expect(eq(u32, t->kills, kills), "%s", name);
	cr_expect(eq(u32, t->leftovers, 0), "%s", name);
	cr_expect(eq(u32, t->unrecovered, 0), "%s", name);
}

static void torture_failures(size_t i)
{
	unsigned calls[FAKE_OPS];
	struct tally t = { 0 };

	(void)count_calls(&scenarios[i], calls);
	for (int op = 0; op < FAKE_OPS; op++)
		for (int k = 0; k < FAKE_ERRNOS_MAX && fake_ops[op].errnos[k]; k++)
			for (unsigned n = 1; n <= calls[op]; n += STRIDE)
				fail_one(&scenarios[i], (enum fake_op)op, n,
					 fake_ops[op].errnos[k], &t);
	check(&t, scenarios[i].name, "failure", 0);
}

static void torture_kills(size_t i)
{
	unsigned calls[FAKE_OPS], total = count_calls(&scenarios[i], calls);
	struct tally t = { 0 };

	for (unsigned n = 1; n <= total; n += STRIDE) {
		kill_one(&scenarios[i], n, false, &t);
		kill_one(&scenarios[i], n, true, &t);
	}
	check(&t, scenarios[i].name, "death", t.points);
}

#define TORTURE(i, name)                                                                           \
	Test(torture, name##_with_every_call_failing)                                              \
	{                                                                                          \
		torture_failures(i);                                                               \
	}                                                                                          \
	Test(torture, name##_with_death_at_every_call)                                             \
	{                                                                                          \
		torture_kills(i);                                                                  \
	}

TORTURE(0, first_credential)
TORTURE(1, restart)
TORTURE(2, failed_exchanges)
TORTURE(3, hanging_child)
TORTURE(4, changes_under_the_writer)
TORTURE(5, classic_end)
TORTURE(6, file_source)
TORTURE(7, malformed_and_crash)
TORTURE(8, leftovers)

/* What no scenario calls is never made to fail. */
Test(torture, every_call_is_tried)
{
	unsigned tried[FAKE_OPS] = { 0 };

	for (size_t i = 0; i < COUNTOF(scenarios); i++) {
		unsigned calls[FAKE_OPS];

		(void)count_calls(&scenarios[i], calls);
		for (int op = 0; op < FAKE_OPS; op++)
			tried[op] += calls[op];
	}
	for (int op = 0; op < FAKE_OPS; op++)
		cr_expect(tried[op] > 0, "%s", fake_ops[op].name);
}
