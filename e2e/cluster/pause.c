// SPDX-License-Identifier: Apache-2.0
/*
 * The process that holds a pod's namespaces. As pid 1 of a pod with a shared
 * process namespace it also inherits orphans, so it reaps them. It ends on
 * SIGTERM or SIGINT; as pid 1 it would otherwise ignore both.
 */
#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>

int main(void)
{
	sigset_t set;
	int sig;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	while (sigwait(&set, &sig) == 0 && sig == SIGCHLD)
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	return 0;
}
