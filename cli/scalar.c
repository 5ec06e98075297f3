/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/scalar.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define NUMBER_MAX 400 /* bytes of a number; what is longer is text */

struct word {
	const char *text;
	enum scalar_kind kind;
	const char *json;
};

static const struct word words[] = {
	{ "", SCALAR_NULL, "null" },	  { "~", SCALAR_NULL, "null" },
	{ "null", SCALAR_NULL, "null" },  { "Null", SCALAR_NULL, "null" },
	{ "NULL", SCALAR_NULL, "null" },  { "true", SCALAR_BOOL, "true" },
	{ "True", SCALAR_BOOL, "true" },  { "TRUE", SCALAR_BOOL, "true" },
	{ "y", SCALAR_BOOL, "true" },	  { "Y", SCALAR_BOOL, "true" },
	{ "yes", SCALAR_BOOL, "true" },	  { "Yes", SCALAR_BOOL, "true" },
	{ "YES", SCALAR_BOOL, "true" },	  { "on", SCALAR_BOOL, "true" },
	{ "On", SCALAR_BOOL, "true" },	  { "ON", SCALAR_BOOL, "true" },
	{ "false", SCALAR_BOOL, "false" }, { "False", SCALAR_BOOL, "false" },
	{ "FALSE", SCALAR_BOOL, "false" }, { "n", SCALAR_BOOL, "false" },
	{ "N", SCALAR_BOOL, "false" },	  { "no", SCALAR_BOOL, "false" },
	{ "No", SCALAR_BOOL, "false" },	  { "NO", SCALAR_BOOL, "false" },
	{ "off", SCALAR_BOOL, "false" },  { "Off", SCALAR_BOOL, "false" },
	{ "OFF", SCALAR_BOOL, "false" },
	{ ".nan", SCALAR_NOT_JSON, "" },  { ".NaN", SCALAR_NOT_JSON, "" },
	{ ".NAN", SCALAR_NOT_JSON, "" },  { ".inf", SCALAR_NOT_JSON, "" },
	{ ".Inf", SCALAR_NOT_JSON, "" },  { ".INF", SCALAR_NOT_JSON, "" },
	{ "+.inf", SCALAR_NOT_JSON, "" }, { "+.Inf", SCALAR_NOT_JSON, "" },
	{ "+.INF", SCALAR_NOT_JSON, "" }, { "-.inf", SCALAR_NOT_JSON, "" },
	{ "-.Inf", SCALAR_NOT_JSON, "" }, { "-.INF", SCALAR_NOT_JSON, "" },
};

static const struct word *find_word(const char *s)
{
	for (size_t i = 0; i < COUNTOF(words); i++)
		if (!strcmp(words[i].text, s))
			return &words[i];
	return NULL;
}

/* 0x, 0b, 0o and a leading 0 choose the base, as Go's strconv.ParseInt with base 0. */
static int base_of(const char **digits)
{
	const char *s = *digits;

	if (s[0] != '0' || !s[1])
		return 10;
	*digits += 2;
	if (s[1] == 'x' || s[1] == 'X')
		return 16;
	if (s[1] == 'b' || s[1] == 'B')
		return 2;
	if (s[1] == 'o' || s[1] == 'O')
		return 8;
	*digits -= 1;
	return 8;
}

/* S is an integer of another base than ten: append it in decimal. */
static bool add_based(const char *s, struct buf *out)
{
	const char *digits = s + (*s == '-' || *s == '+');
	int base = base_of(&digits);
	unsigned long long n;
	char *end;

	if (base == 10 || !strchr("0123456789abcdefABCDEF", *digits) || !*digits)
		return false;
	errno = 0;
	n = strtoull(digits, &end, base);
	if (*end || errno)
		return false;
	buf_addf(out, "%s%llu", *s == '-' && n ? "-" : "", n);
	return true;
}

/*
 * S is [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?: append it as JSON
 * wants it, without '+', with digits on both sides of the point, no zeros first.
 */
static bool add_decimal(const char *s, struct buf *out)
{
	const char *whole = s + (*s == '-' || *s == '+');
	size_t n_whole = strspn(whole, DIGITS);
	const char *point = whole + n_whole, *exponent = point;
	size_t n_part = *point == '.' ? strspn(point + 1, DIGITS) : 0, n_exponent;
	const char *digits;

	exponent += *point == '.' ? 1 + n_part : 0;
	digits = exponent + (*exponent == 'e' || *exponent == 'E');
	digits += digits > exponent && (*digits == '-' || *digits == '+');
	n_exponent = strspn(digits, DIGITS);
	if ((!n_whole && !n_part) || (digits > exponent && !n_exponent) ||
	    (digits == exponent && *digits) || digits[digits > exponent ? n_exponent : 0] ||
	    isinf(strtod(s, NULL)))
		return false;
	for (; n_whole > 1 && *whole == '0'; n_whole--)
		whole++;
	buf_addf(out, "%s%.*s", *s == '-' ? "-" : "", n_whole ? (int)n_whole : 1,
		 n_whole ? whole : "0");
	if (n_part)
		buf_addf(out, ".%.*s", (int)n_part, point + 1);
	buf_adds(out, exponent);
	return true;
}

/* Append the number that PLAIN is; false when it is none. */
static bool add_number(const char *plain, struct buf *out)
{
	char s[NUMBER_MAX];
	size_t n = 0;

	if (!*plain || !strchr("+-." DIGITS, *plain) || strlen(plain) >= sizeof(s))
		return false;
	for (; *plain; plain++)
		if (*plain != '_')
			s[n++] = *plain;
	s[n] = '\0';
	return (s[0] != '.' && add_based(s, out)) || add_decimal(s, out);
}

enum scalar_kind scalar_kind(const char *plain)
{
	const struct word *w = find_word(plain);
	AUTO(buf) struct buf number = { .max = 2 * NUMBER_MAX };

	if (w)
		return w->kind;
	return add_number(plain, &number) ? SCALAR_NUMBER : SCALAR_STRING;
}

void scalar_json(const char *plain, struct buf *out)
{
	const struct word *w = find_word(plain);

	if (w)
		buf_adds(out, w->json);
	else
		(void)add_number(plain, out);
}

/* "32Mi", "4s": digits and a unit, which no YAML takes for a number. */
static bool is_amount(const char *text)
{
	static const char *const units[] = { "m", "s", "Ki", "Mi", "Gi" };
	size_t n = strspn(text, DIGITS);

	for (size_t i = 0; n && i < COUNTOF(units); i++)
		if (!strcmp(text + n, units[i]))
			return true;
	return false;
}

bool scalar_is_plain(const char *text)
{
	const char *first = text + (strncmp(text, "--", 2) ? 0 : 2); /* --option */
	size_t n = strspn(text, LETTERS DIGITS "_./-");

	if (is_amount(text))
		return true;
	/* Words and numbers of any YAML version start otherwise, or are in the table. */
	if (!*first || !strchr(LETTERS "/", *first) || find_word(text))
		return false;
	for (; text[n] == ':'; n += strspn(text + n, LETTERS DIGITS "_./-"))
		if (!strchr(LETTERS DIGITS "/", text[++n]) || !text[n])
			return false;
	return !text[n];
}

/* The length of the character at S when YAML or a reader would not take it as it is, else 0. */
static size_t odd_character(const unsigned char *s)
{
	if (s[0] < 0x20 || s[0] == 0x7f)
		return 1;
	if (s[0] == 0xc2 && s[1] < 0xa0)
		return 2; /* C1 controls, NEL among them */
	if (s[0] == 0xe2 && s[1] == 0x80 && (s[2] == 0xa8 || s[2] == 0xa9))
		return 3; /* line and paragraph separator */
	if (s[0] == 0xef && ((s[1] == 0xbb && s[2] == 0xbf) || (s[1] == 0xbf && s[2] >= 0xbe)))
		return 3; /* byte order mark, U+FFFE, U+FFFF */
	return 0;
}

bool scalar_is_literal(const char *text)
{
	size_t n = strlen(text);

	if (!strchr(text, '\n') || strchr(" \t\n", *text))
		return false;
	if (n > 1 && text[n - 1] == '\n' && text[n - 2] == '\n')
		return false;
	for (; *text; text++)
		if (*text != '\n' && *text != '\t' && odd_character((const unsigned char *)text))
			return false;
	return true;
}

void scalar_quote(const char *text, struct buf *out)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t odd;

	buf_addc(out, '"');
	for (; *s; s += odd ? odd : 1) {
		odd = odd_character(s);
		if (odd == 3)
			buf_addf(out, "\\u%04x",
				 (s[0] & 0xfU) << 12 | (s[1] & 0x3fU) << 6 | (s[2] & 0x3fU));
		else if (odd == 2)
			buf_addf(out, "\\u%04x", (unsigned)s[1]);
		else if (*s == '\n' || *s == '\t')
			buf_adds(out, *s == '\n' ? "\\n" : "\\t");
		else if (odd)
			buf_addf(out, "\\u%04x", (unsigned)*s);
		else if (*s == '"' || *s == '\\')
			buf_addf(out, "\\%c", *s);
		else
			buf_addc(out, (char)*s);
	}
	buf_addc(out, '"');
}
