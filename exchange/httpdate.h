/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EXCHANGE_HTTPDATE_H
#define EXCHANGE_HTTPDATE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Parse "Sun, 06 Nov 1994 08:49:37 GMT", the one form that senders may make.
 *
 * unix_s  seconds since 1970; assigned only when S is such a date.
 * Source  RFC 9110 §5.6.7, IMF-fixdate.
 */
bool httpdate_parse(const char *s, int64_t *unix_s);

#endif
