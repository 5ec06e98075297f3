/* SPDX-License-Identifier: Apache-2.0 */
/* `kubectl wif inject`: a stream is refused in one line, or comes out as a second run keeps it. */
#include <string.h>

#include "cli/rewrite.h"
#include "tests/fuzz/fuzz.h"
#include "tests/inject/operator.h"

#define BYTES_MAX ((size_t)1 << 24)

/* TEXT rewritten into OUT; false when it, or a workload in it, is refused. */
static bool once(const char *text, size_t len, struct buf *out)
{
	AUTO(run) struct run run = { .name = "m.yaml", .namespace_ = "team-a" };
	struct err e = { 0 };
	int rc;

	operator_settings("federation other\npolicy kube-* rules=fdrl_x\npolicy * rules=fdrl_*",
			  &run.settings);
	buf_init(&run.input, BYTES_MAX);
	buf_init(&run.warnings, BYTES_MAX);
	buf_init(&run.refusal, BYTES_MAX);
	run.stream = (struct stream){ .text = text, .len = len, .line = 1 };
	rc = rewrite(&run, out, &e);
	if (rc < 0)
		fuzz_refused(&e);
	MUST(rc == 0 || e.kind != ERR_BUG, "%s", e.msg);
	MUST(!run.refusal.len || !memchr(run.refusal.data, '\n', run.refusal.len), "several lines");
	return rc == 0 && !run.refusal.len;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(buf) struct buf first, second;

	buf_init(&first, BYTES_MAX);
	buf_init(&second, BYTES_MAX);
	if (!once((const char *)data, size, &first) || !first.len)
		return 0;
	MUST(once(first.data, first.len, &second), "refused when it comes again:\n%s", first.data);
	MUST(first.len == second.len && !memcmp(first.data, second.data, first.len),
	     "changed when it comes again:\n%s\n-----\n%s", first.data, second.data);
	return 0;
}
