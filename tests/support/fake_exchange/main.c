/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stands in for wif-exchange where a test runs the real writer. What it does is
 * the last word of the request's base-url: https://fake.test/granted, /denied,
 * /throttled, /malformed, /transient, /not-sent, /crash, /garbage, /hang, or
 * /look: says in `detail` what of its surroundings it can reach.
 * A grant lasts as long as the word before it says: https://fake.test/20/granted.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static int readable(const char *path)
{
	return open(path, O_RDONLY) >= 0;
}

/* Descriptors beyond the three that it should have. */
static int inherited(void)
{
	int n = 0;

	for (int fd = 3; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static int look(void)
{
	int fds = inherited(), signal = 0;

	(void)prctl(PR_GET_PDEATHSIG, &signal);
	return printf("result transient\ndetail passwd %d, null %d, descriptors %d, "
		      "no-new-privs %d, death signal %d\n\n", readable("/etc/passwd"),
		      readable("/dev/null"), fds, prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), signal) < 0;
}

/* Says so in the log, where a test can wait for it. */
static void hang(void)
{
	(void)fprintf(stderr, "hanging: %d\n", getpid());
	for (;;)
		pause();
}

int main(int argc, char **argv, char **envp)
{
	static char request[65536];
	size_t n = fread(request, 1, sizeof(request) - 1, stdin);
	char *url = strstr(request, "base-url "), *word;
	long lifetime = 0;

	if (argc != 1 || *envp || !n || !url || !strstr(request, "\n\n"))
		return 100;
	(void)argv;
	url[strcspn(url, "\n")] = '\0';
	word = strrchr(url, '/') + 1;
	if (!strcmp(word, "look"))
		return look();
	if (!strcmp(word, "hang"))
		hang();
	if (!strcmp(word, "crash"))
		abort();
	if (!strcmp(word, "garbage"))
		return printf("result granted\nexpires-in 600\n\ntoken without an end") < 0;
	if (strcmp(word, "granted") != 0)
		return printf("result %s\nstatus 401\nrequest-id req_fake\n\n", word) < 0;
	word[-1] = '\0';
	lifetime = strtol(strrchr(url, '/') + 1, NULL, 10);
	return printf("result granted\nstatus 200\nexpires-in %ld\nrequest-id req_fake\n\n"
		      "sk-ant-oat01-fake-%ld\n", lifetime ? lifetime : 600, (long)getpid()) < 0;
}
