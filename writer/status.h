/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WRITER_STATUS_H
#define WRITER_STATUS_H

/*
 * OUTPUT/.wif/status: what the writer did last, for `check`, `status` and people.
 * It holds no secret and nothing depends on it.
 */

#include "common/buf.h"
#include "common/sys.h"
#include "writer/answer.h"

#define STATUS_MAX_BYTES 4096

struct status {
	enum result result;   /* of the last exchange */
	bool waiting;	      /* a refresh is due, no assertion is worth spending */
	int http_status;      /* 0 = none */
	int64_t at_s;	      /* wall time of the last exchange, 0 = none yet */
	int64_t next_s;	      /* wall time of the next action by the clock, 0 = none */
	int64_t failures;     /* exchanges failed in a row */
	int64_t grants;	      /* by this process */
	int64_t lifetime_s;   /* of a full grant, as seen; 0 = not yet */
	int64_t planned_s;    /* as the operator planned it */
	int64_t assertions, unspent;
	int64_t needed;	      /* assertions for the rule's lifetime, if there are fewer; else 0 */
	bool skew_known;
	int64_t skew_s;	      /* server's clock minus ours; may be negative */
	char request_id[129]; /* "" = none */
	char detail[161];     /* why the last exchange failed; "" = none */
	char problem[161];    /* with assertions or files; "" = none */
};

/* Append the text form: "key value" lines. */
void status_print(const struct status *s, struct buf *out);

/*
 * Read the text form; unknown keys are skipped, as another version may write them.
 *
 * Errors  ERR_INVALID.
 */
int status_parse(const char *text, size_t len, struct status *out, struct err *e) MUST_CHECK;

/* ERR_IO; a status that cannot be written changes nothing else. */
int status_save(struct sys *sys, const char *output, const struct status *s,
		struct err *e) MUST_CHECK;
int status_load(struct sys *sys, const char *output, struct status *out, struct err *e) MUST_CHECK;

/*
 * The state in one word: granted, denied, throttled, misconfigured, transient,
 * waiting-for-assertion; "starting" before the first exchange.
 */
const char *status_word(const struct status *s);

#endif
