/* SPDX-License-Identifier: Apache-2.0 */
/* The issuer's keys as the API server serves them: what is taken is a bounded, sorted list. */
#include <string.h>

#include "config/checks.h"
#include "controller/issuer_keys.h"
#include "inject/settings.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(free) char *text = fuzz_text(data, size);
	struct strlist keys = { 0 };
	struct err e = { 0 };

	if (issuer_keys_parse(text, &keys, &e) < 0) {
		fuzz_refused(&e);
		MUST(!keys.len && !keys.items, "refused, but the output is written");
		return 0;
	}
	MUST(keys.len && keys.len <= ISSUER_KEYS_MAX, "%zu keys", keys.len);
	for (size_t i = 0; i < keys.len; i++) {
		MUST(!check_key_id(keys.items[i]), "a kid that the config cannot list");
		MUST(!i || strcmp(keys.items[i - 1], keys.items[i]) < 0, "not sorted, or twice");
	}
	MUST(!issuer_keys_less(&keys, &keys, NULL), "it differs from itself");
	strlist_fini(&keys);
	return 0;
}
