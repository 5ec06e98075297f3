/* SPDX-License-Identifier: Apache-2.0 */
/* The writer as a whole, in virtual time, when its files are not what it left. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/writer/pod.h"

Test(disk, spends_nothing_while_the_disk_refuses_the_ledger)
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

Test(disk, keeps_a_granted_token_in_memory_until_the_disk_takes_it)
{
	/* Renames: config, ledger, credential. */
	cr_expect(eq(u32, stored_despite(3, 12), 1), "one assertion, however often it is written");
}

/* A file of the writer's with other content, or none. */
static void spoil(const struct fake_world *w, const char *name, const char *text)
{
	char path[200];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", w->out, name);
	if (!text) {
		cr_assert(unlink(path) == 0);
		return;
	}
	f = fopen(path, "we");
	cr_assert(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

Test(disk, with_a_lost_ledger_spends_nothing_twice_and_recovers)
{
	static const char *const texts[] = { NULL, "", "wif-ledger 1\nboot -\nspent AAAA", "{}\n",
					     "wif-ledger 1\nboot -\nend 1\n" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct fake_world *w = fake_world_new(6, 1200, 600);
		struct options o = pod_options(w);
		struct pod_life life;

		(void)pod_live(w, &o, 700); /* three of the six are spent */
		cr_expect(eq(u32, w->presentations, 3), "text %zu", i);
		spoil(w, ".wif/ledger", texts[i]);
		life = pod_live(w, &o, 200);
		cr_expect(eq(u32, w->presentations, 3), "text %zu: those present stay", i);
		life = pod_live(w, &o, 1800);
		cr_expect(ge(i64, fake_world_left_s(w), 200), "text %zu", i);
		pod_expect_clean(w, &life);
		fake_world_free(w);
	}
}

Test(disk, survives_the_loss_of_all_its_files_while_it_runs)
{
	static const char *const files[] = { "credentials/wif.json", "configs/wif.json",
					     ".wif/ledger", ".wif/status", "access-token" };

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct fake_world *w = fake_world_new(6, 1200, 600);
		struct options o = pod_options(w);

		(void)pod_live(w, &o, 50);
		spoil(w, files[i], NULL);
		(void)pod_live(w, &o, 1500);
		cr_expect(ge(i64, fake_world_left_s(w), 200), "%s", files[i]);
		cr_expect(eq(u32, w->replays, 0), "%s", files[i]);
		fake_world_free(w);
	}
}

Test(disk, puts_a_wrong_mode_right_at_the_next_occasion)
{
	struct fake_world *w = fake_world_new(6, 1200, 600);
	struct options o = pod_options(w);
	struct pod_life life;

	fake_world_at(w, 60, WORLD_CHMOD, 0666);
	(void)pod_live(w, &o, 100);
	life = pod_live(w, &o, 100);
	cr_expect(eq(u32, w->presentations, 1), "no assertion was spent on it");
	cr_expect(not(w->client_off), "the client is content again");
	pod_expect_clean(w, &life);
	fake_world_free(w);
}

/* The kubelet's rotation wakes the writer; a refresh, which writes the file anyway, is not due. */
Test(disk, puts_a_spoilt_config_right_at_the_next_occasion)
{
	struct fake_world *w = fake_world_new(6, 1200, 3600);
	struct options o = pod_options(w);
	struct pod_life life;

	fake_world_at(w, 60, WORLD_SPOIL, 0);
	life = pod_live(w, &o, 1075);
	cr_expect(eq(u32, w->presentations, 1), "no assertion was spent on it");
	cr_expect(not(w->client_off), "the client is content again");
	pod_expect_clean(w, &life);
	fake_world_free(w);
}
