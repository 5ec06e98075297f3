/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fileio.h"
#include "tests/support/fake_sys.h"
#include "tests/support/leaks.h"
#include "tests/support/scratch.h"
#include "tests/support/text.h"

static int open_dir(const struct scratch *s)
{
	int fd = open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	cr_assert(fd >= 0);
	return fd;
}

Test(fileio, replaces_a_file_with_the_exact_mode_whatever_the_umask)
{
	AUTO(scratch) struct scratch s = scratch_new();
	AUTO(close) int dir = open_dir(&s);
	struct sys sys = sys_real();
	struct err e = { 0 };
	char text[32];

	(void)umask(077);
	cr_expect(eq(int, fileio_replace(&sys, dir, "f", "one", 3, 0644, &e), 0), "%s", e.msg);
	cr_expect(eq(int, scratch_mode(&s, "f"), 0644));
	(void)umask(0);
	cr_expect(eq(int, fileio_replace(&sys, dir, "f", "two!", 4, 0600, &e), 0), "%s", e.msg);
	cr_expect(eq(int, scratch_mode(&s, "f"), 0600));
	cr_expect(eq(str, TEXT(scratch_read(&s, "f", text, sizeof(text))), TEXT("two!")));
	cr_expect(eq(u32, scratch_count(&s, ".", ""), 1), "no temporary is left");
}

Test(fileio, replaces_a_symlink_and_leaves_what_it_pointed_to)
{
	AUTO(scratch) struct scratch s = scratch_new();
	AUTO(close) int dir = open_dir(&s);
	struct sys sys = sys_real();
	struct err e = { 0 };
	char text[32];

	scratch_write(&s, "victim", "old", 0644);
	cr_assert(symlink("victim", scratch_path(&s, "f")) == 0);
	cr_expect(eq(int, fileio_replace(&sys, dir, "f", "new", 3, 0600, &e), 0), "%s", e.msg);
	cr_expect(eq(str, TEXT(scratch_read(&s, "victim", text, sizeof(text))), TEXT("old")));
	cr_expect(eq(str, TEXT(scratch_read(&s, "f", text, sizeof(text))), TEXT("new")));
	cr_expect(eq(int, scratch_mode(&s, "f"), 0600), "a file of its own");
}

Test(fileio, refuses_names_with_a_slash_and_names_too_long)
{
	AUTO(scratch) struct scratch s = scratch_new();
	AUTO(close) int dir = open_dir(&s);
	struct sys sys = sys_real();
	struct err e = { 0 };
	char name[200];

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	cr_expect(eq(int, fileio_replace(&sys, dir, "../f", "x", 1, 0600, &e), -1));
	cr_expect(eq(int, e.kind, ERR_INVALID));
	cr_expect(eq(int, fileio_replace(&sys, dir, name, "x", 1, 0600, &e), -1));
	cr_expect(eq(int, e.kind, ERR_INVALID));
}

/* Any one call fails: the old file stands, or the new one, and nothing else lies about. */
Test(fileio, leaves_old_or_new_and_no_temporary_when_a_call_fails)
{
	struct fake_sys *f = fake_sys_new(NULL);
	struct sys sys = fake_sys_ops(f);
	unsigned points = 0;

	for (int op = 0; op < FAKE_OPS; op++) {
		for (unsigned n = 1; n < 10; n++) {
			AUTO(scratch) struct scratch s = scratch_new();
			AUTO(close) int dir = open_dir(&s);
			struct err e = { 0 };
			char text[32];

			scratch_write(&s, "f", "old", 0644);
			fake_sys_boot(f);
			f->fail.op = (enum fake_op)op;
			f->fail.nth = n;
			f->fail.errnum = fake_ops[op].errnos[0];
			f->fail.hit = false;
			if (fileio_replace(&sys, dir, "f", "new", 3, 0600, &e) < 0)
				cr_expect(eq(int, e.kind, ERR_IO));
			(void)scratch_read(&s, "f", text, sizeof(text));
			cr_expect(strcmp(text, "old") == 0 || strcmp(text, "new") == 0, "%s %u: \"%s\"",
				  fake_ops[op].name, n, text);
			cr_expect(eq(u32, scratch_count(&s, ".", ""), 1), "%s %u", fake_ops[op].name, n);
			points += f->fail.hit;
		}
	}
	cr_expect(ge(u32, points, 6));
	fake_sys_free(f);
}

Test(fileio, writes_all_in_spite_of_short_writes_and_interruptions)
{
	static const int faults[] = { FAKE_SHORT, EINTR };
	struct fake_sys *f = fake_sys_new(NULL);
	struct sys sys = fake_sys_ops(f);
	AUTO(scratch) struct scratch s = scratch_new();
	AUTO(close) int dir = open_dir(&s);
	char text[32];

	for (size_t i = 0; i < COUNTOF(faults); i++) {
		struct err e = { 0 };

		fake_sys_boot(f);
		f->fail.op = OP_WRITE;
		f->fail.nth = 1;
		f->fail.times = 3;
		f->fail.errnum = faults[i];
		cr_expect(eq(int, fileio_replace(&sys, dir, "f", "complete", 8, 0600, &e), 0), "%s", e.msg);
		cr_expect(eq(str, TEXT(scratch_read(&s, "f", text, sizeof(text))), TEXT("complete")));
	}
	fake_sys_free(f);
}

Test(fileio, reads_up_to_the_ceiling_and_says_when_there_is_more)
{
	AUTO(scratch) struct scratch s = scratch_new();
	AUTO(close) int dir = open_dir(&s);
	struct sys sys = sys_real();
	struct err e = { 0 };
	AUTO(buf) struct buf b;

	buf_init(&b, 5);
	scratch_write(&s, "five", "12345", 0600);
	scratch_write(&s, "six", "123456", 0600);
	cr_expect(eq(int, fileio_read(&sys, dir, "five", 0, &b, &e), 0), "%s", e.msg);
	cr_expect(eq(str, b.data, TEXT("12345")));
	buf_reset(&b);
	cr_expect(eq(int, fileio_read(&sys, dir, "six", 0, &b, &e), -1));
	cr_expect(eq(int, e.kind, ERR_TOO_BIG));
}

Test(fileio, reads_only_regular_files_and_never_hangs_on_others)
{
	AUTO(scratch) struct scratch s = scratch_new();
	AUTO(close) int dir = open_dir(&s);
	struct sys sys = sys_real();
	struct err e = { 0 };
	AUTO(buf) struct buf b;

	buf_init(&b, 100);
	cr_assert(mkfifo(scratch_path(&s, "fifo"), 0600) == 0);
	cr_expect(eq(int, fileio_read(&sys, dir, "fifo", 0, &b, &e), -1));
	cr_expect(eq(int, e.kind, ERR_INVALID));
	cr_expect(eq(int, fileio_read(&sys, dir, ".", 0, &b, &e), -1));
	cr_expect(eq(int, e.kind, ERR_INVALID));
	cr_expect(eq(int, fileio_read(&sys, dir, "absent", 0, &b, &e), -1));
	cr_expect(eq(int, e.sys, ENOENT));
	cr_assert(symlink("absent", scratch_path(&s, "link")) == 0);
	cr_expect(eq(int, fileio_read(&sys, dir, "link", O_NOFOLLOW, &b, &e), -1));
	cr_expect(eq(int, e.sys, ELOOP));
}

Test(fileio, copies_what_an_open_file_still_has)
{
	AUTO(scratch) struct scratch s = scratch_new();
	AUTO(close) int dir = open_dir(&s);
	struct sys sys = sys_real();
	struct err e = { 0 };
	AUTO(close) int from = -1;
	char big[10001], back[10002];

	memset(big, 'b', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	scratch_write(&s, "from", big, 0600);
	from = open(scratch_path(&s, "from"), O_RDONLY | O_CLOEXEC);
	cr_expect(eq(int, fileio_copy(&sys, from, dir, "to", 0555, &e), 0), "%s", e.msg);
	cr_expect(eq(str, TEXT(scratch_read(&s, "to", back, sizeof(back))), big));
	cr_expect(eq(int, scratch_mode(&s, "to"), 0555));
	NO_LEAKS();
}
