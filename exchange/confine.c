/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/confine.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "common/attr.h"

#if defined(__x86_64__)
#define THIS_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_ARCH AUDIT_ARCH_AARCH64
#else
#error "confine.c: name this machine's AUDIT_ARCH_ value"
#endif

void confine_early(void)
{
	const struct rlimit none = { 0, 0 };

	(void)clearenv();
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* OpenSSL writes with write(2): a reset connection must be an error, not a death. */
	(void)signal(SIGPIPE, SIG_IGN);
}

/* struct landlock_ruleset_attr of ABI 6; an older kernel takes it as long as the rest is zero. */
struct ruleset {
	uint64_t files, net, scoped;
};

static struct ruleset everything(long abi)
{
	/* ABI 1 has 13 file rights; 2, 3 and 5 added one each. */
	unsigned rights = 13 + (abi >= 2) + (abi >= 3) + (abi >= 5);

	return (struct ruleset){
		.files = (UINT64_C(1) << rights) - 1,
		.net = abi >= 4 ? 1 : 0,	/* bind a TCP port */
		.scoped = abi >= 6 ? 3 : 0,	/* abstract sockets and signals of others */
	};
}

/* The resolver opens /etc/hosts for each lookup: a pod's hostAliases are in it. */
static bool allow_hosts(int set)
{
	AUTO(close) int hosts = open("/etc/hosts", O_PATH | O_CLOEXEC);
	const struct landlock_path_beneath_attr rule = {
		.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE,
		.parent_fd = hosts,
	};

	return hosts < 0 ||
	       !syscall(SYS_landlock_add_rule, set, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

static bool restrict_files(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	AUTO(close) int set = -1;
	struct ruleset r;

	if (abi < 1)
		return false;
	r = everything(abi);
	set = (int)syscall(SYS_landlock_create_ruleset, &r, sizeof(r), 0);
	return set >= 0 && allow_hosts(set) && !syscall(SYS_landlock_restrict_self, set, 0);
}

#define LOAD(field)                                                                                \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned)offsetof(struct seccomp_data, field))
#define END(action) BPF_STMT(BPF_RET | BPF_K, action)
#define UNLESS_EQUAL_SKIP1(value) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1)
#define REFUSE(call) UNLESS_EQUAL_SKIP1(SYS_##call), END(SECCOMP_RET_ERRNO | EPERM)

/*
 * What a taken-over process would want and an exchange never does. A list of
 * what is refused, not of what is allowed: libc, OpenSSL and the resolver may
 * change their calls with any update, and a pod must not lose its credential to it.
 */
static const struct sock_filter filter[] = {
	LOAD(arch),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, THIS_ARCH, 1, 0),
	END(SECCOMP_RET_KILL_PROCESS),
	LOAD(nr),
#ifdef __x86_64__
	/* The x32 numbers would go round the list. */
	BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1),
	END(SECCOMP_RET_KILL_PROCESS),
	REFUSE(fork),
	REFUSE(vfork),
#endif
	REFUSE(execve),
	REFUSE(execveat),
	REFUSE(clone),
	REFUSE(clone3),
	REFUSE(ptrace),
	REFUSE(process_vm_readv),
	REFUSE(process_vm_writev),
	REFUSE(pidfd_open),
	REFUSE(pidfd_getfd),
	REFUSE(kill),
	REFUSE(tkill),
	REFUSE(io_uring_setup),
	REFUSE(bpf),
	REFUSE(perf_event_open),
	REFUSE(userfaultfd),
	REFUSE(unshare),
	REFUSE(setns),
	REFUSE(mount),
	REFUSE(open_by_handle_at),
	REFUSE(keyctl),
	END(SECCOMP_RET_ALLOW),
};

static bool restrict_calls(void)
{
	const struct sock_fprog program = {
		.len = COUNTOF(filter),
		.filter = (struct sock_filter *)(uintptr_t)filter,
	};

	return !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

const char *confine_late(void)
{
	bool files, calls;

	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	files = restrict_files();
	calls = restrict_calls();
	if (files && calls)
		return NULL;
	return files ? "seccomp" : calls ? "landlock" : "landlock,seccomp";
}
