/* SPDX-License-Identifier: Apache-2.0 */
/* The writer reading its ledger: each record stands in the text, and comes back when printed. */
#include <stdio.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "writer/ledger.h"

static void same(const struct ledger *a, const struct ledger *b)
{
	MUST(a->n == b->n && !strcmp(a->boot_id, b->boot_id) && a->lifetime_s == b->lifetime_s &&
	     a->granted == b->granted &&
	     a->requested.ns == b->requested.ns && a->expires_in_s == b->expires_in_s &&
	     a->expires_at_s == b->expires_at_s, "another ledger came back");
	for (size_t i = 0; i < a->n; i++)
		MUST(!strcmp(a->record[i].id, b->record[i].id) &&
		     a->record[i].exp_s == b->record[i].exp_s && a->record[i].use == b->record[i].use,
		     "record %zu came back as another", i);
}

/* "\nspent ID " or "\nonce-more ID ", as the record says. */
static bool stands(const struct ledger_record *r, const uint8_t *data, size_t size)
{
	char line[64];
	int n = snprintf(line, sizeof(line), "\n%s %s ",
			 r->use == LEDGER_SPENT ? "spent" : "once-more", r->id);

	return memmem(data, size, line, (size_t)n) != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ledger first = { .n = 77 }, second;
	AUTO(buf) struct buf text;
	struct err e = { 0 };

	buf_init(&text, LEDGER_MAX_BYTES);
	if (ledger_parse((const char *)data, size, &first, &e) < 0) {
		fuzz_refused(&e);
		MUST(first.n == 77, "refused, but the output is written");
		return 0;
	}
	ledger_print(&first, &text);
	MUST(buf_check(&text, "the ledger", &e) == 0, "%s", e.msg);
	MUST(ledger_parse(text.data, text.len, &second, &e) == 0, "%s", e.msg);
	same(&first, &second);
	for (size_t i = 0; i < first.n; i++)
		MUST(ledger_find(&second, first.record[i].id) && stands(&first.record[i], data, size),
		     "record %zu is not found", i);
	return 0;
}
