/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/cert_secret.h"

#include <stddef.h>

#include "common/base64.h"

/* Its keys and where they go. */
static const struct {
	const char *key;
	size_t at;
} parts[] = {
	{ "ca.crt", offsetof(struct cert_secret, ca) },
	{ "tls.crt", offsetof(struct cert_secret, cert) },
	{ "tls.key", offsetof(struct cert_secret, key) },
	{ "next.crt", offsetof(struct cert_secret, next_cert) },
	{ "next.key", offsetof(struct cert_secret, next_key) },
};

static struct buf *part(struct cert_secret *s, size_t i)
{
	return (struct buf *)((char *)s + parts[i].at);
}

void cert_secret_init(struct cert_secret *s)
{
	s->version[0] = '\0';
	for (size_t i = 0; i < COUNTOF(parts); i++)
		buf_init(part(s, i), CERT_PEM_MAX);
}

void cert_secret_fini(struct cert_secret *s)
{
	for (size_t i = 0; i < COUNTOF(parts); i++)
		buf_fini(part(s, i));
}

int cert_secret_read(struct cert_secret *s, const char *text, size_t len, struct err *e)
{
	AUTO(jsonspan) struct jsonspan json;
	struct err why = { 0 };
	uint32_t data;

	cert_secret_fini(s);
	cert_secret_init(s);
	if (cert_object_open(&json, text, len, s->version, "Secret", e) < 0)
		return -1;
	data = jsonspan_member(&json, 0, "data");
	for (size_t i = 0; i < COUNTOF(parts); i++) {
		if (!cert_object_bytes(&json, jsonspan_member(&json, data, parts[i].key),
				       part(s, i), parts[i].key, &why))
			continue;
		if (why.kind == ERR_NOMEM)
			return err_set(e, ERR_NOMEM, 0, "no memory for the Secret");
		buf_fini(part(s, i));
	}
	return 0;
}

void cert_secret_patch(const struct cert_secret *s, struct buf *out)
{
	buf_adds(out, "{\"metadata\":{");
	cert_object_version(out, s->version);
	buf_adds(out, "},\"data\":{");
	for (size_t i = 0; i < COUNTOF(parts); i++) {
		const struct buf *b = (const struct buf *)((const char *)s + parts[i].at);

		buf_addf(out, "%s\"%s\":%s", i ? "," : "", parts[i].key, b->len ? "\"" : "null");
		base64_add(out, b->data, b->len);
		buf_adds(out, b->len ? "\"" : "");
	}
	buf_adds(out, "}}");
}
