/* SPDX-License-Identifier: Apache-2.0 */
#include "net/httpd_body.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_BYTES (16u << 10) /* holds most reviews, and one TLS record */

/* Give memory of a big body back to the kernel at once: reviews come in bursts. */
#define TRIM_BYTES HTTPD_LARGE_BYTES

void httpd_body_init(struct httpd_body *b, struct httpd_bodies *all, size_t want)
{
	*b = (struct httpd_body){ .all = all, .want = want };
}

bool httpd_body_is_large(const struct httpd_body *b)
{
	return b->want > HTTPD_LARGE_BYTES;
}

/* The memory to have for LEN bytes more: twice what there was, never more than the whole takes. */
static size_t cap_for(const struct httpd_body *b, size_t len)
{
	size_t cap = b->cap ? b->cap : FIRST_BYTES;

	if (b->have + len <= b->cap)
		return b->cap;
	while (cap < b->have + len)
		cap *= 2;
	return cap < b->want ? cap : b->want;
}

bool httpd_body_fits(const struct httpd_body *b, size_t len)
{
	size_t more = cap_for(b, len) - b->cap;

	return b->all->bytes + more <= HTTPD_BODIES_BYTES &&
	       (!httpd_body_is_large(b) || b->all->large + more <= HTTPD_LARGE_BODIES_BYTES);
}

static void count(struct httpd_body *b, size_t cap)
{
	b->all->bytes += cap - b->cap; /* may wrap on the way down: the sum is right */
	if (httpd_body_is_large(b))
		b->all->large += cap - b->cap;
	b->cap = cap;
}

bool httpd_body_take(struct httpd_body *b, const void *data, size_t len)
{
	size_t cap = cap_for(b, len);

	if (!len)
		return true;
	if (cap > b->cap) {
		unsigned char *grown = malloc(cap + 1); /* realloc may leave an unwiped copy */

		if (!grown)
			return false;
		if (b->have) {
			memcpy(grown, b->data, b->have);
			explicit_bzero(b->data, b->have);
		}
		free(b->data);
		b->data = grown;
		count(b, cap);
	}
	memcpy(b->data + b->have, data, len);
	b->have += len;
	b->data[b->have] = '\0';
	return true;
}

void httpd_body_drop(struct httpd_body *b)
{
	bool big = b->cap > TRIM_BYTES;

	if (!b->data)
		return;
	explicit_bzero(b->data, b->have);
	free(b->data);
	b->data = NULL;
	b->have = 0;
	count(b, 0);
	if (big)
		(void)malloc_trim(0);
}
