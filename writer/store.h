/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WRITER_STORE_H
#define WRITER_STORE_H

/* What the writer keeps on disk, and what it believes of it. */

#include "writer/writer.h"

/*
 * Take the lock, sweep, put the config file in place, read the ledger. With a
 * lost ledger every assertion issued so far counts as spent.
 *
 * Errors  ERR_TRANSIENT when another writer holds the lock; ERR_IO.
 */
int store_open(struct writer *w, struct err *e) MUST_CHECK;

/*
 * Look at the credential file: w->disk. Its true expiry is the ledger's boot
 * time where the ledger speaks of this very file, else what the file says.
 */
void store_look(struct writer *w);

/*
 * Write the pending credential. True when it is in place; else it stays pending
 * and the disk rests.
 */
bool store_pending(struct writer *w);

/* Write the same token again with expires_at = wall now + true time left. */
void store_rewrite(struct writer *w);

#endif
