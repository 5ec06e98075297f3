/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fuzz/heard.h"

#include "writer/answer.h"

const char *heard_result(const char *text, size_t len)
{
	struct answer a;
	struct err e;

	return answer_parse(text, len, &a, &e) == 0 ? result_name(a.result) : NULL;
}
