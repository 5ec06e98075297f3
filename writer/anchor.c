/* SPDX-License-Identifier: Apache-2.0 */
#include "writer/anchor.h"

#include <fcntl.h>

#include "writer/source.h"

#define PATH_SIZE 512 /* options.h: paths are shorter */

void anchor_init(struct anchor *a)
{
	*a = (struct anchor){ -1, -1 };
}

void anchor_fini(struct anchor *a)
{
	auto_close(&a->assertions);
	auto_close(&a->output);
}

static int open_path(struct sys *sys, const char *path)
{
	return sys->ops->openat(sys, AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
}

void anchor_drop(struct anchor *a, struct sys *sys, const struct options *o)
{
	char dir[PATH_SIZE];

	source_dir(o->source, o->assertions, dir, sizeof(dir));
	a->assertions = open_path(sys, dir);
	a->output = open_path(sys, o->output);
}

static bool replaced(struct sys *sys, int held, const char *path)
{
	AUTO(close) int now = held < 0 ? -1 : open_path(sys, path);
	struct stat was, is;

	return now >= 0 && sys->ops->fstat(sys, held, &was) == 0 &&
	       sys->ops->fstat(sys, now, &is) == 0 &&
	       (was.st_dev != is.st_dev || was.st_ino != is.st_ino);
}

int anchor_check(const struct anchor *a, struct sys *sys, const struct options *o, struct err *e)
{
	char dir[PATH_SIZE];

	source_dir(o->source, o->assertions, dir, sizeof(dir));
	if (replaced(sys, a->assertions, dir))
		return err_set(e, ERR_TRANSIENT, 0,
			       "the directory of the assertions was replaced: only a new process "
			       "may read %.90s", dir);
	if (replaced(sys, a->output, o->output))
		return err_set(e, ERR_TRANSIENT, 0,
			       "the output directory was replaced: only a new process may write %.90s",
			       o->output);
	return 0;
}
