/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How libFuzzer changes pods, reviews and the objects around them (parts.h): each as JSON, so
 * that what comes out is read. One in four changes is libFuzzer's own, to the bytes.
 */
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/parts.h"
#include "tests/inject/mutate.h"

/* libFuzzer's names. Source: llvm-project compiler-rt/lib/fuzzer/FuzzerInterface.h. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2,
				 size_t size2, uint8_t *out, size_t max_size, unsigned seed);

static json_t *load(const struct part *p)
{
	return json_loadb((const char *)p->data, p->len, 0, NULL);
}

/* The text of DOC after one to four changes, which the caller frees. */
static char *changed(json_t *doc, json_t *donor, uint64_t *state)
{
	for (uint64_t n = 1 + mutate_chance(state) % 4; n; n--)
		mutate_json(doc, donor, state);
	return json_dumps(doc, JSON_COMPACT);
}

/* PARTS with TEXT in the place of one of them, into OUT; 0 when they do not fit. */
static size_t put_together(const struct parts *parts, size_t which, const char *text, uint8_t *out,
			   size_t max_size)
{
	size_t len = 0, last = PARTS - 1;

	while (last > which && !parts->part[last].len)
		last--;
	for (size_t i = 0; i <= last; i++) {
		const struct part own = { (const uint8_t *)text, strlen(text) };
		const struct part *p = i == which ? &own : &parts->part[i];

		if (p->len + 1 > max_size - len)
			return 0;
		if (p->len)
			memcpy(out + len, p->data, p->len);
		len += p->len;
		if (i < last)
			out[len++] = 0;
	}
	return len;
}

/* One text of INPUT changed, with values of DONOR's, into OUT; 0: it is no JSON, or too long. */
static size_t change(const struct parts *input, const struct parts *donor, uint8_t *out,
		     size_t max_size, unsigned seed)
{
	uint64_t state = (uint64_t)seed << 1 | 1;
	size_t which = mutate_chance(&state) % PARTS, len = 0;
	json_t *doc, *from;
	char *text;

	if (!input->part[which].len)
		which = donor->part[which].len ? which : PART_POD;
	doc = load(input->part[which].len ? &input->part[which] : &donor->part[which]);
	from = load(donor->part[which].len ? &donor->part[which] : &donor->part[PART_POD]);
	text = json_is_object(doc) && from ? changed(doc, from, &state) : NULL;
	if (text)
		len = put_together(input, which, text, out, max_size);
	free(text);
	json_decref(doc);
	json_decref(from);
	return len;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	uint8_t *copy = (uint8_t *)fuzz_text(data, size);
	struct parts parts = parts_of(copy, size);
	size_t len = seed % 4 ? change(&parts, &parts, data, max_size, seed) : 0;

	if (!len) {
		memcpy(data, copy, size);
		len = LLVMFuzzerMutate(data, size, max_size);
	}
	free(copy);
	return len;
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2,
				 size_t size2, uint8_t *out, size_t max_size, unsigned seed)
{
	struct parts input = parts_of(data1, size1), donor = parts_of(data2, size2);

	return change(&input, &donor, out, max_size, seed);
}
