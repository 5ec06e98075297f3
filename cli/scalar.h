/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_SCALAR_H
#define CLI_SCALAR_H

/*
 * What a plain YAML scalar means to kubectl, and how text is written so that
 * kubectl reads it back as text. kubectl reads YAML 1.1: `yes`, `on` and `n` are
 * booleans, `0755` is 493, `1_000` is 1000.
 *
 * Source  sigs.k8s.io/yaml (goyaml.v2 resolve.go); each row of the tests was
 *         seen in `kubectl label --local -f - -o json` of v1.34.4.
 */

#include <stdbool.h>

#include "common/buf.h"

enum scalar_kind {
	SCALAR_NULL,
	SCALAR_BOOL,
	SCALAR_NUMBER,
	SCALAR_STRING,
	SCALAR_NOT_JSON /* .inf, .nan: kubectl refuses the document */
};

enum scalar_kind scalar_kind(const char *plain);

/* Append what PLAIN means as a JSON literal; of strings and SCALAR_NOT_JSON nothing. */
void scalar_json(const char *plain, struct buf *out);

/* May TEXT stand without quotes and still be the same string to any YAML reader? */
bool scalar_is_plain(const char *text);

/* May TEXT be written as a literal block ("|", or "|-" without newline at the end)? */
bool scalar_is_literal(const char *text);

/* Append TEXT in double quotes, as JSON and YAML both read it. */
void scalar_quote(const char *text, struct buf *out);

#endif
