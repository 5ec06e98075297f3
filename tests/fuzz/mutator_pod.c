/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How libFuzzer changes pods: as JSON, so that what comes out is read as a pod.
 * One in four changes is libFuzzer's own, to the bytes.
 */
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tests/inject/mutate.h"

/* libFuzzer's names. Source: llvm-project compiler-rt/lib/fuzzer/FuzzerInterface.h. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2,
				 size_t size2, uint8_t *out, size_t max_size, unsigned seed);

static json_t *load(const uint8_t *data, size_t size)
{
	return json_loadb((const char *)data, size, JSON_ALLOW_NUL, NULL);
}

/* One to four changes to POD, which is then gone. The text's length, 0 when it does not fit OUT. */
static size_t change(json_t *pod, json_t *donor, uint8_t *out, size_t max_size, unsigned seed)
{
	uint64_t state = (uint64_t)seed << 1 | 1;
	size_t len;

	for (uint64_t n = 1 + mutate_chance(&state) % 4; n; n--)
		mutate_json(pod, donor, &state);
	len = json_dumpb(pod, (char *)out, max_size, JSON_COMPACT);
	json_decref(pod);
	return len <= max_size ? len : 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	json_t *pod = seed % 4 ? load(data, size) : NULL, *donor;
	size_t len;

	if (!pod)
		return LLVMFuzzerMutate(data, size, max_size);
	donor = json_deep_copy(pod);
	len = change(pod, donor, data, max_size, seed);
	json_decref(donor);
	return len;
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2,
				 size_t size2, uint8_t *out, size_t max_size, unsigned seed)
{
	json_t *pod = load(data1, size1), *donor = load(data2, size2);
	size_t len = 0;

	if (pod && donor)
		len = change(pod, donor, out, max_size, seed);
	else
		json_decref(pod);
	json_decref(donor);
	return len;
}
