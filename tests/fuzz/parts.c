/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/parts.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"

struct parts parts_of(const uint8_t *data, size_t size)
{
	struct parts out = { .part = { { data, 0 } } };

	for (size_t i = 0; i < PARTS; i++) {
		const uint8_t *end = size && i + 1 < PARTS ? memchr(data, 0, size) : NULL;
		size_t len = end ? (size_t)(end - data) : size;

		out.part[i] = (struct part){ data, len };
		data += len + !!end;
		size -= len + !!end;
	}
	return out;
}

/*
 * The last may hold NULs of its own: what comes after one is not read. What is
 * no object is why there is none, a message as all are.
 */
static char *text_of(const struct part *p)
{
	char *text = p->len ? fuzz_text(p->data, p->len) : NULL;
	struct err e;

	if (!text || text[0] == '{')
		return text;
	(void)err_set(&e, ERR_TRANSIENT, 0, "%s", text);
	free(text);
	return strdup(e.msg);
}

struct golden_around parts_around(const struct parts *parts)
{
	return (struct golden_around){
		.text = { [INJECT_SERVICE_ACCOUNT] = text_of(&parts->part[PART_SERVICE_ACCOUNT]),
			  [INJECT_NAMESPACE] = text_of(&parts->part[PART_NAMESPACE]) },
	};
}
