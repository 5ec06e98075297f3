/* SPDX-License-Identifier: Apache-2.0 */
#include "net/httpd_head.h"

#include <string.h>

/* Longer texts than any body we could take are not numbers to us. */
#define LENGTH_DIGITS 12

static bool listed(const char *methods, const char *method)
{
	size_t n = strlen(method);

	for (const char *p = methods; n && (p = strstr(p, method)); p += n)
		if ((p == methods || p[-1] == ' ') && (!p[n] || p[n] == ' '))
			return true;
	return false;
}

/* A body comes with POST, PUT and PATCH; with the others none may. */
static bool has_body(const char *method)
{
	return !strcmp(method, "POST") || !strcmp(method, "PUT") || !strcmp(method, "PATCH");
}

static int judge_length(const char *text, size_t max, size_t *want)
{
	size_t n = strlen(text), value = 0;

	if (!n || strspn(text, "0123456789") != n)
		return 400;
	if (n > LENGTH_DIGITS)
		return 413;
	for (size_t i = 0; i < n; i++)
		value = value * 10 + (size_t)(text[i] - '0');
	*want = value;
	return value > max ? 413 : 0;
}

int httpd_head_judge(const struct httpd_head *head, const char *methods, size_t body_max,
		     size_t *want)
{
	*want = 0;
	if (strcmp(head->version, "HTTP/1.1") != 0 && strcmp(head->version, "HTTP/1.0") != 0)
		return 505;
	if (!listed(methods, head->method))
		return 405;
	if (head->transfer_encoding)
		return 411;
	if (!head->length)
		return has_body(head->method) ? 411 : 0;
	return judge_length(head->length, has_body(head->method) ? body_max : 0, want);
}

const char *httpd_head_reason(int status)
{
	static const struct {
		int status;
		const char *reason;
	} table[] = {
		{ 200, "OK" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 408, "Request Timeout" },
		{ 411, "Length Required" },
		{ 413, "Content Too Large" },
		{ 414, "URI Too Long" },
		{ 415, "Unsupported Media Type" },
		{ 429, "Too Many Requests" },
		{ 500, "Internal Server Error" },
		{ 503, "Service Unavailable" },
		{ 504, "Gateway Timeout" },
		{ 505, "HTTP Version Not Supported" },
	};

	for (size_t i = 0; i < COUNTOF(table); i++)
		if (table[i].status == status)
			return table[i].reason;
	return "Status";
}

void httpd_head_write(struct buf *out, int status, const char *type, size_t length,
		      const char *headers, bool close)
{
	buf_addf(out, "HTTP/1.1 %d %s\r\ncontent-type: %s\r\ncontent-length: %zu\r\n%s%s\r\n",
		 status, httpd_head_reason(status), type, length, headers ? headers : "",
		 close ? "connection: close\r\n" : "");
}
