/* SPDX-License-Identifier: Apache-2.0 */
/* Any text: jsonspan and jansson give the same verdict and the same values. */
#include "tests/fuzz/fuzz.h"
#include "tests/support/agree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *fault;
	bool accepted;

	fault = agree_fault((const char *)data, size, &accepted);
	MUST(!fault, "%s", fault);
	return 0;
}
