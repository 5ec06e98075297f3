/* SPDX-License-Identifier: Apache-2.0 */
#include "writer/ledger.h"

#include <inttypes.h>
#include <string.h>

static const char *const uses[LEDGER_USES] = { "spent", "once-more" };

void ledger_init(struct ledger *l)
{
	*l = (struct ledger){ .boot_id = "-" };
}

const struct ledger_record *ledger_find(const struct ledger *l, const char *id)
{
	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->record[i].id, id))
			return &l->record[i];
	return NULL;
}

bool ledger_put(struct ledger *l, const char *id, int64_t exp_s, enum ledger_use use)
{
	struct ledger_record *r = &l->record[l->n];

	for (size_t i = 0; i < l->n; i++)
		if (!strcmp(l->record[i].id, id))
			r = &l->record[i];
	if (r == &l->record[LEDGER_MAX])
		return false;
	if (r == &l->record[l->n])
		l->n++;
	*r = (struct ledger_record){ .exp_s = exp_s, .use = use };
	memcpy(r->id, id, ASSERTION_ID_LEN);
	return true;
}

void ledger_drop(struct ledger *l, const char *id)
{
	const struct ledger_record *r = ledger_find(l, id);

	if (r)
		l->record[r - l->record] = l->record[--l->n];
}

static bool supplied(const char *id, const char (*ids)[ASSERTION_ID_LEN + 1], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(ids[i], id))
			return true;
	return false;
}

void ledger_prune(struct ledger *l, struct wall now, const char (*ids)[ASSERTION_ID_LEN + 1],
		  size_t n)
{
	size_t far = LEDGER_MAX;

	for (size_t i = l->n; i-- > 0;)
		if (l->record[i].exp_s < now.s && !supplied(l->record[i].id, ids, n))
			l->record[i] = l->record[--l->n];
	for (size_t i = 0; l->n == LEDGER_MAX && i < LEDGER_MAX; i++)
		if (l->record[i].exp_s > now.s + LEDGER_FAR_S &&
		    !supplied(l->record[i].id, ids, n) &&
		    (far == LEDGER_MAX || l->record[i].exp_s < l->record[far].exp_s))
			far = i;
	if (far < LEDGER_MAX)
		l->record[far] = l->record[--l->n];
}

void ledger_print(const struct ledger *l, struct buf *out)
{
	buf_addf(out, "wif-ledger 1\nboot %s\n", l->boot_id);
	if (l->lifetime_s)
		buf_addf(out, "lifetime %" PRId64 "\n", l->lifetime_s);
	if (l->granted)
		buf_addf(out, "credential %" PRId64 " %" PRId64 " %" PRId64 "\n", l->requested.ns,
			 l->expires_in_s, l->expires_at_s);
	for (size_t i = 0; i < l->n; i++)
		buf_addf(out, "%s %s %" PRId64 "\n", uses[l->record[i].use], l->record[i].id,
			 l->record[i].exp_s);
	buf_addf(out, "end %zu\n", l->n);
}

static bool take_record(struct ledger *l, enum ledger_use use, struct span v)
{
	struct span id = span_word(&v);
	char name[ASSERTION_ID_LEN + 1];
	int64_t exp_s;

	if (id.len != ASSERTION_ID_LEN || !span_number(v, INT64_MAX, &exp_s))
		return false;
	span_copy(id, name, sizeof(name));
	return !ledger_find(l, name) && ledger_put(l, name, exp_s, use);
}

static bool take_credential(struct ledger *l, struct span v)
{
	struct span requested = span_word(&v), expires_in = span_word(&v);

	if (l->granted || !span_number(requested, INT64_MAX, &l->requested.ns) ||
	    !span_number(expires_in, INT64_MAX, &l->expires_in_s) ||
	    !span_number(v, INT64_MAX, &l->expires_at_s))
		return false;
	l->granted = true;
	return true;
}

static bool take_line(struct ledger *l, struct span key, struct span value)
{
	for (int u = 0; u < LEDGER_USES; u++)
		if (span_is(key, uses[u]))
			return take_record(l, (enum ledger_use)u, value);
	if (span_is(key, "credential"))
		return take_credential(l, value);
	if (span_is(key, "lifetime"))
		return !l->lifetime_s && span_number(value, 86400, &l->lifetime_s);
	if (!span_is(key, "boot") || value.len == 0 || value.len >= sizeof(l->boot_id))
		return false;
	span_copy(value, l->boot_id, sizeof(l->boot_id));
	return true;
}

int ledger_parse(const char *text, size_t len, struct ledger *out, struct err *e)
{
	struct span rest = { text, len }, key, value;
	struct ledger l;
	int64_t n;

	ledger_init(&l);
	if (kv_next(&rest, &key, &value) != KV_LINE || !span_is(key, "wif-ledger") ||
	    !span_is(value, "1"))
		return err_set(e, ERR_INVALID, 0, "the ledger is not one of ours");
	for (;;) {
		if (kv_next(&rest, &key, &value) != KV_LINE)
			return err_set(e, ERR_INVALID, 0, "the ledger is cut off or damaged");
		if (span_is(key, "end"))
			break;
		if (!take_line(&l, key, value))
			return err_set(e, ERR_INVALID, 0, "the ledger has a line that is not ours");
	}
	if (rest.len || !span_number(value, LEDGER_MAX, &n) || (size_t)n != l.n)
		return err_set(e, ERR_INVALID, 0, "the ledger does not end as it should");
	*out = l;
	return 0;
}
