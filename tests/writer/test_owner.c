/* SPDX-License-Identifier: Apache-2.0 */
/* The writer as a whole when what it finds at its start belongs to another uid. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/skip.h"
#include "tests/writer/pod.h"

#define WRITER 4000
#define STRANGER 4001
#define ROOT_ONLY(test)                                                                            \
	do {                                                                                       \
		if (geteuid() != 0)                                                                \
			SKIP(test ": only root may give files away");                              \
	} while (0)

static void give(const struct fake_world *w, const char *name, uid_t uid)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", w->out, name);
	cr_assert(chown(path, uid, uid) == 0, "%s", path);
}

static uid_t owner(const struct fake_world *w, const char *name)
{
	struct stat st = { .st_uid = (uid_t)-1 };
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", w->out, name);
	cr_expect(stat(path, &st) == 0, "%s", path);
	return st.st_uid;
}

/* A pod whose writer has a credential and was stopped; it runs as UID. */
static struct fake_world *served(uid_t uid)
{
	struct fake_world *w = fake_world_new(6, 1200, 600);
	struct options o = pod_options(w);

	fake_world_own(w, uid);
	fake_world_at(w, 50, WORLD_SIGNAL, SIGTERM);
	cr_assert(pod_run(w, &o) == 0 && w->presentations == 1);
	return w;
}

/* As root it could read them all: whose they are must count, not what can be read. */
Test(owner, a_file_of_another_uid_is_replaced_by_its_own)
{
	static const struct {
		const char *name;
		unsigned spent; /* a token is not taken from another's hand */
	} files[] = { { "credentials/wif.json", 1 }, { "access-token", 0 },
		      { "configs/wif.json", 0 } };
	static const uid_t writers[] = { 0, WRITER };

	ROOT_ONLY("owner/a_file_of_another_uid_is_replaced_by_its_own");
	for (size_t i = 0; i < COUNTOF(files) * COUNTOF(writers); i++) {
		const char *name = files[i / 2].name;
		struct fake_world *w = served(writers[i % 2]);
		struct options o = pod_options(w);
		struct pod_life life;

		give(w, name, STRANGER);
		w->client_off = true; /* until it is put right */
		life = pod_live(w, &o, 50);
		cr_expect(eq(u32, owner(w, name), w->uid), "%s, writer %u", name, w->uid);
		cr_expect(eq(u32, w->presentations, 1 + files[i / 2].spent), "%s", name);
		cr_expect(not(w->client_off), "%s: the client is content again", name);
		cr_expect(ge(i64, fake_world_left_s(w), 450), "%s", name);
		cr_expect(eq(u32, pod_leftovers(w), 0));
		pod_expect_clean(w, &life);
		fake_world_free(w);
	}
}

/* Its ledger may say anything: what is here is not presented. */
Test(owner, with_a_ledger_of_another_uid_nothing_present_is_spent)
{
	ROOT_ONLY("owner/with_a_ledger_of_another_uid_nothing_present_is_spent");
	struct fake_world *w = served(WRITER);
	struct options o = pod_options(w);
	struct pod_life life;

	give(w, ".wif/ledger", STRANGER);
	life = pod_live(w, &o, 600);
	cr_expect(eq(u32, w->presentations, 1));
	cr_expect(eq(u32, owner(w, ".wif/ledger"), WRITER));
	life = pod_live(w, &o, 1800);
	cr_expect(ge(i64, fake_world_left_s(w), 200));
	pod_expect_clean(w, &life);
	fake_world_free(w);
}

/* Where it may not write, it spends one assertion at most, and goes on when it may again. */
Test(owner, a_directory_of_another_uid_costs_one_assertion_at_most)
{
	static const struct {
		const char *name;
		unsigned spent;
		bool stored; /* the files that SDKs read are in directories of its own */
	} dirs[] = { { "credentials", 1, false }, { ".wif", 0, false }, { "configs", 1, true },
		     { "", 1, true } };

	ROOT_ONLY("owner/a_directory_of_another_uid_costs_one_assertion_at_most");
	for (size_t i = 0; i < COUNTOF(dirs); i++) {
		struct fake_world *w = served(WRITER);
		struct options o = pod_options(w);
		struct pod_life life;

		give(w, dirs[i].name, STRANGER);
		w->sys->poll_calls = 0;
		life = pod_live(w, &o, 400); /* a refresh is due, and 150 s later it ends */
		cr_expect(eq(u32, w->presentations, 1 + dirs[i].spent), "%s", dirs[i].name);
		cr_expect(eq(int, fake_world_left_s(w) > 200, dirs[i].stored), "%s", dirs[i].name);
		cr_expect(le(i64, w->sys->poll_calls, 50), "%s: it does not spin", dirs[i].name);
		pod_expect_clean(w, &life);
		give(w, dirs[i].name, WRITER);
		life = pod_live(w, &o, 60);
		cr_expect(ge(i64, fake_world_left_s(w), 200), "%s", dirs[i].name);
		pod_expect_clean(w, &life);
		fake_world_free(w);
	}
}
