/* SPDX-License-Identifier: Apache-2.0 */
#include "writer/child.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "common/fileio.h"

void child_init(struct child *c)
{
	*c = (struct child){ .in = -1, .out = -1 };
}

/* Overwrite what FD holds: pages of a closed memfd stay in RAM until reused. */
static void wipe(struct sys *sys, int fd, size_t len)
{
	static const char zeros[1024];
	struct err ignored = { 0 };

	if (fd < 0 || sys->ops->lseek(sys, fd, 0, SEEK_SET) < 0)
		return;
	while (len) {
		size_t n = len < sizeof(zeros) ? len : sizeof(zeros);

		if (fileio_write_all(sys, fd, zeros, n, "memfd", &ignored) < 0)
			return;
		len -= n;
	}
}

/* The answer's length is the child's choice, but writing zeros into a hole costs us the memory. */
static void wipe_all(struct sys *sys, struct child *c)
{
	off_t out = c->out < 0 ? 0 : sys->ops->lseek(sys, c->out, 0, SEEK_END);

	wipe(sys, c->in, c->in_len);
	if (out > 0)
		wipe(sys, c->out, out < SYS_CHILD_FILE_MAX ? (size_t)out : SYS_CHILD_FILE_MAX);
}

static void let_go(struct sys *sys, struct child *c)
{
	wipe_all(sys, c);
	auto_close(&c->in);
	auto_close(&c->out);
	child_init(c);
}

/* Size is sealed, so that wiping reaches every page; a write seal would forbid the wipe. */
static int fill_request(struct sys *sys, struct child *c, const struct buf *request, struct err *e)
{
	c->in = sys->ops->memfd_create(sys, "request", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (c->in < 0)
		return err_set(e, ERR_IO, errno, "unable to make a memfd");
	c->in_len = request->len;
	if (fileio_write_all(sys, c->in, request->data, request->len, "memfd", e) < 0)
		return -1;
	if (sys->ops->add_seals(sys, c->in, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
		return err_set(e, ERR_IO, errno, "unable to seal a memfd");
	if (sys->ops->lseek(sys, c->in, 0, SEEK_SET) < 0)
		return err_set(e, ERR_IO, errno, "unable to rewind a memfd");
	c->out = sys->ops->memfd_create(sys, "answer", MFD_CLOEXEC);
	if (c->out < 0)
		return err_set(e, ERR_IO, errno, "unable to make a memfd");
	return 0;
}

int child_start(struct sys *sys, struct child *c, const char *path, const struct buf *request,
		struct mono deadline, struct err *e)
{
	pid_t pid;

	if (fill_request(sys, c, request, e) < 0) {
		let_go(sys, c);
		return -1;
	}
	pid = sys->ops->spawn(sys, path, c->in, c->out);
	if (pid < 0) {
		err_set(e, ERR_IO, errno, "unable to start the exchange");
		let_go(sys, c);
		return -1;
	}
	c->pid = pid;
	c->deadline = deadline;
	return 0;
}

void child_kill(struct sys *sys, const struct child *c)
{
	if (c->pid > 0)
		(void)sys->ops->kill(sys, c->pid, SIGKILL);
}

bool child_reap(struct sys *sys, const struct child *c, int *status)
{
	bool ours = false;

	for (;;) {
		int s = 0;
		pid_t pid = sys->ops->waitpid(sys, -1, &s, WNOHANG);

		if (pid < 0 && errno == EINTR)
			continue;
		if (pid < 0 && errno == ECHILD && c->pid && !ours) {
			*status = SIGKILL; /* gone, and nobody knows how: not a valid end */
			return true;
		}
		if (pid <= 0)
			return ours;
		if (pid == c->pid) {
			*status = s;
			ours = true;
		}
	}
}

int child_finish(struct sys *sys, struct child *c, int status, struct buf *out, struct err *e)
{
	int ret = 0;

	if (WIFSIGNALED(status))
		ret = err_set(e, ERR_TRANSIENT, 0, "the exchange was killed by signal %d",
			      WTERMSIG(status));
	else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		ret = err_set(e, ERR_TRANSIENT, 0, "the exchange exited with status %d",
			      WEXITSTATUS(status));
	else if (sys->ops->lseek(sys, c->out, 0, SEEK_SET) < 0)
		ret = err_set(e, ERR_IO, errno, "unable to rewind the answer");
	else
		ret = fileio_read_fd(sys, c->out, "the exchange's answer", out, e);
	let_go(sys, c);
	return ret;
}

void child_fini(struct sys *sys, struct child *c)
{
	int status;

	if (c->pid > 0) {
		child_kill(sys, c);
		while (sys->ops->waitpid(sys, c->pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	let_go(sys, c);
}
