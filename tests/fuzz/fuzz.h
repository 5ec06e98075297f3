/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

/*
 * A fuzz target is one file, fuzz_MODULE.c: it gives any bytes to the module and
 * aborts when something does not hold. libFuzzer (make fuzz-MODULE) and
 * replay.c (make test) call it. tools/fuzz.mk says what each target links.
 */

#include <stddef.h>
#include <stdint.h>

#include "common/attr.h"
#include "common/buf.h"
#include "common/err.h"

/* The name is libFuzzer's. Returns 0; -1 keeps the input out of the corpus. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Abort, saying what does not hold, unless COND. */
#define MUST(cond, ...)                                                                            \
	do {                                                                                       \
		if (!(cond))                                                                       \
			fuzz_broken(__FILE__, __LINE__, __VA_ARGS__);                              \
	} while (0)

_Noreturn void fuzz_broken(const char *file, int line, const char *fmt, ...) PRINTF(3, 4);

/* A NUL-terminated heap copy that the caller frees: past its end is nobody's memory. */
char *fuzz_text(const uint8_t *data, size_t size);

/* A refusal: a kind, and a message of one line. */
void fuzz_refused(const struct err *e);

/* B holds one JSON text (RFC 8259, UTF-8) and nothing failed while it was built. */
void fuzz_is_json(const struct buf *b, const char *what);

#endif
