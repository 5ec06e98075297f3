/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/httpdate.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* Index of the first three letters of S in NAMES, three letters a name, or -1. */
static int index_of(const char *names, const char *s)
{
	for (int i = 0; names[3 * i]; i++)
		if (!strncmp(names + 3 * i, s, 3))
			return i;
	return -1;
}

/* The number that the N digits at S are. */
static int number(const char *s, int n)
{
	int value = 0;

	while (n--)
		value = 10 * value + (*s++ - '0');
	return value;
}

bool httpdate_parse(const char *s, int64_t *unix_s)
{
	static const char form[] = "aaa, 00 aaa 0000 00:00:00 GMT";
	struct tm tm = { 0 }, back;
	time_t at;

	if (strlen(s) != sizeof(form) - 1)
		return false;
	for (size_t i = 0; form[i]; i++)
		if (form[i] == '0' ? s[i] < '0' || s[i] > '9' : form[i] != 'a' && form[i] != s[i])
			return false;
	tm.tm_mon = index_of("JanFebMarAprMayJunJulAugSepOctNovDec", s + 8);
	tm.tm_mday = number(s + 5, 2);
	tm.tm_year = number(s + 12, 4) - 1900;
	tm.tm_hour = number(s + 17, 2);
	tm.tm_min = number(s + 20, 2);
	tm.tm_sec = number(s + 23, 2);
	if (index_of("SunMonTueWedThuFriSat", s) < 0 || tm.tm_mon < 0 || tm.tm_year < 70)
		return false;
	at = timegm(&tm); /* 31 February becomes 3 March: then the day differs */
	if (!gmtime_r(&at, &back) || back.tm_mday != number(s + 5, 2) ||
	    back.tm_hour != number(s + 17, 2) || back.tm_min != number(s + 20, 2))
		return false;
	*unix_s = at;
	return true;
}
