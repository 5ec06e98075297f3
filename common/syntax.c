/* SPDX-License-Identifier: Apache-2.0 */
#include "common/syntax.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/attr.h"

#define HEX "0123456789abcdefABCDEF"
#define LOWER_DIGIT "abcdefghijklmnopqrstuvwxyz0123456789"
#define DIGITS "0123456789"
#define ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" DIGITS
#define WORD "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"

bool syntax_uuid(const char *s)
{
	static const size_t groups[] = { 8, 4, 4, 4, 12 };

	for (size_t i = 0; i < COUNTOF(groups); i++) {
		if (i && *s++ != '-')
			return false;
		if (strspn(s, HEX) != groups[i])
			return false;
		s += groups[i];
	}
	return !*s;
}

bool syntax_id(const char *s, const char *prefix)
{
	size_t n = strlen(prefix), len = strlen(s);

	if (strncmp(s, prefix, n) != 0 || len <= n || len - n > 128)
		return false;
	return strspn(s + n, WORD) == len - n;
}

/* Whether the LEN bytes at S are one DNS label. */
static bool is_label(const char *s, size_t len)
{
	return len && len <= 63 && s[0] != '-' && s[len - 1] != '-' &&
	       strspn(s, LOWER_DIGIT "-") >= len;
}

bool syntax_label(const char *s)
{
	return is_label(s, strlen(s));
}

bool syntax_subdomain(const char *s)
{
	if (strlen(s) > 253)
		return false;
	for (;;) {
		size_t n = strcspn(s, ".");

		if (!is_label(s, n))
			return false;
		if (!s[n])
			return true;
		s += n + 1;
	}
}

/* The factor of a quantity's suffix, in thousandths so that "m" is exact; 0 when it is none. */
static double suffix_factor(const char *s)
{
	static const struct {
		const char *suffix;
		double factor;
	} rows[] = { { "", 1e3 },  { "m", 1 },	   { "u", 1e-3 },  { "n", 1e-6 },  { "k", 1e6 },
		     { "M", 1e9 }, { "G", 1e12 },  { "T", 1e15 },  { "P", 1e18 },  { "E", 1e21 },
		     { "Ki", 1e3 * 0x1p10 },	   { "Mi", 1e3 * 0x1p20 },
		     { "Gi", 1e3 * 0x1p30 },	   { "Ti", 1e3 * 0x1p40 },
		     { "Pi", 1e3 * 0x1p50 },	   { "Ei", 1e3 * 0x1p60 } };
	double power = 1;
	int exponent = 0;
	bool negative;

	for (size_t i = 0; i < COUNTOF(rows); i++)
		if (!strcmp(s, rows[i].suffix))
			return rows[i].factor;
	if (*s != 'e' && *s != 'E')
		return 0;
	negative = *++s == '-';
	s += *s == '-' || *s == '+';
	if (!*s || strlen(s) > 2 || strspn(s, "0123456789") != strlen(s))
		return 0;
	for (; *s; s++)
		exponent = exponent * 10 + (*s - '0');
	for (; exponent; exponent--)
		power *= 10;
	return negative ? 1e3 / power : 1e3 * power;
}

bool syntax_quantity(const char *s, int64_t *milli)
{
	double mantissa = 0, parts = 1, factor, value;
	bool fraction = false;
	int digits = 0;

	for (s += *s == '+'; isdigit((unsigned char)*s) || (*s == '.' && !fraction); s++) {
		if (*s == '.') {
			fraction = true;
			continue;
		}
		mantissa = mantissa * 10 + (*s - '0');
		parts *= fraction ? 10 : 1;
		digits++;
	}
	factor = suffix_factor(s);
	/* 15 digits are exact in a double; nobody writes more. */
	if (!digits || digits > 15 || factor <= 0)
		return false;
	value = mantissa * factor / parts;
	if (value > 9e18)
		return false;
	if (milli)
		*milli = (int64_t)value + (value > (double)(int64_t)value);
	return true;
}

/* Levenshtein distance without case, of words of at most 63 bytes. */
static size_t distance(const char *a, const char *b)
{
	size_t row[64], la = strlen(a), lb = strlen(b);

	for (size_t j = 0; j <= lb; j++)
		row[j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			bool same = tolower((unsigned char)a[i - 1]) ==
				    tolower((unsigned char)b[j - 1]);
			size_t best = diagonal + !same;

			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			diagonal = row[j];
			row[j] = best;
		}
	}
	return row[lb];
}

const char *syntax_nearest(const char *s, const char *const *list, size_t n)
{
	const char *best = NULL;
	size_t least = SIZE_MAX;

	if (strlen(s) > 63)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(list[i]);
		size_t d = len <= 63 ? distance(s, list[i]) : SIZE_MAX;

		if (d < least && d <= (len + 2) / 3) {
			least = d;
			best = list[i];
		}
	}
	return best;
}

/* Host and optional port, up to PATH; an IPv6 address stands in brackets. */
static bool is_authority(const char *s, const char *path)
{
	const char *host = ALNUM "._-"; /* some clusters have names with _ */
	size_t n;

	if (*s == '[') {
		n = strspn(s + 1, HEX ":.");
		if (!n || s[n + 1] != ']')
			return false;
		s += n + 2;
	} else {
		n = strspn(s, host);
		if (!n || n > 253 || s[0] == '.' || s[0] == '-')
			return false;
		s += n;
	}
	if (*s == ':') {
		n = strspn(s + 1, DIGITS);
		if (!n || n > 5 || atoi(s + 1) > 65535 || atoi(s + 1) < 1)
			return false;
		s += n + 1;
	}
	return s == path;
}

bool syntax_url(const char *text, bool with_path)
{
	size_t scheme = !strncmp(text, "https://", 8) ? 8 : !strncmp(text, "http://", 7) ? 7 : 0;
	const char *path = text + scheme + strcspn(text + scheme, "/");

	if (!scheme || strlen(text) > 512 || !is_authority(text + scheme, path))
		return false;
	if (!*path)
		return true;
	return with_path && path[strlen(path) - 1] != '/' &&
	       path[strspn(path, ALNUM "/._~-")] == '\0';
}
