/* SPDX-License-Identifier: Apache-2.0 */
/* The writer as a whole, in virtual time, around the events of a pod's life. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/writer/pod.h"

static void check_clean(const struct fake_world *w, const struct pod_life *life)
{
	cr_expect(eq(u32, w->replays, 0), "replays");
	cr_expect(eq(u32, w->torn, 0), "torn or refused files");
	cr_expect(eq(u32, w->vanished, 0), "files that vanished");
	cr_expect(eq(u32, w->wrong, 0), "expires_at beyond the truth");
	cr_expect(eq(u32, life->crashes, 0), "crashes");
	cr_expect(eq(u32, life->leaks, 0), "leaks");
}

Test(serve, keeps_the_credential_fresh_for_two_hours)
{
	struct fake_world *w = fake_world_new(6, 1200, 600);
	struct options o = pod_options(w);
	struct pod_life life = pod_live(w, &o, 7200);

	check_clean(w, &life);
	cr_expect(eq(int, life.last, 0));
	cr_expect(eq(i64, w->gap_ns, 0));
	/* A grant is cut when its assertion ends soon; design.md §6, Supply, has the bound. */
	cr_expect(ge(i64, w->least_left_s, 234), "least left %lld", (long long)w->least_left_s);
	cr_expect(le(u32, w->presentations, 28), "%u exchanges", w->presentations);
	/* Start, refresh, store: a handful of wake-ups for each, none in between. */
	cr_expect(le(i64, w->sys->poll_calls, 4 * (int64_t)w->presentations), "%lld polls",
		  (long long)w->sys->poll_calls);
	fake_world_free(w);
}

Test(serve, keeps_a_good_file_over_a_restart_without_an_exchange)
{
	struct fake_world *w = fake_world_new(6, 1200, 600);
	struct options o = pod_options(w);
	struct pod_life life;

	(void)pod_live(w, &o, 100);
	cr_expect(eq(u32, w->presentations, 1));
	life = pod_live(w, &o, 100);
	cr_expect(eq(u32, w->presentations, 1));
	check_clean(w, &life);
	fake_world_free(w);
}

Test(serve, ends_with_0_on_every_stop_signal)
{
	static const int signals[] = { SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGWINCH, SIGUSR1, 37 };

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		struct fake_world *w = fake_world_new(6, 1200, 600);
		struct options o = pod_options(w);

		fake_world_at(w, 30, WORLD_SIGNAL, signals[i]);
		cr_expect(eq(int, pod_run(w, &o), 0), "signal %d", signals[i]);
		cr_expect(le(i64, w->sys->boot_ns / NS_PER_S, 1031), "signal %d", signals[i]);
		fake_world_free(w);
	}
}

Test(serve, native_sidecar_stops_at_once_even_during_an_exchange)
{
	struct fake_world *w = fake_world_new(6, 1200, 600);
	struct options o = pod_options(w);

	w->script[0] = WORLD_HANG;
	w->n_script = 1;
	fake_world_at(w, 3, WORLD_SIGNAL, SIGTERM);
	cr_expect(eq(int, pod_run(w, &o), 0));
	cr_expect(le(i64, w->sys->boot_ns / NS_PER_S, 1004));
	fake_world_free(w);
}

Test(serve, classic_sidecar_refreshes_once_more_when_too_little_is_left)
{
	static const struct {
		int64_t stop_s, grace_s;
		unsigned want;
	} rows[] = { { 100, 30, 1 }, { 100, 550, 2 }, { 250, 550, 2 } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fake_world *w = fake_world_new(6, 1200, 600);
		struct options o = pod_options(w);
		struct pod_life life;

		o.classic = true;
		o.grace_s = rows[i].grace_s;
		life = pod_live(w, &o, rows[i].stop_s);
		cr_expect(eq(u32, w->presentations, rows[i].want), "row %zu", i);
		cr_expect(ge(i64, fake_world_left_s(w), rows[i].grace_s - 1), "row %zu", i);
		check_clean(w, &life);
		fake_world_free(w);
	}
}

Test(serve, once_ends_when_there_is_a_credential)
{
	struct fake_world *w = fake_world_new(2, 1200, 600);
	struct options o = pod_options(w);

	o.verb = VERB_ONCE;
	w->script[0] = WORLD_NOT_SENT;
	w->script[1] = WORLD_TRANSIENT;
	w->n_script = 2;
	cr_expect(eq(int, pod_run(w, &o), 0));
	cr_expect(ge(i64, fake_world_left_s(w), 595));
	cr_expect(eq(int, pod_run(w, &o), 0), "and again, with nothing to do");
	cr_expect(eq(u32, w->presentations, 2));
	fake_world_free(w);
}

Test(serve, once_gives_up_on_a_second_denial_and_says_why)
{
	struct fake_world *w = fake_world_new(2, 1200, 600);
	struct options o = pod_options(w);
	char log[200], text[512] = "";
	FILE *f;

	(void)snprintf(log, sizeof(log), "%s/termination-log", w->dir);
	f = fopen(log, "we");
	cr_assert(f && fclose(f) == 0);
	o.verb = VERB_ONCE;
	o.termination_log = log;
	w->answer = WORLD_DENY;
	cr_expect(eq(int, pod_run(w, &o), 111));
	f = fopen(log, "re");
	cr_assert(f && fgets(text, sizeof(text), f) && fclose(f) == 0);
	cr_expect(eq(int, strncmp(text, "WriterDenied: no credential yet; last exchange", 46), 0),
		  "%s", text);
	cr_expect(strstr(text, "req_1") != NULL, "the audit handle is there: %s", text);
	fake_world_free(w);
}

Test(serve, sets_expires_at_right_after_a_clock_step_without_an_exchange)
{
	static const int64_t steps[] = { 600, -600, 5, -86400 };

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct fake_world *w = fake_world_new(6, 1200, 600);
		struct options o = pod_options(w);
		struct pod_life life;

		fake_world_at(w, 100, WORLD_STEP, steps[i]);
		fake_world_at(w, 150, WORLD_STEP, -steps[i]);
		life = pod_live(w, &o, 200);
		cr_expect(eq(u32, w->presentations, 1), "%lld", (long long)steps[i]);
		cr_expect(eq(i64, w->gap_ns, 0), "%lld", (long long)steps[i]);
		check_clean(w, &life);
		fake_world_free(w);
	}
}

Test(serve, puts_a_wrong_mode_right_at_the_next_occasion)
{
	struct fake_world *w = fake_world_new(6, 1200, 600);
	struct options o = pod_options(w);
	struct pod_life life;

	fake_world_at(w, 60, WORLD_CHMOD, 0666);
	(void)pod_live(w, &o, 100);
	life = pod_live(w, &o, 100);
	cr_expect(eq(u32, w->presentations, 1), "no assertion was spent on it");
	cr_expect(not(w->client_off), "the client is content again");
	check_clean(w, &life);
	fake_world_free(w);
}

Test(serve, rides_out_an_endpoint_that_cannot_be_reached)
{
	struct fake_world *w = fake_world_new(6, 1200, 600);
	struct options o = pod_options(w);
	struct pod_life life;
	int64_t outage_s = 1200, most_ns;

	fake_world_at(w, 600, WORLD_ANSWERS, WORLD_NOT_SENT);
	fake_world_at(w, 600 + outage_s, WORLD_ANSWERS, -1);
	life = pod_live(w, &o, 7200);
	most_ns = (outage_s - 300 + 60) * NS_PER_S;
	cr_expect(le(i64, w->gap_ns, most_ns), "gap %lld s", (long long)(w->gap_ns / NS_PER_S));
	cr_expect(ge(u32, w->not_sent, 10));
	cr_expect(ge(u32, life.starts, 2), "it gave up visibly meanwhile");
	check_clean(w, &life);
	fake_world_free(w);
}

Test(serve, shows_an_archived_rule_by_restarts_and_recovers_without_a_hand)
{
	struct fake_world *w = fake_world_new(6, 1200, 600);
	struct options o = pod_options(w);
	struct pod_life life;

	fake_world_at(w, 100, WORLD_ANSWERS, WORLD_DENY);
	life = pod_live(w, &o, 100 + 900);
	cr_expect(ge(u32, life.starts, 2), "restarts within 10 minutes of the first expiry");
	cr_expect(eq(i64, fake_world_left_s(w), 0));
	w->answer = -1;
	life = pod_live(w, &o, 3600);
	cr_expect(ge(i64, fake_world_left_s(w), 200));
	check_clean(w, &life);
	fake_world_free(w);
}

Test(serve, never_gives_up_before_a_first_success)
{
	struct fake_world *w = fake_world_new(6, 1200, 600);
	struct options o = pod_options(w);
	struct pod_life life;

	w->answer = WORLD_DENY;
	life = pod_live(w, &o, 7200);
	cr_expect(eq(u32, life.starts, 1));
	cr_expect(le(u32, w->presentations, 48), "no more than the kubelet brought");
	check_clean(w, &life);
	fake_world_free(w);
}

Test(serve, waits_for_the_kubelet_and_goes_on_when_it_is_back)
{
	struct fake_world *w = fake_world_new(6, 1200, 600);
	struct options o = pod_options(w);
	struct pod_life life;

	fake_world_at(w, 10, WORLD_KUBELET, 0);
	fake_world_at(w, 3610, WORLD_KUBELET, 1);
	life = pod_live(w, &o, 5400);
	cr_expect(ge(i64, fake_world_left_s(w), 200));
	cr_expect(le(i64, w->sys->poll_calls, 200), "%lld polls", (long long)w->sys->poll_calls);
	check_clean(w, &life);
	fake_world_free(w);
}

Test(serve, lives_with_tokens_of_a_few_seconds_without_spinning)
{
	struct fake_world *w = fake_world_new(16, 600, 12);
	struct options o = pod_options(w);
	struct pod_life life;

	w->allow_short = true;
	life = pod_live(w, &o, 70);
	cr_expect(ge(u32, w->grants, 11));
	cr_expect(le(u32, w->grants, 14));
	cr_expect(eq(i64, w->gap_ns, 0));
	cr_expect(le(i64, w->sys->poll_calls, 60), "%lld polls", (long long)w->sys->poll_calls);
	check_clean(w, &life);
	fake_world_free(w);
}

Test(serve, works_with_a_lifetime_that_nobody_planned)
{
	static const int64_t lifetimes[] = { 60, 180, 3600, 86400 };

	for (size_t i = 0; i < sizeof(lifetimes) / sizeof(lifetimes[0]); i++) {
		struct fake_world *w = fake_world_new(6, 1200, lifetimes[i]);
		struct options o = pod_options(w);
		struct pod_life life;

		o.lifetime_s = 600;
		life = pod_live(w, &o, 7200);
		cr_expect(lifetimes[i] < 600 || w->gap_ns == 0, "%lld", (long long)lifetimes[i]);
		cr_expect(le(i64, w->sys->poll_calls, 2000), "%lld", (long long)lifetimes[i]);
		check_clean(w, &life);
		fake_world_free(w);
	}
}

Test(serve, takes_one_file_as_its_source)
{
	struct fake_world *w = fake_world_new(1, 600, 600);
	struct options o = pod_options(w);
	struct pod_life life;
	char path[200];

	(void)snprintf(path, sizeof(path), "%s/..data/assertion-0", w->assertions);
	o.assertions = path;
	o.source = SOURCE_FILE;
	life = pod_live(w, &o, 100);
	cr_expect(eq(u32, w->grants, 1));
	check_clean(w, &life);
	fake_world_free(w);
}

Test(serve, a_second_assertion_is_spent_when_the_first_was_cut_off)
{
	struct fake_world *w = fake_world_new(6, 1200, 600);
	struct options o = pod_options(w);
	struct pod_life life;

	w->script[0] = WORLD_CUT_OFF;
	w->script[1] = WORLD_CRASH;
	w->script[2] = WORLD_HANG;
	w->n_script = 3;
	life = pod_live(w, &o, 400);
	cr_expect(eq(u32, w->n_seen, w->presentations), "each presentation is another assertion");
	cr_expect(ge(i64, fake_world_left_s(w), 200));
	check_clean(w, &life);
	fake_world_free(w);
}

Test(serve, presents_a_throttled_assertion_once_more_and_not_twice)
{
	struct fake_world *w = fake_world_new(1, 3600, 600);
	struct options o = pod_options(w);
	struct pod_life life;

	w->answer = WORLD_THROTTLE;
	life = pod_live(w, &o, 600);
	cr_expect(eq(u32, w->presentations, 2));
	check_clean(w, &life);
	fake_world_free(w);
}

Test(serve, spends_nothing_while_the_disk_refuses_the_ledger)
{
	struct fake_world *w = fake_world_new(6, 1200, 600);
	struct options o = pod_options(w);

	fake_world_at(w, 200, WORLD_SIGNAL, SIGTERM);
	w->sys->fail.op = OP_FCHMOD; /* every file write fails, from the config file on */
	w->sys->fail.errnum = ENOSPC;
	w->sys->fail.nth = 2;
	w->sys->fail.times = 100000;
	cr_expect(eq(int, pod_run(w, &o), 0));
	cr_expect(eq(u32, w->presentations, 0));
	w->sys->fail.nth = 0;
	(void)pod_live(w, &o, 60);
	cr_expect(eq(u32, w->presentations, 1));
	fake_world_free(w);
}

static unsigned stored_despite(unsigned nth, unsigned times)
{
	struct fake_world *w = fake_world_new(6, 1200, 600);
	struct options o = pod_options(w);
	unsigned presentations;

	w->sys->fail.op = OP_RENAMEAT;
	w->sys->fail.errnum = ENOSPC;
	w->sys->fail.nth = nth;
	w->sys->fail.times = times;
	(void)pod_live(w, &o, 100);
	cr_expect(ge(i64, fake_world_left_s(w), 400));
	presentations = w->presentations;
	fake_world_free(w);
	return presentations;
}

Test(serve, keeps_a_granted_token_in_memory_until_the_disk_takes_it)
{
	/* Renames: config, ledger, credential. */
	cr_expect(eq(u32, stored_despite(3, 12), 1), "one assertion, however often it is written");
}

static void spoil_ledger(const struct fake_world *w, const char *text)
{
	char path[200];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/.wif/ledger", w->out);
	if (!text) {
		cr_assert(unlink(path) == 0);
		return;
	}
	f = fopen(path, "we");
	cr_assert(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

Test(serve, with_a_lost_ledger_spends_nothing_twice_and_recovers)
{
	static const char *const texts[] = { NULL, "", "wif-ledger 1\nboot -\nspent AAAA", "{}\n",
					     "wif-ledger 1\nboot -\nend 1\n" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct fake_world *w = fake_world_new(6, 1200, 600);
		struct options o = pod_options(w);
		struct pod_life life;

		(void)pod_live(w, &o, 700); /* three of the six are spent */
		cr_expect(eq(u32, w->presentations, 3), "text %zu", i);
		spoil_ledger(w, texts[i]);
		life = pod_live(w, &o, 200);
		cr_expect(eq(u32, w->presentations, 3), "text %zu: those present stay", i);
		life = pod_live(w, &o, 1800);
		cr_expect(ge(i64, fake_world_left_s(w), 200), "text %zu", i);
		check_clean(w, &life);
		fake_world_free(w);
	}
}

Test(serve, survives_the_loss_of_all_its_files_while_it_runs)
{
	static const char *const files[] = { "credentials/wif.json", "configs/wif.json",
					     ".wif/ledger", ".wif/status", "access-token" };

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct fake_world *w = fake_world_new(6, 1200, 600);
		struct options o = pod_options(w);
		char path[200];

		(void)pod_live(w, &o, 50);
		(void)snprintf(path, sizeof(path), "%s/%s", w->out, files[i]);
		cr_assert(unlink(path) == 0);
		(void)pod_live(w, &o, 1500);
		cr_expect(ge(i64, fake_world_left_s(w), 200), "%s", files[i]);
		cr_expect(eq(u32, w->replays, 0), "%s", files[i]);
		fake_world_free(w);
	}
}

Test(serve, notices_that_the_directory_of_the_assertions_was_replaced)
{
	struct fake_world *w = fake_world_new(6, 1200, 600);
	struct options o = pod_options(w);
	struct pod_life life;

	fake_world_at(w, 100, WORLD_REPLACE_DIR, 0);
	life = pod_live(w, &o, 7200);
	cr_expect(eq(i64, w->gap_ns, 0));
	check_clean(w, &life);
	fake_world_free(w);
}
