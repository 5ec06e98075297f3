/* SPDX-License-Identifier: Apache-2.0 */
/*
 * usage: peak PROGRAM [ARGUMENT...]
 *
 * Run a program; print the peak resident memory in KiB of its largest process, descendants
 * that were waited for included. Static and small on purpose: a process starts with the
 * peak of the one that started it, which rules out a shell or an interpreter.
 * Source: getrusage(2), ru_maxrss; mm/exec: setmax_mm_hiwater_rss.
 */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct rusage used;
	int status;
	pid_t pid;

	if (argc < 2)
		return 100;
	pid = vfork();
	if (pid == 0) {
		(void)execv(argv[1], argv + 1);
		_exit(111);
	}
	if (pid < 0 || wait4(pid, &status, 0, &used) != pid)
		return 111;
	(void)printf("%ld\n", used.ru_maxrss);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 111;
}
