/* SPDX-License-Identifier: Apache-2.0 */
#include "writer/confine.h"

#include <fcntl.h>
#include <linux/landlock.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "writer/source.h"

/* Newer than Debian 12's headers. Source: linux/landlock.h of 6.2, 6.10 and 6.12. */
#define FS_TRUNCATE (1ULL << 14)
#define FS_IOCTL_DEV (1ULL << 15)
#define SCOPE_ABSTRACT_UNIX_SOCKET (1ULL << 0)
#define SCOPE_SIGNAL (1ULL << 1)

struct ruleset {
	uint64_t fs, net, scoped;
};

#define FS_ABI_1 ((1ULL << 13) - 1)
#define READ_TREE (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITE_TREE                                                                                 \
	(READ_TREE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |                 \
	 LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |                            \
	 LANDLOCK_ACCESS_FS_REMOVE_DIR)
#define RUN_FILE (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE)
#define WRITE_FILE (LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE)

static long call(struct sys *sys, long number, long a, long b, long c, long d)
{
	return sys->ops->call(sys, number, (const long[5]){ a, b, c, d, 0 });
}

static void missing(struct log *log, const char *what, int errnum)
{
	struct err e = { 0 };

	err_set(&e, ERR_IO, errnum, "%s", what);
	log_err(log, LOG_LEVEL_WARN, "confinement incomplete on this kernel", &e);
}

void confine_early(struct sys *sys, struct log *log)
{
	const struct rlimit none = { 0, 0 };

	if (call(sys, SYS_prlimit64, 0, RLIMIT_CORE, (long)(uintptr_t)&none, 0) < 0)
		missing(log, "no core files", errno);
	if (call(sys, SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0) < 0)
		missing(log, "not dumpable", errno);
	if (call(sys, SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0) < 0)
		missing(log, "no new privileges", errno);
}

struct rules {
	struct sys *sys;
	struct log *log;
	int fd;
	uint64_t handled;
};

/* Allow ACCESS beneath PATH. What is not there needs no rule. */
static void allow(const struct rules *r, const char *path, uint64_t access)
{
	AUTO(close) int fd = r->sys->ops->openat(r->sys, AT_FDCWD, path, O_PATH | O_CLOEXEC, 0);
	struct landlock_path_beneath_attr rule = { .allowed_access = access & r->handled,
						   .parent_fd = fd };
	char what[200];

	if (fd < 0)
		return;
	if (call(r->sys, SYS_landlock_add_rule, r->fd, LANDLOCK_RULE_PATH_BENEATH,
		 (long)(uintptr_t)&rule, 0) == 0)
		return;
	(void)snprintf(what, sizeof(what), "a Landlock rule for %.150s", path);
	missing(r->log, what, errno);
}

/*
 * A file is replaced by rename, or a symlink on the way to it is: allow the
 * directories. The root of a file system would be all of it: there only the file.
 */
static void allow_file(const struct rules *r, const char *path)
{
	char at[512], dir[512];
	unsigned hops = 0;

	(void)snprintf(at, sizeof(at), "%s", path);
	do {
		source_dir(SOURCE_FILE, at, dir, sizeof(dir));
		if (strcmp(dir, "/") != 0)
			allow(r, dir, READ_TREE);
	} while (hops++ < SOURCE_HOPS_MAX && source_follow(r->sys, at, sizeof(at)));
	allow(r, path, LANDLOCK_ACCESS_FS_READ_FILE);
}

static void allow_all(const struct rules *r, const struct options *o)
{
	static const char *const resolver[] = { "/etc/resolv.conf",  "/etc/hosts", "/etc/host.conf",
						"/etc/nsswitch.conf", "/etc/gai.conf",
						"/etc/svc.conf",     "/etc/services" };

	if (o->source == SOURCE_FILE)
		allow_file(r, o->assertions);
	else
		allow(r, o->assertions, READ_TREE);
	allow(r, o->output, WRITE_TREE);
	allow(r, o->exchange, RUN_FILE);
	allow(r, o->termination_log, WRITE_FILE);
	allow(r, "/dev/null", LANDLOCK_ACCESS_FS_READ_FILE | WRITE_FILE);
	allow(r, "/dev/urandom", LANDLOCK_ACCESS_FS_READ_FILE);
	for (size_t i = 0; i < COUNTOF(resolver); i++)
		allow(r, resolver[i], LANDLOCK_ACCESS_FS_READ_FILE);
	if (*o->ca_bundle)
		allow_file(r, o->ca_bundle);
}

bool confine(struct sys *sys, struct log *log, const struct options *o)
{
	long abi = call(sys, SYS_landlock_create_ruleset, 0, 0, LANDLOCK_CREATE_RULESET_VERSION, 0);
	struct ruleset set = { .fs = FS_ABI_1 };
	AUTO(close) int fd = -1;

	if (abi < 1) {
		missing(log, "Landlock", abi < 0 ? errno : 0);
		return false;
	}
	if (abi >= 2)
		set.fs |= LANDLOCK_ACCESS_FS_REFER;
	if (abi >= 3)
		set.fs |= FS_TRUNCATE;
	if (abi >= 5)
		set.fs |= FS_IOCTL_DEV;
	if (abi >= 6)
		set.scoped = SCOPE_ABSTRACT_UNIX_SOCKET | SCOPE_SIGNAL;
	/* An older kernel refuses a struct longer than it knows, unless the rest is zero. */
	fd = (int)call(sys, SYS_landlock_create_ruleset, (long)(uintptr_t)&set, sizeof(set), 0, 0);
	if (fd < 0) {
		missing(log, "a Landlock ruleset", errno);
		return false;
	}
	allow_all(&(struct rules){ sys, log, fd, set.fs }, o);
	if (call(sys, SYS_landlock_restrict_self, fd, 0, 0, 0) == 0)
		return true;
	missing(log, "Landlock", errno);
	return false;
}
