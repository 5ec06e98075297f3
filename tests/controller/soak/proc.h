/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_CONTROLLER_SOAK_PROC_H
#define TESTS_CONTROLLER_SOAK_PROC_H

/* What the kernel says of another process. Each is -1 once the process is gone. */

#include <sys/types.h>

long proc_rss_kib(pid_t pid);
long proc_cpu_ms(pid_t pid);	/* utime + stime */
long proc_fds(pid_t pid);

#endif
