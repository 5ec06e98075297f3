/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WRITER_LEDGER_H
#define WRITER_LEDGER_H

/*
 * Which assertions were presented, and the true age of the credential on disk.
 * Pure: the records and their text. ledger_store.h puts them on disk.
 *
 * An assertion is single-use, so its id is written down before it is sent. A
 * record leaves only when its assertion is expired and no longer supplied: the
 * wall clock alone may be wrong, and then set back. When all records are taken,
 * one leaves whose assertion is from beyond all that an endpoint takes now.
 */

#include "common/buf.h"
#include "common/clock.h"
#include "writer/kv.h"

#define LEDGER_MAX 32
#define LEDGER_MAX_BYTES 4096
#define LEDGER_FAR_S 3700 /* contract.md §1: exp - iat is an hour at most, and 30 s of skew */
#define ASSERTION_ID_LEN 22 /* characters of the signature segment: 132 bits */

enum ledger_use {
	LEDGER_SPENT,	  /* never again */
	LEDGER_ONCE_MORE, /* answered 429: may be presented once more */
	LEDGER_USES
};

struct ledger_record {
	char id[ASSERTION_ID_LEN + 1];
	int64_t exp_s; /* wall seconds */
	enum ledger_use use;
};

struct ledger {
	struct ledger_record record[LEDGER_MAX];
	size_t n;
	int64_t lifetime_s; /* what the rule was seen to grant; 0 = not known */
	char boot_id[37];   /* of the boot that `requested` counts in; "-" = not known */
	bool granted;	    /* the next three count: there was a first success */
	struct mono requested;
	int64_t expires_in_s;
	int64_t expires_at_s; /* as it stands in the credential file */
};

void ledger_init(struct ledger *l);

/* The record of ID, or NULL. Borrowed until the next change. */
const struct ledger_record *ledger_find(const struct ledger *l, const char *id);

/* Record ID as USE, in place if it is there. False when all records are taken. */
bool ledger_put(struct ledger *l, const char *id, int64_t exp_s, enum ledger_use use);

/* Forget ID: it was never sent. */
void ledger_drop(struct ledger *l, const char *id);

/*
 * Forget what is expired at NOW and not among the N ids supplied. If the ledger is
 * still full, forget one more that is not supplied: the first to expire of those
 * that last longer than LEDGER_FAR_S from NOW. The endpoint took none of them, or
 * NOW is behind and they are long dead; kept, they would fill the ledger for ever.
 */
void ledger_prune(struct ledger *l, struct wall now, const char (*ids)[ASSERTION_ID_LEN + 1],
		  size_t n);

/* Append the text form; never more than LEDGER_MAX_BYTES. */
void ledger_print(const struct ledger *l, struct buf *out);

/*
 * Read the text form.
 *
 * Errors  ERR_INVALID for anything that ledger_print does not write, a cut-off
 *         text among it; OUT is then untouched.
 */
int ledger_parse(const char *text, size_t len, struct ledger *out, struct err *e) MUST_CHECK;

#endif
