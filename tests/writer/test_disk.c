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
	struct options o;
	AUTO(fake_world) struct fake_world *w = pod_new(&o);

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
}

static unsigned stored_despite(unsigned nth, unsigned times)
{
	struct options o;
	AUTO(fake_world) struct fake_world *w = pod_new(&o);

	w->sys->fail.op = OP_RENAMEAT;
	w->sys->fail.errnum = ENOSPC;
	w->sys->fail.nth = nth;
	w->sys->fail.times = times;
	(void)pod_live(w, &o, 100);
	cr_expect(ge(i64, fake_world_left_s(w), 400));
	return w->presentations;
}

Test(disk, keeps_a_granted_token_in_memory_until_the_disk_takes_it)
{
	/* Renames: config, ledger, credential. */
	cr_expect(eq(u32, stored_despite(3, 12), 1), "one assertion, however often it is written");
}

enum planted { PLANT_SYMLINK, PLANT_DANGLING, PLANT_DIRECTORY, PLANT_FULL_DIRECTORY };

static void plant(const struct fake_world *w, const char *name, enum planted what)
{
	static const char *const dirs[] = { "", "/.wif", "/configs", "/credentials" };
	char path[200];

	for (size_t i = 0; i < COUNTOF(dirs); i++) {
		(void)snprintf(path, sizeof(path), "%s%s", w->out, dirs[i]);
		cr_assert(mkdir(path, 0755) == 0);
	}
	(void)snprintf(path, sizeof(path), "%s/%s", w->out, name);
	if (what == PLANT_SYMLINK || what == PLANT_DANGLING) {
		cr_assert(symlink(what == PLANT_SYMLINK ? w->dir : "nowhere", path) == 0);
		return;
	}
	cr_assert(mkdir(path, 0755) == 0);
	(void)snprintf(path, sizeof(path), "%s/%s/theirs", w->out, name);
	cr_assert(what == PLANT_DIRECTORY || mkdir(path, 0755) == 0);
}

/* A ledger that is none counts as lost: that takes until the kubelet has new assertions. */
Test(disk, starts_whatever_was_planted_where_its_files_belong)
{
	static const char *const places[] = { ".wif/lock", ".wif/ledger", ".wif/status",
					      "configs/wif.json", "credentials/wif.json",
					      "access-token" };

	for (size_t i = 0; i < COUNTOF(places); i++) {
		for (enum planted what = PLANT_SYMLINK; what <= PLANT_DIRECTORY; what++) {
			struct options o;
			AUTO(fake_world) struct fake_world *w = pod_new(&o);
			struct pod_life life;
			struct stat st;
			char path[200];
			bool is_file;

			plant(w, places[i], what);
			life = pod_live(w, &o, 1500);
			cr_expect(eq(u32, life.starts, 1), "%s %d", places[i], (int)what);
			cr_expect(ge(i64, fake_world_left_s(w), 200), "%s %d", places[i], (int)what);
			cr_expect(eq(u32, w->replays, 0), "%s %d", places[i], (int)what);
			(void)snprintf(path, sizeof(path), "%s/%s", w->out, places[i]);
			is_file = lstat(path, &st) == 0 && S_ISREG(st.st_mode);
			cr_expect(is_file, "%s %d", places[i], (int)what);
		}
	}
}

Test(disk, does_not_start_while_what_was_planted_is_not_its_own_to_remove)
{
	static const char *const places[] = { ".wif/lock", "configs/wif.json" };

	for (size_t i = 0; i < COUNTOF(places); i++) {
		struct options o;
		AUTO(fake_world) struct fake_world *w = pod_new(&o);

		plant(w, places[i], PLANT_FULL_DIRECTORY);
		cr_expect(eq(int, pod_run(w, &o), 111), "%s", places[i]);
		cr_expect(eq(u32, w->presentations, 0), "%s", places[i]);
	}
}

Test(disk, with_a_lost_ledger_spends_nothing_twice_and_recovers)
{
	static const char *const texts[] = { NULL, "", "wif-ledger 1\nboot -\nspent AAAA", "{}\n",
					     "wif-ledger 1\nboot -\nend 1\n" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct options o;
		AUTO(fake_world) struct fake_world *w = pod_new(&o);
		struct pod_life life;

		(void)pod_live(w, &o, 700); /* three of the six are spent */
		cr_expect(eq(u32, w->presentations, 3), "text %zu", i);
		pod_spoil(w, ".wif/ledger", texts[i]);
		life = pod_live(w, &o, 200);
		cr_expect(eq(u32, w->presentations, 3), "text %zu: those present stay", i);
		life = pod_live(w, &o, 1800);
		cr_expect(ge(i64, fake_world_left_s(w), 200), "text %zu", i);
		pod_expect_clean(w, &life);
	}
}

Test(disk, survives_the_loss_of_all_its_files_while_it_runs)
{
	static const char *const files[] = { "credentials/wif.json", "configs/wif.json",
					     ".wif/ledger", ".wif/status", "access-token" };

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct options o;
		AUTO(fake_world) struct fake_world *w = pod_new(&o);

		(void)pod_live(w, &o, 50);
		pod_spoil(w, files[i], NULL);
		(void)pod_live(w, &o, 1500);
		cr_expect(ge(i64, fake_world_left_s(w), 200), "%s", files[i]);
		cr_expect(eq(u32, w->replays, 0), "%s", files[i]);
	}
}

Test(disk, puts_a_wrong_mode_right_at_the_next_occasion)
{
	struct options o;
	AUTO(fake_world) struct fake_world *w = pod_new(&o);
	struct pod_life life;

	fake_world_at(w, 60, WORLD_CHMOD, 0666);
	(void)pod_live(w, &o, 100);
	life = pod_live(w, &o, 100);
	cr_expect(eq(u32, w->presentations, 1), "no assertion was spent on it");
	cr_expect(not(w->client_off), "the client is content again");
	pod_expect_clean(w, &life);
}

/* The kubelet's rotation wakes the writer; a refresh, which writes the file anyway, is not due. */
Test(disk, puts_a_spoilt_config_right_at_the_next_occasion)
{
	AUTO(fake_world) struct fake_world *w = fake_world_new(6, 1200, 3600);
	struct options o = pod_options(w);
	struct pod_life life;

	fake_world_at(w, 60, WORLD_SPOIL, 0);
	life = pod_live(w, &o, 1075);
	cr_expect(eq(u32, w->presentations, 1), "no assertion was spent on it");
	cr_expect(not(w->client_off), "the client is content again");
	pod_expect_clean(w, &life);
}
