/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/args.h"

#include <string.h>

bool args_number(const char *text, long min, long max, long *out)
{
	char *end;
	long value;

	if (!*text || strspn(text, "0123456789") != strlen(text))
		return false;
	errno = 0;
	value = strtol(text, &end, 10);
	if (errno || value < min || value > max)
		return false;
	*out = value;
	return true;
}

int args_address(const char *text, char address[ARGS_ADDRESS_MAX], int *port, struct err *e)
{
	const char *colon = strrchr(text, ':'), *from = text;
	size_t len = colon ? (size_t)(colon - text) : 0;
	long number;

	if (len >= 2 && text[0] == '[' && text[len - 1] == ']') {
		from++;
		len -= 2;
	}
	if (!len || len >= ARGS_ADDRESS_MAX || !args_number(colon + 1, 0, 65535, &number))
		return err_set(e, ERR_INVALID, 0, "%s: use ADDRESS:PORT, e.g. 127.0.0.1:8443", text);
	memcpy(address, from, len);
	address[len] = '\0';
	*port = (int)number;
	return 0;
}
