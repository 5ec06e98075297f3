/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/controller/pod_text.h"

#include <criterion/criterion.h>
#include <string.h>

json_t *pod_text(const char *text)
{
	char *copy = strdup(text);
	json_t *object;

	for (char *c = copy; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	object = json_loads(copy, JSON_ALLOW_NUL, NULL);
	cr_assert(object != NULL, "%s", text);
	free(copy);
	return object;
}
