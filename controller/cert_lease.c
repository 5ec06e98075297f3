/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/cert_lease.h"

#include <string.h>
#include <time.h>

int cert_lease_read(struct cert_lease *l, const char *text, size_t len, struct err *e)
{
	AUTO(jsonspan) struct jsonspan json;
	uint32_t spec;

	*l = (struct cert_lease){ .holder = "" };
	if (cert_object_open(&json, text, len, l->version, "Lease", e) < 0)
		return -1;
	spec = jsonspan_member(&json, 0, "spec");
	(void)jsonspan_str(&json, jsonspan_member(&json, spec, "holderIdentity"), l->holder,
			   sizeof(l->holder));
	return 0;
}

void cert_lease_patch(const struct cert_lease *l, const char *holder, struct wall now,
		      struct buf *out)
{
	time_t s = (time_t)now.s;
	struct tm tm = { 0 };
	char at[40] = "";

	/* A MicroTime; the fraction is wanted. */
	if (gmtime_r(&s, &tm))
		(void)strftime(at, sizeof(at), "%Y-%m-%dT%H:%M:%S.000000Z", &tm);
	buf_adds(out, "{\"metadata\":{");
	cert_object_version(out, l->version);
	buf_adds(out, "},\"spec\":{\"holderIdentity\":");
	buf_add_json(out, holder, strlen(holder));
	buf_addf(out, ",\"leaseDurationSeconds\":%d,", CERT_LEASE_S);
	buf_addf(out, "\"acquireTime\":\"%s\",\"renewTime\":\"%s\"}}", at, at);
}
