/* SPDX-License-Identifier: Apache-2.0 */
#include "writer/request.h"

#include <inttypes.h>

/* KEY VALUE, left out when empty; newlines, which only PEM has, go as '|'. */
static void add(struct buf *out, const char *key, const char *value)
{
	if (!*value)
		return;
	buf_adds(out, key);
	buf_addc(out, ' ');
	for (; *value; value++)
		if (*value != '\r')
			buf_addc(out, *value == '\n' ? '|' : *value);
	buf_addc(out, '\n');
}

int request_build(const struct options *o, struct span assertion, struct buf *out, struct err *e)
{
	add(out, "base-url", o->base_url);
	add(out, "federation-rule", o->rule);
	add(out, "organization", o->organization);
	add(out, "service-account", o->service_account);
	add(out, "workspace", o->workspace);
	add(out, "ca-bundle", o->ca_bundle);
	add(out, "ca-pem", o->ca_pem);
	add(out, "proxy", o->proxy);
	add(out, "no-proxy", o->no_proxy);
	add(out, "insecure", o->insecure ? "true" : "");
	buf_addf(out, "timeout-ms %" PRId64 "\n\n", o->timeout_ms);
	buf_add(out, assertion.s, assertion.len);
	return buf_check(out, "the request", e);
}
