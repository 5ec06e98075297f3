/* SPDX-License-Identifier: Apache-2.0 */
#include "inject/namelist.h"

#include <stdio.h>
#include <string.h>

#define BLANKS " \t\r\n"

bool namelist_ok(const char *list)
{
	for (;;) {
		list += strspn(list, BLANKS);
		if (!*list || *list == ',')
			return false;
		list = strchr(list, ',');
		if (!list)
			return true;
		list++;
	}
}

bool namelist_next(const char **list, char name[NAMELIST_NAME])
{
	size_t len;

	*list += strspn(*list, "," BLANKS);
	len = strcspn(*list, ",");
	(void)snprintf(name, NAMELIST_NAME, "%.*s",
		       (int)(len < NAMELIST_NAME ? len : NAMELIST_NAME), *list);
	*list += len;
	for (len = strlen(name); len && strchr(BLANKS, name[len - 1]); len--)
		name[len - 1] = '\0';
	return name[0];
}

bool namelist_has(const char *list, const char *name)
{
	char item[NAMELIST_NAME];

	while (namelist_next(&list, item))
		if (!strcmp(item, name))
			return true;
	return false;
}
