/* SPDX-License-Identifier: Apache-2.0 */
#include "writer/duration.h"

#include <stddef.h>
#include <string.h>

bool duration_parse(const char *s, int64_t *ms)
{
	static const struct {
		const char *name;
		int64_t ms;
	} units[] = { { "", 1000 }, { "s", 1000 }, { "ms", 1 }, { "m", 60000 }, { "h", 3600000 } };
	size_t digits = strspn(s, "0123456789");
	int64_t n = 0;

	if (digits == 0 || digits > 9)
		return false;
	for (size_t i = 0; i < digits; i++)
		n = n * 10 + (s[i] - '0');
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (!strcmp(s + digits, units[i].name)) {
			*ms = n * units[i].ms;
			return true;
		}
	}
	return false;
}
