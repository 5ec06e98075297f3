/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stands in for wif-exchange where a test runs the real writer. What it does is
 * the last word of the request's base-url: https://fake.test/granted, /denied,
 * /throttled, /malformed, /transient, /not-sent, /hang, /crash, /garbage.
 * A grant lasts as long as the word before it says: https://fake.test/20/granted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
	if (!strcmp(word, "hang"))
		for (;;)
			pause();
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
