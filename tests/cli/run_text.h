/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_CLI_RUN_TEXT_H
#define TESTS_CLI_RUN_TEXT_H

/* A run over a text instead of a file, under tests/data/cli/config.yaml. */

#include "cli/decide.h"

#define CASES_DIR "tests/data/cli"

/* RUN over LEN bytes of TEXT, called "in"; end it with run_fini. Fails the test on an error. */
void run_text(struct run *run, const char *text, size_t len);

/* What `inject` makes of TEXT. -1: an error; else RUN's refusal says whether OUT counts. */
int inject_text(struct run *run, const char *text, size_t len, struct buf *out, struct err *e);

/* The bytes of CASES_DIR/NAME into OUT; false when it is not there. */
bool case_file(const char *name, struct buf *out);

/* The parsed TEXT as JSON on one line; the test fails when it does not parse. */
void text_json(const char *text, size_t len, struct buf *out);

#endif
