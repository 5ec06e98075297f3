/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/explain.h"
#include "common/plain.h"
#include "inject/reasons.h"

static const char *const verdicts[] = { [INJECT_SKIP] = "unchanged",
					[INJECT_PATCH] = "inject",
					[INJECT_DENY] = "refuse" };

/* "every 270 to 300 s": at half of the lifetime, up to a tenth of it earlier. */
static void refresh_range(const struct finding *f, int *from_s, int *to_s)
{
	int lifetime_s = f->lifetime_s;

	/* The endpoint gives no more than twice what the assertion has left. */
	if (f->n_expirations && 2 * f->expirations[0] < lifetime_s)
		lifetime_s = 2 * f->expirations[0];
	*from_s = lifetime_s * 9 / 20;
	*to_s = lifetime_s / 2;
}

static const char *user_text(int64_t uid, char out[32])
{
	if (uid < 0)
		return "the image's user";
	(void)snprintf(out, 32, "uid %" PRId64, uid);
	return out;
}

static void text_consumers(const struct finding *f, struct buf *out)
{
	const struct node *at = NULL;
	struct consumer c;
	char user[32];
	bool first = true;

	while ((at = finding_consumer(f, at, &c))) {
		plain_addf(out, "  %-12s %s (%s%s)", first ? "containers" : "", c.name,
			   c.init ? "init, " : "", user_text(c.uid, user));
		buf_addc(out, '\n');
		first = false;
	}
}

static void text_supply(const struct finding *f, struct buf *out)
{
	int from_s, to_s;

	refresh_range(f, &from_s, &to_s);
	buf_addf(out, "  %-12s %zu", "assertions", f->n_expirations);
	for (size_t i = 0; i < f->n_expirations; i++)
		buf_addf(out, "%s%d", i ? ", " : " of ", f->expirations[i]);
	buf_adds(out, " s\n");
	if (f->refreshed)
		buf_addf(out, "  %-12s every %d to %d s (token lifetime %d s, %s)\n", "refresh",
			 from_s, to_s, f->lifetime_s,
			 f->lifetime_known ? "by the config" : "assumed");
	else
		buf_addf(out, "  %-12s %s\n", "refresh",
			 strcmp(f->result->mode, "env") ?
				 "none: one token, before the containers start" :
				 "by the SDK itself, once per assertion");
}

static void text_settings(const struct finding *f, struct buf *out)
{
	struct setting s;

	for (size_t i = 0; finding_setting(f, i, &s); i++) {
		plain_addf(out, "  %-12s %-22s %-44s %s", i ? "" : "settings", s.key, s.value,
			   s.level);
		buf_addc(out, '\n');
	}
}

void finding_text(const struct finding *f, struct buf *out)
{
	const struct inject_result *r = f->result;
	const struct reason_row *why = reason_row(r->reason);

	plain_addf(out, "%s  (%s, document %d)", f->workload->label, f->run->name,
		   f->doc->part.number);
	buf_addc(out, '\n');
	buf_addf(out, "  %-12s %s\n", "decision", verdicts[r->verdict]);
	buf_addf(out, "  %-12s %s: %s\n", "reason", why->code, why->about);
	if (r->verdict == INJECT_DENY)
		buf_addf(out, "  %-12s %s\n", "message", r->message.data);
	text_settings(f, out);
	if (f->injected) {
		text_consumers(f, out);
		if (strcmp(r->mode, "env") != 0)
			buf_addf(out, "  %-12s %s\n", "strategy",
				 f->app_image ? "app-image" : "own-image");
		text_supply(f, out);
	}
	for (size_t i = 0; i < r->n_warnings; i++)
		buf_addf(out, "  %-12s %s\n", "warning", r->warnings[i].text);
}

/* --- JSON --- */

static void json_string(struct buf *out, const char *key, const char *value)
{
	buf_addf(out, ",\"%s\":", key);
	buf_add_json(out, value, strlen(value));
}

static void json_settings(const struct finding *f, struct buf *out)
{
	struct setting s;

	buf_adds(out, ",\"settings\":[");
	for (size_t i = 0; finding_setting(f, i, &s); i++) {
		buf_addf(out, "%s{\"key\":\"%s\"", i ? "," : "", s.key);
		json_string(out, "value", s.value);
		json_string(out, "level", s.level);
		buf_addc(out, '}');
	}
	buf_addc(out, ']');
}

static void json_consumers(const struct finding *f, struct buf *out)
{
	const struct node *at = NULL;
	struct consumer c;
	bool first = true;

	buf_adds(out, ",\"containers\":[");
	while ((at = finding_consumer(f, at, &c))) {
		buf_adds(out, first ? "{\"name\":" : ",{\"name\":");
		buf_add_json(out, c.name, strlen(c.name));
		buf_addf(out, ",\"init\":%s", c.init ? "true" : "false");
		if (c.uid >= 0)
			buf_addf(out, ",\"uid\":%" PRId64, c.uid);
		buf_addc(out, '}');
		first = false;
	}
	buf_addc(out, ']');
}

static void json_supply(const struct finding *f, struct buf *out)
{
	int from_s, to_s;

	refresh_range(f, &from_s, &to_s);
	if (strcmp(f->result->mode, "env") != 0)
		json_string(out, "strategy", f->app_image ? "app-image" : "own-image");
	buf_adds(out, ",\"expirationSeconds\":[");
	for (size_t i = 0; i < f->n_expirations; i++)
		buf_addf(out, "%s%d", i ? "," : "", f->expirations[i]);
	buf_addf(out, "],\"tokenLifetimeSeconds\":%d", f->lifetime_s);
	if (f->refreshed)
		buf_addf(out, ",\"refreshSeconds\":[%d,%d]", from_s, to_s);
}

void finding_json(const struct finding *f, struct buf *out)
{
	const struct inject_result *r = f->result;

	buf_addf(out, "{\"document\":%d", f->doc->part.number);
	json_string(out, "kind", f->workload->kind);
	json_string(out, "namespace", f->workload->namespace_);
	json_string(out, "name", f->workload->name);
	json_string(out, "decision", verdicts[r->verdict]);
	json_string(out, "reason", reason_row(r->reason)->code);
	if (r->verdict == INJECT_DENY)
		json_string(out, "message", r->message.data);
	json_settings(f, out);
	if (f->injected) {
		json_string(out, "mode", r->mode);
		json_consumers(f, out);
		json_supply(f, out);
	}
	buf_adds(out, ",\"warnings\":[");
	for (size_t i = 0; i < r->n_warnings; i++) {
		buf_addf(out, "%s{\"reason\":\"%s\"", i ? "," : "",
			 reason_row(r->warnings[i].reason)->code);
		json_string(out, "text", r->warnings[i].text);
		buf_addc(out, '}');
	}
	buf_adds(out, "]}");
}
