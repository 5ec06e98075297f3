/* SPDX-License-Identifier: Apache-2.0 */
#include "sandbox/args.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

Test(args, a_number_is_all_of_its_text_and_in_range)
{
	static const struct {
		const char *text;
		bool good;
		long want;
	} rows[] = { { "1", true, 1 }, { "600", true, 600 }, { "0600", true, 600 }, { "0", false, 0 },
		     { "601", false, 0 }, { "", false, 0 }, { "-1", false, 0 }, { "+1", false, 0 },
		     { "1s", false, 0 }, { " 1", false, 0 }, { "99999999999999999999", false, 0 } };

	for (size_t i = 0; i < COUNTOF(rows); i++) {
		long got = -7;

		cr_expect(eq(int, args_number(rows[i].text, 1, 600, &got), rows[i].good), "%s",
			  rows[i].text);
		cr_expect(eq(long, got, rows[i].good ? rows[i].want : -7), "%s", rows[i].text);
	}
}

Test(args, an_address_has_a_port)
{
	static const struct {
		const char *text, *address;	/* NULL: refused */
		int port;
	} rows[] = { { "127.0.0.1:8443", "127.0.0.1", 8443 }, { "127.0.0.1:0", "127.0.0.1", 0 },
		     { "[::1]:80", "::1", 80 }, { "::1:80", "::1", 80 }, { "127.0.0.1", NULL, 0 },
		     { "127.0.0.1:", NULL, 0 }, { ":80", NULL, 0 }, { "[]:80", NULL, 0 },
		     { "127.0.0.1:65536", NULL, 0 }, { "127.0.0.1:x", NULL, 0 } };

	for (size_t i = 0; i < COUNTOF(rows); i++) {
		char address[ARGS_ADDRESS_MAX] = "";
		int port = -1, got;
		struct err e;

		got = args_address(rows[i].text, address, &port, &e);
		cr_expect(eq(int, got, rows[i].address ? 0 : -1), "%s", rows[i].text);
		if (!rows[i].address)
			continue;
		cr_expect(strcmp(address, rows[i].address) == 0, "%s: %s", rows[i].text, address);
		cr_expect(eq(int, port, rows[i].port), "%s", rows[i].text);
	}
}
