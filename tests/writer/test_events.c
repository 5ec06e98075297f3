/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's own inotify: its events are there when the call that makes them returns. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/support/leaks.h"
#include "tests/support/scratch.h"
#include "writer/events.h"

static struct events opened(struct sys *sys)
{
	struct events ev;
	struct err e = { 0 };

	events_init(&ev);
	cr_assert(eq(int, events_open(&ev, sys, &e), 0), "%s", e.msg);
	return ev;
}

static void watch(struct events *ev, struct sys *sys, const char *path)
{
	struct err e = { 0 };

	cr_assert(eq(int, events_watch(ev, sys, SOURCE_FILE, path, &e), 0), "%s", e.msg);
}

/* What has happened up to now. */
static unsigned what(struct events *ev, struct sys *sys, const char *path)
{
	struct err e = { 0 };
	unsigned bits;

	cr_assert(eq(int, events_wait(ev, sys, sys->ops->boot_now(sys), SOURCE_FILE, path, &bits,
				      &e), 0), "%s", e.msg);
	return bits;
}

static void replace(const struct scratch *s, const char *name)
{
	scratch_write(s, "tmp", "new", 0600);
	cr_assert(rename(scratch_path(s, "tmp"), scratch_path(s, name)) == 0);
}

static void link_to(const struct scratch *s, const char *to, const char *name)
{
	cr_assert(symlink(to, scratch_path(s, "tmp")) == 0);
	cr_assert(rename(scratch_path(s, "tmp"), scratch_path(s, name)) == 0);
}

Test(events, a_file_source_is_watched_by_its_name)
{
	AUTO(scratch) struct scratch s = scratch_new();
	struct sys sys = sys_real();
	struct events ev = opened(&sys);
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/a/token", s.path);
	scratch_write(&s, "a/token", "old", 0600);
	watch(&ev, &sys, path);
	replace(&s, "a/other");
	cr_expect(eq(u32, what(&ev, &sys, path), 0));
	replace(&s, "a/token");
	cr_expect(eq(u32, what(&ev, &sys, path), EVENT_SOURCE));
	events_fini(&ev);
	NO_LEAKS();
}

Test(events, what_symlinks_lead_to_is_watched_too)
{
	AUTO(scratch) struct scratch s = scratch_new();
	struct sys sys = sys_real();
	struct events ev = opened(&sys);
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/a/token", s.path);
	scratch_write(&s, "c/real", "old", 0600);
	scratch_write(&s, "d/real", "old", 0600);
	scratch_mkdir(&s, "a");
	scratch_mkdir(&s, "b");
	link_to(&s, "../c/real", "b/hop");
	link_to(&s, "../b/hop", "a/token");
	watch(&ev, &sys, path);
	replace(&s, "c/other");
	cr_expect(eq(u32, what(&ev, &sys, path), 0), "another file in the last directory");
	replace(&s, "c/real");
	cr_expect(ne(u32, what(&ev, &sys, path) & EVENT_SOURCE, 0), "the file itself");
	watch(&ev, &sys, path);
	link_to(&s, "../d/real", "b/hop");
	cr_expect(eq(u32, what(&ev, &sys, path), EVENT_SOURCE | EVENT_UNWATCHED), "middle link");
	cr_expect(not(ev.watching));
	watch(&ev, &sys, path);
	replace(&s, "d/real");
	cr_expect(ne(u32, what(&ev, &sys, path) & EVENT_SOURCE, 0), "what it leads to now");
	events_fini(&ev);
	NO_LEAKS();
}

Test(events, a_directory_that_is_replaced_is_watched_anew)
{
	AUTO(scratch) struct scratch s = scratch_new();
	struct sys sys = sys_real();
	struct events ev = opened(&sys);
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/a/token", s.path);
	scratch_write(&s, "a/token", "old", 0600);
	watch(&ev, &sys, path);
	cr_assert(rename(scratch_path(&s, "a"), scratch_path(&s, "gone")) == 0);
	cr_expect(ne(u32, what(&ev, &sys, path) & EVENT_UNWATCHED, 0));
	scratch_write(&s, "a/token", "new", 0600);
	watch(&ev, &sys, path);
	replace(&s, "a/token");
	cr_expect(eq(u32, what(&ev, &sys, path), EVENT_SOURCE));
	events_fini(&ev);
	NO_LEAKS();
}

Test(events, what_is_written_in_place_is_seen_in_a_directory_and_as_a_file)
{
	static const enum source_kind kinds[] = { SOURCE_FILE, SOURCE_PROJECTED };

	for (size_t i = 0; i < COUNTOF(kinds); i++) {
		AUTO(scratch) struct scratch s = scratch_new();
		struct sys sys = sys_real();
		struct events ev = opened(&sys);
		struct err e = { 0 };
		char path[128];
		unsigned bits;

		(void)snprintf(path, sizeof(path), "%s/a%s", s.path, i ? "" : "/token");
		scratch_write(&s, "a/token", "old", 0600);
		cr_assert(events_watch(&ev, &sys, kinds[i], path, &e) == 0, "%s", e.msg);
		scratch_write(&s, "a/token", "new", 0600);
		cr_assert(events_wait(&ev, &sys, sys.ops->boot_now(&sys), kinds[i], path, &bits,
				      &e) == 0, "%s", e.msg);
		cr_expect(eq(u32, bits, EVENT_SOURCE), "kind %zu", i);
		events_fini(&ev);
	}
}

/* Source: kubernetes pkg/volume/util/atomic_writer.go, Write: the steps in its order. */
Test(events, an_update_by_the_kubelet_wakes_once)
{
	AUTO(scratch) struct scratch s = scratch_new();
	struct sys sys = sys_real();
	struct events ev = opened(&sys);
	struct pollfd fd = { .events = POLLIN };
	struct err e = { 0 };
	char path[128];
	unsigned bits;

	(void)snprintf(path, sizeof(path), "%s/a", s.path);
	scratch_write(&s, "a/..1/token", "old", 0600);
	link_to(&s, "..1", "a/..data");
	cr_assert(events_watch(&ev, &sys, SOURCE_PROJECTED, path, &e) == 0, "%s", e.msg);
	fd.fd = ev.notify;
	scratch_write(&s, "a/..2/token", "new", 0600);
	cr_assert(symlink("..2", scratch_path(&s, "a/..data_tmp")) == 0);
	cr_expect(eq(int, poll(&fd, 1, 0), 0), "nothing to see yet");
	cr_assert(rename(scratch_path(&s, "a/..data_tmp"), scratch_path(&s, "a/..data")) == 0);
	cr_expect(eq(int, poll(&fd, 1, 0), 1));
	cr_assert(events_wait(&ev, &sys, sys.ops->boot_now(&sys), SOURCE_PROJECTED, path, &bits, &e)
		  == 0, "%s", e.msg);
	cr_expect(eq(u32, bits, EVENT_SOURCE));
	cr_assert(unlink(scratch_path(&s, "a/..1/token")) == 0 && rmdir(scratch_path(&s, "a/..1")) == 0);
	cr_expect(eq(int, poll(&fd, 1, 0), 0), "and nothing after it");
	events_fini(&ev);
}
