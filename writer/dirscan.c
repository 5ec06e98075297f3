/* SPDX-License-Identifier: Apache-2.0 */
#include "writer/dirscan.h"

#include <dirent.h>
#include <string.h>

int dirscan_each(struct sys *sys, int fd, void (*on)(void *arg, const char *name), void *arg,
		 struct err *e)
{
	_Alignas(struct dirent) char block[2048];

	for (;;) {
		ssize_t n = sys->ops->getdents(sys, fd, block, sizeof(block));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(e, ERR_IO, errno, "unable to list a directory");
		if (n == 0)
			return 0;
		/* struct dirent is the kernel's linux_dirent64 in 64-bit musl and glibc. */
		for (ssize_t at = 0; at < n;) {
			const struct dirent *d = (const struct dirent *)(const void *)(block + at);

			if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
				on(arg, d->d_name);
			at += d->d_reclen;
		}
	}
}
