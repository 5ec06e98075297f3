/* SPDX-License-Identifier: Apache-2.0 */
#include "net/httpd_head.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static const struct {
	const char *name, *methods, *method, *version, *length;
	bool transfer_encoding;
	int status;
	size_t want;
} rows[] = {
	{ "post with a body", "POST", "POST", "HTTP/1.1", "5", false, 0, 5 },
	{ "the largest body", "POST", "POST", "HTTP/1.1", "1000", false, 0, 1000 },
	{ "one byte more", "POST", "POST", "HTTP/1.1", "1001", false, 413, 1001 },
	{ "a number beyond any", "POST", "POST", "HTTP/1.1", "99999999999999999999", false, 413, 0 },
	{ "leading zeros", "POST", "POST", "HTTP/1.1", "0005", false, 0, 5 },
	{ "an empty body", "POST", "POST", "HTTP/1.1", "0", false, 0, 0 },
	{ "no length", "POST", "POST", "HTTP/1.1", NULL, false, 411, 0 },
	{ "an empty length", "POST", "POST", "HTTP/1.1", "", false, 400, 0 },
	{ "a negative length", "POST", "POST", "HTTP/1.1", "-1", false, 400, 0 },
	{ "a signed length", "POST", "POST", "HTTP/1.1", "+5", false, 400, 0 },
	{ "two lengths", "POST", "POST", "HTTP/1.1", "5,  7", false, 400, 0 },
	{ "two equal lengths", "POST", "POST", "HTTP/1.1", "5,5", false, 400, 0 },
	{ "a length with a space", "POST", "POST", "HTTP/1.1", "5 ", false, 400, 0 },
	{ "a hexadecimal length", "POST", "POST", "HTTP/1.1", "0x5", false, 400, 0 },
	{ "chunked", "POST", "POST", "HTTP/1.1", NULL, true, 411, 0 },
	{ "chunked and a length", "POST", "POST", "HTTP/1.1", "5", true, 411, 0 },
	{ "get", "GET POST", "GET", "HTTP/1.1", NULL, false, 0, 0 },
	{ "get with an empty body", "GET", "GET", "HTTP/1.1", "0", false, 0, 0 },
	{ "get with a body", "GET", "GET", "HTTP/1.1", "5", false, 413, 5 },
	{ "get where only post is taken", "POST", "GET", "HTTP/1.1", NULL, false, 405, 0 },
	{ "part of a listed method", "GET POST", "POS", "HTTP/1.1", "5", false, 405, 0 },
	{ "no method we know", "GET POST", "", "HTTP/1.1", "5", false, 405, 0 },
	{ "put where it is taken", "PUT", "PUT", "HTTP/1.1", "5", false, 0, 5 },
	{ "http 1.0", "POST", "POST", "HTTP/1.0", "5", false, 0, 5 },
	{ "http 2.0", "POST", "POST", "HTTP/2.0", "5", false, 505, 0 },
	{ "no version", "GET", "GET", "", NULL, false, 505, 0 },
};

Test(httpd_head, accepts_only_heads_that_leave_no_doubt)
{
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		struct httpd_head head = { .method = rows[i].method, .version = rows[i].version,
					   .length = rows[i].length,
					   .transfer_encoding = rows[i].transfer_encoding };
		size_t want = 99;
		int status = httpd_head_judge(&head, rows[i].methods, 1000, &want);

		cr_expect(eq(int, status, rows[i].status), "%s", rows[i].name);
		cr_expect(eq(sz, want, rows[i].want), "%s", rows[i].name);
	}
}

Test(httpd_head, writes_a_complete_head)
{
	AUTO(buf) struct buf out;

	buf_init(&out, 1024);
	httpd_head_write(&out, 200, "text/plain", 3, "x-a: b\r\n", true);
	cr_expect(strcmp(out.data, "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n"
				   "content-length: 3\r\nx-a: b\r\n"
				   "connection: close\r\n\r\n") == 0, "%s", out.data);
	buf_reset(&out);
	httpd_head_write(&out, 599, "a/b", 0, NULL, false);
	cr_expect(strcmp(out.data, "HTTP/1.1 599 Status\r\ncontent-type: a/b\r\n"
				   "content-length: 0\r\n\r\n") == 0, "%s", out.data);
}
