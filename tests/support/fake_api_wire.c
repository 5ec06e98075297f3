/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/support/fake_api_private.h"

void fake_api_must(bool ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	abort();
}

char *fake_api_text(const char *fmt, ...)
{
	char *out = NULL;
	va_list ap;

	va_start(ap, fmt);
	fake_api_must(vasprintf(&out, fmt, ap) >= 0, "memory");
	va_end(ap);
	return out;
}

bool fake_api_send(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

bool fake_api_answer(int fd, int status, const char *body)
{
	char *all = fake_api_text("HTTP/1.1 %d X\r\ncontent-type: application/json\r\n"
			 "content-length: %zu\r\n\r\n%s", status, strlen(body), body);
	bool ok = fake_api_send(fd, all, strlen(all));

	free(all);
	return ok;
}

/* One piece of a chunked body. */
static bool send_chunk(int fd, const char *data, size_t len)
{
	char head[32];
	int n = snprintf(head, sizeof(head), "%zx\r\n", len);

	return fake_api_send(fd, head, (size_t)n) && fake_api_send(fd, data, len) &&
	       fake_api_send(fd, "\r\n", 2);
}

bool fake_api_line(int fd, const char *line)
{
	size_t len = strlen(line), cut = len / 3;

	if (len < 6)
		return send_chunk(fd, line, len);
	return send_chunk(fd, line, cut) && send_chunk(fd, line + cut, cut) &&
	       send_chunk(fd, line + 2 * cut, len - 2 * cut);
}
