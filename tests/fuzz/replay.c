/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Run a fuzz target over a corpus without libFuzzer: each file, each of its
 * truncations, and each bit of its first 200 bytes flipped. A file is run in a
 * process of its own: a crash, a hang or a leak is that file's alone.
 *
 * usage: MODULE CORPUS-DIR CRASH-PREFIX
 * Prints "ok FILE: N inputs" or "FAIL FILE: …"; the input at fault is then kept
 * as CRASH-PREFIX-FILE. Exit 1 when one failed, or there was none.
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/fuzz/fuzz.h"

#define FLIPPED_BYTES 200
#define HANG_S 30 /* one input takes milliseconds */

struct file {
	uint8_t *data; /* owned */
	size_t len;
};

static void die(const char *what)
{
	perror(what);
	exit(111);
}

static void file_read(const char *path, struct file *out)
{
	FILE *f = fopen(path, "r");
	struct stat st;

	if (!f || fstat(fileno(f), &st) < 0)
		die(path);
	*out = (struct file){ malloc((size_t)st.st_size + 1), (size_t)st.st_size };
	if (!out->data || fread(out->data, 1, out->len, f) != out->len)
		die(path);
	(void)fclose(f);
}

/* How many inputs a file makes. */
static size_t variants(const struct file *f)
{
	return 1 + f->len + 8 * (f->len < FLIPPED_BYTES ? f->len : FLIPPED_BYTES);
}

/* The Kth input, a heap block of its size: the file, its truncations, its flipped bits. */
static struct file variant(const struct file *f, size_t k)
{
	bool cut = k && k <= f->len;
	struct file v = { .len = cut ? k - 1 : f->len };

	v.data = malloc(v.len);
	if (!v.data)
		die("malloc");
	memcpy(v.data, f->data, v.len);
	if (k > f->len) {
		size_t bit = k - f->len - 1;

		v.data[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
	return v;
}

/* The child's life; *AT tells the parent how far it came. */
static void run_all(const struct file *f, volatile size_t *at)
{
	for (size_t k = 0; k < variants(f); k++) {
		struct file v = variant(f, k);

		*at = k;
		(void)alarm(HANG_S);
		(void)LLVMFuzzerTestOneInput(v.data, v.len);
		free(v.data);
	}
}

static void report(const struct file *f, const char *name, const char *prefix, size_t at,
		   int status)
{
	struct file v = variant(f, at);
	char path[512];
	FILE *out;

	(void)snprintf(path, sizeof(path), "%s-%s", prefix, name);
	out = fopen(path, "w");
	if (!out || fwrite(v.data, 1, v.len, out) != v.len || fclose(out) != 0)
		die(path);
	free(v.data);
	printf("FAIL %s: %s at input %zu of %zu, kept as %s\n", name,
	       WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "a sanitizer's report", at,
	       variants(f), path);
}

static bool run_file(const char *path, const char *name, const char *prefix, volatile size_t *at)
{
	struct file f;
	int status;
	pid_t pid;

	file_read(path, &f);
	(void)fflush(stdout);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0) {
		run_all(&f, at);
		free(f.data);
		exit(0); /* not _exit: LeakSanitizer looks now */
	}
	if (waitpid(pid, &status, 0) != pid)
		die("waitpid");
	if (status)
		report(&f, name, prefix, *at, status);
	else
		printf("ok %s: %zu inputs\n", name, variants(&f));
	free(f.data);
	return status == 0;
}

static int is_file(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

int main(int argc, char **argv)
{
	volatile size_t *at = mmap(NULL, sizeof(*at), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct dirent **list;
	int n = argc == 3 ? scandir(argv[1], &list, is_file, alphasort) : -1, failed = 0;
	char path[512];

	if (n < 0 || at == MAP_FAILED)
		die(argc == 3 ? argv[1] : "usage: MODULE CORPUS-DIR CRASH-PREFIX");
	for (int i = 0; i < n; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", argv[1], list[i]->d_name);
		failed += !run_file(path, list[i]->d_name, argv[2], at);
		free(list[i]);
	}
	free(list);
	(void)munmap((void *)(uintptr_t)at, sizeof(*at));
	return failed || n == 0;
}
