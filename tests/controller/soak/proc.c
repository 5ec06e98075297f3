/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/controller/soak/proc.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The text of /proc/PID/NAME, or "". */
static void slurp(pid_t pid, const char *name, char *out, size_t size)
{
	char path[64];
	FILE *f;
	size_t n;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	f = fopen(path, "re");
	n = f ? fread(out, 1, size - 1, f) : 0;
	out[n] = '\0';
	if (f)
		(void)fclose(f);
}

long proc_rss_kib(pid_t pid)
{
	char text[4096];
	const char *at;
	long kib = -1;

	slurp(pid, "status", text, sizeof(text));
	at = strstr(text, "VmRSS:");
	if (at)
		(void)sscanf(at, "VmRSS: %ld", &kib);
	return kib;
}

long proc_cpu_ms(pid_t pid)
{
	char text[1024];
	const char *at;
	long user, system;

	slurp(pid, "stat", text, sizeof(text));
	at = strrchr(text, ')'); /* the name may hold anything; proc_pid_stat(5) */
	if (!at || sscanf(at, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %ld %ld", &user,
			  &system) != 2)
		return -1;
	return (user + system) * 1000 / sysconf(_SC_CLK_TCK);
}

long proc_fds(pid_t pid)
{
	char path[64];
	long n = -2; /* . and .. */
	DIR *dir;

	(void)snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	dir = opendir(path);
	if (!dir)
		return -1;
	while (readdir(dir))
		n++;
	(void)closedir(dir);
	return n;
}
