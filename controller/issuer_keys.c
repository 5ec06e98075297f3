/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/issuer_keys.h"

#include <jansson.h>
#include <string.h>

#include "config/checks.h"
#include "inject/settings.h"

/* Put the kid of KEY, if it has one that counts, into OUT. */
static int add_key(const json_t *key, struct strlist *out, struct err *e)
{
	const json_t *kid = json_object_get(key, "kid"), *use = json_object_get(key, "use");
	const char *id = json_string_value(kid), *what = json_string_value(use);

	if (!json_is_object(key) || (kid && !id) || (use && !what))
		return err_set(e, ERR_INVALID, 0, "not a JWK Set: a key is none");
	if (!kid || (use && strcmp(what, "sig") != 0) || strlist_has(out, id))
		return 0;
	if (check_key_id(id))
		return err_set(e, ERR_INVALID, 0, "not a JWK Set that can be used: a kid is not 1-128 "
			       "printable characters without blanks or quotes");
	if (strlist_add(out, id) < 0)
		return err_set(e, ERR_NOMEM, 0, "no memory for the issuer's keys");
	return 0;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int read_set(const json_t *keys, struct strlist *out, struct err *e)
{
	if (!json_is_array(keys))
		return err_set(e, ERR_INVALID, 0, "not a JWK Set: it has no list of keys");
	if (json_array_size(keys) > ISSUER_KEYS_MAX)
		return err_set(e, ERR_TOO_BIG, 0, "the JWK Set has more than %d keys",
			       ISSUER_KEYS_MAX);
	for (size_t i = 0; i < json_array_size(keys); i++)
		if (add_key(json_array_get(keys, i), out, e) < 0)
			return -1;
	if (!out->len)
		return err_set(e, ERR_INVALID, 0, "the JWK Set has no key for signatures with a kid");
	qsort(out->items, out->len, sizeof(*out->items), by_text);
	return 0;
}

int issuer_keys_parse(const char *text, struct strlist *out, struct err *e)
{
	struct strlist kids = { 0 };
	json_auto_t *set = NULL;

	if (strlen(text) > ISSUER_KEYS_BYTES_MAX)
		return err_set(e, ERR_TOO_BIG, 0, "the JWK Set is larger than %u bytes",
			       ISSUER_KEYS_BYTES_MAX);
	set = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	if (!set)
		return err_set(e, ERR_INVALID, 0, "not a JWK Set: it is not JSON");
	if (read_set(json_object_get(set, "keys"), &kids, e) < 0) {
		strlist_fini(&kids);
		return -1;
	}
	*out = kids;
	return 0;
}

size_t issuer_keys_less(const struct strlist *a, const struct strlist *b, struct buf *out)
{
	size_t n = 0;

	for (size_t i = 0; i < a->len; i++) {
		if (strlist_has(b, a->items[i]))
			continue;
		if (out)
			buf_addf(out, "%s%s", n ? ", " : "", a->items[i]);
		n++;
	}
	return n;
}
