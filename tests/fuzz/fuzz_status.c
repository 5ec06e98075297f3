/* SPDX-License-Identifier: Apache-2.0 */
/* `check` and `status` reading the status file: printed and read again it is the same. */
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "writer/status.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct status first = { .failures = -7 }, second;
	AUTO(buf) struct buf one, two;
	struct err e = { 0 };

	buf_init(&one, STATUS_MAX_BYTES);
	buf_init(&two, STATUS_MAX_BYTES);
	if (status_parse((const char *)data, size, &first, &e) < 0) {
		fuzz_refused(&e);
		MUST(first.failures == -7, "refused, but the output is written");
		return 0;
	}
	MUST(status_word(&first)[0], "no word for the state");
	status_print(&first, &one);
	MUST(buf_check(&one, "the status", &e) == 0, "%s", e.msg);
	MUST(status_parse(one.data, one.len, &second, &e) == 0, "%s", e.msg);
	status_print(&second, &two);
	MUST(one.len == two.len && !memcmp(one.data, two.data, one.len), "another came back");
	return 0;
}
