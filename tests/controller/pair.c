/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/controller/pair.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "controller/tls_make.h"

struct pair pair_make(const char *namespace_, const char *service, int64_t at_s, int64_t life_s)
{
	const struct tls_make what = { .service = service, .namespace_ = namespace_,
				       .now = { at_s }, .life_s = life_s };
	struct pair p;
	struct err e = { 0 };

	buf_init(&p.ca, 65536);
	buf_init(&p.cert, 65536);
	buf_init(&p.key, 65536);
	cr_assert(eq(int, tls_make(&what, &p.ca, &p.cert, &p.key, &e), 0), "%s", e.msg);
	return p;
}
