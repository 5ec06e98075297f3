/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SANDBOX_ARGS_H
#define SANDBOX_ARGS_H

/* Values of command-line options. */

#include <stdbool.h>

#include "common/err.h"

#define ARGS_ADDRESS_MAX 64

/* TEXT, all of it, as a decimal number of MIN to MAX into *OUT; false when it is none. */
bool args_number(const char *text, long min, long max, long *out) MUST_CHECK;

/*
 * "ADDRESS:PORT" or "[IPV6]:PORT" into ADDRESS, without brackets, and *PORT.
 *
 * Errors  ERR_INVALID, with an example.
 */
int args_address(const char *text, char address[ARGS_ADDRESS_MAX], int *port,
		 struct err *e) MUST_CHECK;

#endif
