/* SPDX-License-Identifier: Apache-2.0 */
/* Real children: /bin/sh, which takes the request for its script. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/support/leaks.h"
#include "writer/answer.h"
#include "writer/child.h"

#define MIB (1024L * 1024)

static void start(struct sys *sys, struct child *c, const char *script)
{
	const struct mono deadline = mono_add_ms(sys->ops->boot_now(sys), 10000);
	AUTO(buf) struct buf request;
	struct err e = { 0 };

	buf_init(&request, 1024);
	buf_adds(&request, script);
	child_init(c);
	cr_assert(eq(int, child_start(sys, c, "/bin/sh", &request, deadline, &e), 0), "%s", e.msg);
}

/* How many bytes the answer has when SCRIPT has ended. */
static long answer_bytes(const char *script)
{
	struct sys sys = sys_real();
	struct stat st = { .st_size = -1 };
	struct child c;

	start(&sys, &c, script);
	cr_assert(waitpid(c.pid, NULL, 0) == c.pid);
	c.pid = 0;
	cr_assert(fstat(c.out, &st) == 0);
	child_fini(&sys, &c);
	return (long)st.st_size;
}

Test(child, hands_over_the_answer_and_is_idle_again)
{
	struct sys sys = sys_real();
	AUTO(buf) struct buf out;
	struct err e = { 0 };
	struct child c;
	int status;

	buf_init(&out, ANSWER_MAX_BYTES);
	start(&sys, &c, "echo hello\n");
	cr_assert(waitpid(c.pid, &status, 0) == c.pid);
	cr_expect(eq(int, child_finish(&sys, &c, status, &out, &e), 0), "%s", e.msg);
	cr_expect(out.len == 6 && !memcmp(out.data, "hello\n", 6), "%zu bytes", out.len);
	cr_expect(c.pid == 0 && c.in == -1 && c.out == -1);
	buf_fini(&out);
	NO_LEAKS();
}

Test(child, cannot_make_its_answer_longer_than_the_limit)
{
	static const char *const scripts[] = {
		"head -c 9000000 /dev/zero 2>/dev/null\n",
		"dd if=/dev/null of=/dev/fd/1 bs=1M seek=200 2>/dev/null\n",
	};

	cr_expect(eq(long, answer_bytes(scripts[0]), SYS_CHILD_FILE_MAX));
	cr_expect(le(long, answer_bytes(scripts[1]), SYS_CHILD_FILE_MAX));
	NO_LEAKS();
}

static ssize_t counted_write(struct sys *sys, int fd, const void *data, size_t len)
{
	*(long *)sys->ctx += (long)len;
	return write(fd, data, len);
}

Test(child, a_long_answer_costs_no_more_than_the_limit_to_wipe)
{
	struct sys real = sys_real();
	struct sys_ops ops = *real.ops;
	long written = 0;
	struct sys sys = { .ops = &ops, .ctx = &written };
	struct child c;

	ops.write = counted_write;
	start(&sys, &c, "cat >/dev/null\n");
	written = 0;
	cr_assert(ftruncate(c.out, 200 * MIB) == 0);
	child_fini(&sys, &c);
	cr_expect(ge(long, written, SYS_CHILD_FILE_MAX));
	cr_expect(le(long, written, SYS_CHILD_FILE_MAX + 1024));
	NO_LEAKS();
}

Test(child, wipes_both_files)
{
	struct sys sys = sys_real();
	char text[64] = "x";
	struct child c;
	int in, out;

	start(&sys, &c, "echo SECRET-answer # SECRET-request\n");
	cr_assert(waitpid(c.pid, NULL, 0) == c.pid);
	c.pid = 0;
	in = dup(c.in);
	out = dup(c.out);
	child_fini(&sys, &c);
	cr_expect(ge(int, (int)pread(in, text, sizeof(text), 0), 11));
	cr_expect(eq(chr, text[0], 0));
	cr_expect(eq(int, memcmp(text, text + 1, 30), 0), "the request");
	cr_expect(ge(int, (int)pread(out, text, 14, 0), 11));
	cr_expect(eq(int, text[0] | memcmp(text, text + 1, 13), 0), "the answer");
	(void)close(in);
	(void)close(out);
	NO_LEAKS();
}
