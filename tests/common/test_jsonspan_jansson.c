/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdint.h>
#include <string.h>

#include "common/attr.h"
#include "tests/support/agree.h"
#include "tests/support/leaks.h"

/* The same verdict and the same values as jansson, over seeds and what chance makes of them. */

#define ROUNDS 20000
#define TEXT_MAX 2048

static const char *const seeds[] = {
	"{\"kind\":\"Pod\",\"metadata\":{\"annotations\":{\"wif.anthropic.com/inject\":\"true\"}},"
	"\"spec\":{\"containers\":[{\"name\":\"a\",\"env\":[{\"name\":\"B\",\"value\":\"\"}]}]}}",
	"[1,-2,0,3.25,1e5,-1E-2,true,false,null,\"\",[],{},[[[]]]]",
	"\"\\u00e9\\ud83d\\ude00\\\"\\\\\\/\\b\\f\\n\\r\\t\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"",
	"{\"a\":1,\"b\":{\"a\":[]},\"a\":2,\"\\u0061\":3}",
	" { \"long\" : \"0123456789abcdef0123456789abcdef\" , \"x\" : [ 9007199254740993 ] } ",
	"{\"f:env\":{\".\":{},\"k:{\\\"name\\\":\\\"MODEL\\\"}\":{\".\":{},\"f:name\":{}}}}",
};

/* What JSON is made of, so that chance hits the grammar. */
static const char *const parts[] = {
	"{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\ud83d", "\\ude00", "\\u0000", "true",
	"false", "null", "-", "0", "1", ".5", "e", "E+", " ", "\n", "\t", "\x01", "\x7f", "\x80",
	"\xc3", "\xa9", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xef\xbf\xbf", "{}", "[]", "\"a\":",
	"18446744073709551616", "/", "x",
};

/* xorshift64*: the same sequence in each run. */
static uint64_t chance(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(2685821657736338717);
}

/* Put one of `parts` into TEXT at a random place, over LEN old bytes of a random number. */
static size_t mutate(char *text, size_t len, uint64_t *state)
{
	const char *part = parts[chance(state) % COUNTOF(parts)];
	size_t n = strlen(part), at = len ? chance(state) % len : 0;
	size_t gone = chance(state) % 4;

	if (chance(state) % 4 == 0)
		n = 0;
	if (gone > len - at)
		gone = len - at;
	if (len - gone + n > TEXT_MAX)
		return len;
	memmove(text + at + n, text + at + gone, len - at - gone);
	memcpy(text + at, part, n);
	return len - gone + n;
}

Test(jsonspan, agrees_with_jansson)
{
	uint64_t state = UINT64_C(0x9e3779b97f4a7c15);
	char text[TEXT_MAX];
	size_t accepted = 0, len;
	const char *fault;
	bool ok;

	for (size_t s = 0; s < COUNTOF(seeds); s++) {
		for (size_t round = 0; round < ROUNDS / COUNTOF(seeds); round++) {
			len = strlen(seeds[s]);
			memcpy(text, seeds[s], len);
			for (size_t i = 0; i < round % 8; i++)
				len = mutate(text, len, &state);
			fault = agree_fault(text, len, &ok);
			cr_expect(!fault, "%s: %.*s", fault, (int)len, text);
			accepted += ok;
		}
	}
	/* Neither all nor none: else this has compared nothing. */
	cr_expect(accepted > ROUNDS / 10 && accepted < ROUNDS * 9 / 10, "%zu", accepted);
	NO_LEAKS();
}
