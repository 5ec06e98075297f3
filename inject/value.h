/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INJECT_VALUE_H
#define INJECT_VALUE_H

/*
 * The value of a key over all levels. The nearest level that sets the key
 * decides: an invalid value there is refused, never passed over; one at a level
 * that is overridden is a warning. The functions are steps (job.h).
 */

#include "inject/job.h"

#define VALUE_MAX 256 /* bytes; longer scalars are bad values */
#define VALUE_NOWHERE LEVELS

/*
 * The value of KEY into OUT; FROM is the index of the level that says it, or
 * VALUE_NOWHERE: OUT is then "".
 */
int value_get(struct job *job, enum annot key, char out[VALUE_MAX], unsigned char *from) MUST_CHECK;

/* As value_get, into OUT of SIZE bytes, PRESET when no level says anything. */
int value_text(struct job *job, enum annot key, char *out, size_t size, const char *preset,
	       unsigned char *from) MUST_CHECK;

/* The number KEY says, or PRESET; the table has checked its range. */
int value_number(struct job *job, enum annot key, int64_t preset, int64_t *out) MUST_CHECK;

/* Why TEXT, LEN bytes or -1 when it could not be decoded, is no value of KEY; NULL when it is. */
const char *value_fault(enum annot key, const char *text, ssize_t len);

/* Refuse the value V that level L gives KEY; KIND is "annotation" or "label". Returns 1. */
int value_refuse(struct job *job, const struct level *l, const char *kind, enum annot key,
		 uint32_t v, const char *fault);

#endif
