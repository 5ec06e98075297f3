/* SPDX-License-Identifier: Apache-2.0 */
#include "writer/ledger_store.h"

#include <fcntl.h>

#include "common/fileio.h"
#include "writer/outdir.h"

#define NAME "ledger"
#define TRIES 3 /* forgetting is expensive: one EIO or EMFILE must not do it */

static int load_once(struct sys *sys, const char *output, struct ledger *out, struct err *e)
{
	AUTO(close) int dir = outdir_peek(sys, output, OUTDIR_STATE, e);
	AUTO(buf) struct buf text;

	buf_init(&text, LEDGER_MAX_BYTES);
	if (dir < 0 || fileio_read(sys, dir, NAME, O_NOFOLLOW, &text, e) < 0)
		return -1;
	return ledger_parse(text.data ? text.data : "", text.len, out, e);
}

enum ledger_found ledger_load(struct sys *sys, const char *output, struct ledger *out,
			      struct err *e)
{
	ledger_init(out);
	for (int i = 0; i < TRIES; i++) {
		if (load_once(sys, output, out, e) == 0)
			return LEDGER_READ;
		if (e->kind == ERR_IO && e->sys == ENOENT)
			return LEDGER_ABSENT;
	}
	return LEDGER_DAMAGED;
}

int ledger_save(struct sys *sys, const char *output, const struct ledger *l, struct err *e)
{
	AUTO(buf) struct buf text;

	buf_init(&text, LEDGER_MAX_BYTES);
	ledger_print(l, &text);
	if (buf_check(&text, "the ledger", e) < 0)
		return -1;
	return outdir_replace(sys, output, OUTDIR_STATE, NAME,
			      (struct span){ text.data, text.len }, 0600, e);
}
