/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WRITER_LEDGER_STORE_H
#define WRITER_LEDGER_STORE_H

/* The ledger on disk: OUTPUT/.wif/ledger, 0600, replaced as a whole. */

#include "common/sys.h"
#include "writer/ledger.h"

enum ledger_found {
	LEDGER_READ,
	LEDGER_ABSENT,	/* never written, as far as the directory tells */
	LEDGER_DAMAGED	/* there, but cut off, foreign or unreadable */
};

/*
 * Read the ledger of OUTPUT. Never fails: what cannot be read three times over
 * is damaged, with the reason in E; OUT is then empty.
 */
enum ledger_found ledger_load(struct sys *sys, const char *output, struct ledger *out,
			      struct err *e);

/*
 * Put L on disk. After an error the caller must not send what L newly records.
 *
 * Errors  ERR_IO.
 */
int ledger_save(struct sys *sys, const char *output, const struct ledger *l,
		struct err *e) MUST_CHECK;

#endif
