/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/cert_object.h"

#include <string.h>

#include "common/base64.h"

#define VALUES_MAX (1u << 18)	/* managedFields have many */

int cert_object_open(struct jsonspan *j, const char *text, size_t len,
		     char version[CERT_VERSION_SIZE], const char *what, struct err *e)
{
	struct err why = { 0 };
	uint32_t metadata, v;

	jsonspan_init(j, VALUES_MAX, JSONSPAN_DEPTH_MAX);
	if (jsonspan_parse(j, text, len, &why) < 0)
		return err_set(e, why.kind == ERR_INVALID ? ERR_TRANSIENT : why.kind, 0,
			       "the API server's %s: %s", what, why.msg);
	metadata = jsonspan_member(j, 0, "metadata");
	v = jsonspan_member(j, metadata, "resourceVersion");
	if (jsonspan_str(j, v, version, CERT_VERSION_SIZE) <= 0)
		return err_set(e, ERR_TRANSIENT, 0, "the API server's answer is no %s", what);
	return 0;
}

int cert_object_bytes(const struct jsonspan *j, uint32_t v, struct buf *out, const char *what,
		      struct err *e)
{
	size_t len;
	const char *raw = jsonspan_raw(j, v, &len);

	if (v == JSONSPAN_NONE)
		return 0;
	if (jsonspan_type(j, v) != JSONSPAN_STRING || !base64_decode(out, raw + 1, len - 2))
		return err_set(e, ERR_TRANSIENT, 0, "%s is not base64", what);
	return buf_check(out, what, e);
}

void cert_object_version(struct buf *out, const char *version)
{
	buf_adds(out, "\"resourceVersion\":");
	buf_add_json(out, version, strlen(version));
}
