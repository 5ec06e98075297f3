/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "common/buf.h"
#include "tests/inject/operator.h"
#include "tests/support/leaks.h"
#include "tests/support/text.h"

/* What a pod's author can write at most: texts that are built here, not kept as files. */

#define HEAD                                                                                       \
	"{\"kind\":\"Pod\",\"metadata\":{\"name\":\"web\",\"namespace\":\"team-a\","               \
	"\"annotations\":{"
#define ASKS "\"wif.anthropic.com/inject\":\"true\""
#define BODY                                                                                       \
	"}},\"spec\":{\"containers\":[{\"name\":\"app\",\"image\":\"i\""                           \
	",\"securityContext\":{\"runAsUser\":7}}]"
#define END "}}"

struct rig {
	struct settings set;
	struct inject_result r;
	struct buf text;
};

static void begin(struct rig *g)
{
	operator_settings(NULL, &g->set);
	inject_result_init(&g->r);
	buf_init(&g->text, 8u << 20);
	buf_adds(&g->text, HEAD ASKS);
}

static int run(struct rig *g, struct err *e)
{
	const struct inject_request req = {
		.pod = g->text.data, .pod_len = g->text.len, .namespace_ = "", .settings = &g->set
	};

	cr_assert(eq(int, g->text.failed, ERR_NONE));
	return inject(&req, &g->r, e);
}

static void fini(struct rig *g)
{
	buf_fini(&g->text);
	inject_result_fini(&g->r);
	settings_fini(&g->set);
}

static void end(struct rig *g)
{
	fini(g);
	NO_LEAKS();
}

Test(big, ten_thousand_annotations_of_others_and_of_ours)
{
	struct rig g;
	struct err e;

	begin(&g);
	for (int i = 0; i < 10000; i++)
		buf_addf(&g.text, ",\"%s/key-%d\":\"v\"",
			 i % 2 ? "wif.anthropic.com" : "example.com", i);
	buf_adds(&g.text, BODY END);
	cr_assert(eq(int, run(&g, &e), 0));
	cr_expect(eq(int, g.r.verdict, INJECT_PATCH));
	cr_expect(eq(sz, g.r.n_warnings, INJECT_WARNINGS_MAX));
	cr_expect(eq(str, g.r.warnings[INJECT_WARNINGS_MAX - 1].text,
		     TEXT("more warnings were left out; mend these to see them")));
	end(&g);
}

Test(big, three_mebibytes_in_one_value_of_another)
{
	struct rig g;
	struct err e;

	begin(&g);
	buf_adds(&g.text, ",\"x\":\"");
	for (int i = 0; i < 3 << 16; i++)
		buf_adds(&g.text, "0123456789\\u00e9");
	buf_adds(&g.text, "\"" BODY END);
	cr_assert(eq(int, run(&g, &e), 0));
	cr_expect(eq(int, g.r.verdict, INJECT_PATCH));
	end(&g);
}

Test(big, a_huge_value_of_ours_is_refused_in_a_short_line)
{
	struct rig g;
	struct err e;

	begin(&g);
	buf_adds(&g.text, ",\"wif.anthropic.com/mode\":\"");
	for (int i = 0; i < 256 << 10; i++)
		buf_addc(&g.text, 'x');
	buf_adds(&g.text, "\"" BODY END);
	cr_assert(eq(int, run(&g, &e), 0));
	cr_expect(eq(int, g.r.verdict, INJECT_DENY));
	cr_expect(g.r.message.len < 300);
	cr_expect(strstr(g.r.message.data, "use sidecar, init or env") != NULL, "%s",
		  g.r.message.data);
	end(&g);
}

Test(big, deep_nesting_and_too_many_values_are_errors)
{
	struct rig g;
	struct err e = { .kind = ERR_NONE };

	begin(&g);
	buf_adds(&g.text, BODY ",\"x\":");
	for (int i = 0; i < 100; i++)
		buf_addc(&g.text, '[');
	cr_expect(eq(int, run(&g, &e), -1));
	cr_expect(eq(int, e.kind, ERR_TOO_BIG));
	buf_reset(&g.text);
	buf_adds(&g.text, HEAD ASKS BODY ",\"x\":[0");
	for (int i = 0; i < 1 << 20; i++)
		buf_adds(&g.text, ",0");
	buf_adds(&g.text, "]" END);
	cr_expect(eq(int, run(&g, &e), -1));
	cr_expect(eq(int, e.kind, ERR_TOO_BIG));
	end(&g);
}

Test(big, no_expiration_is_left_beside_the_pods_own_tokens)
{
	struct rig g;
	struct err e;

	begin(&g);
	buf_adds(&g.text, BODY ",\"volumes\":[{\"name\":\"mine\",\"projected\":{\"sources\":[");
	for (int s = 600; s < 3597; s++)
		buf_addf(&g.text,
			 "%s{\"serviceAccountToken\":{\"audience\":\"https://api.anthropic.com\","
			 "\"expirationSeconds\":%d,\"path\":\"t\"}}",
			 s > 600 ? "," : "", s);
	buf_adds(&g.text, "]}}]" END);
	cr_assert(eq(int, run(&g, &e), 0));
	cr_expect(eq(int, g.r.verdict, INJECT_DENY));
	cr_expect(eq(int, g.r.reason, REASON_NO_EXPIRATION_LEFT));
	end(&g);
}

Test(big, a_thousand_containers_are_served_and_more_are_refused)
{
	struct rig g;
	struct err e;

	for (int n = 1000; n <= 2000; n += 1000) {
		begin(&g);
		buf_adds(&g.text,
			 "}},\"spec\":{\"containers\":[{\"name\":\"app\",\"image\":\"i\"}");
		for (int i = 0; i < n; i++)
			buf_addf(&g.text, ",{\"name\":\"c%d\",\"image\":\"i\"}", i);
		buf_adds(&g.text, "]" END);
		cr_assert(eq(int, run(&g, &e), 0));
		cr_expect(eq(int, g.r.verdict, n == 1000 ? INJECT_PATCH : INJECT_DENY));
		cr_expect(n == 1000 || strstr(g.r.message.data, "at most 1024"), "%s",
			  g.r.message.data);
		fini(&g);
	}
	NO_LEAKS();
}

Test(big, what_is_no_json_object_is_an_error)
{
	static const char *const texts[] = { "", "{", "[]", "7", "{\"a\":\"\xff\"}", "{} x" };
	struct rig g;
	struct err e;

	begin(&g);
	for (size_t i = 0; i < COUNTOF(texts); i++) {
		e = (struct err){ .kind = ERR_NONE };
		buf_reset(&g.text);
		buf_adds(&g.text, texts[i]);
		cr_expect(eq(int, run(&g, &e), -1), "%s", texts[i]);
		cr_expect(eq(int, e.kind, ERR_INVALID), "%s", texts[i]);
	}
	end(&g);
}

Test(big, of_equal_keys_the_last_counts)
{
	struct rig g;
	struct err e;

	begin(&g);
	buf_adds(&g.text, ",\"wif.anthropic.com/\\u0069nject\":\"false\"" BODY END);
	cr_assert(eq(int, run(&g, &e), 0));
	cr_expect(eq(int, g.r.verdict, INJECT_SKIP));
	cr_expect(eq(int, g.r.reason, REASON_OPTED_OUT));
	end(&g);
}

Test(big, numbers_beyond_two_to_the_53_are_read_to_the_last_digit)
{
	struct rig g;
	struct err e;

	/* As doubles the two users would be one; the third number is none to C at all. */
	begin(&g);
	buf_adds(&g.text, "}},\"spec\":{\"containers\":["
			  "{\"name\":\"a\",\"image\":\"i\",\"securityContext\":"
			  "{\"runAsUser\":9007199254740992}},"
			  "{\"name\":\"b\",\"image\":\"i\",\"securityContext\":"
			  "{\"runAsUser\":9007199254740993}}],"
			  "\"x\":123456789012345678901234567890e999" END);
	cr_assert(eq(int, run(&g, &e), 0));
	cr_expect(eq(int, g.r.verdict, INJECT_PATCH));
	cr_expect(eq(sz, g.r.n_warnings, 1));
	cr_expect(eq(int, g.r.warnings[0].reason, REASON_OTHER_IDENTITY));
	cr_expect(strstr(g.r.patch.data, "\"runAsUser\":9007199254740992,") != NULL);
	end(&g);
}

Test(big, three_mebibytes_of_environment_are_served)
{
	struct rig g;
	struct err e;

	begin(&g);
	buf_adds(&g.text, "}},\"spec\":{\"containers\":["
			  "{\"name\":\"app\",\"image\":\"i\",\"env\":[");
	for (int i = 0; g.text.len < 3u << 20; i++)
		buf_addf(&g.text, "%s{\"name\":\"V_%d\",\"value\":\"some text\"}", i ? "," : "", i);
	buf_adds(&g.text, "]}]" END);
	cr_assert(eq(int, run(&g, &e), 0));
	cr_expect(eq(int, g.r.verdict, INJECT_PATCH));
	cr_expect(g.r.patch.len < 8192); /* what is there is not said again */
	end(&g);
}

Test(big, a_parsed_review_gives_the_same_answer_as_the_pods_text)
{
	struct inject_result parsed;
	struct rig g;
	struct buf review;
	struct err e;
	AUTO(jsonspan) struct jsonspan j = { .max = 4096, .depth_max = 64 };
	struct inject_request req = { .namespace_ = "", .settings = &g.set, .doc = &j };

	begin(&g);
	buf_adds(&g.text, BODY END);
	buf_init(&review, 1 << 16);
	buf_addf(&review, " {\"request\":{\"object\":%s}}", g.text.data);
	inject_result_init(&parsed);
	cr_assert(eq(int, run(&g, &e), 0));
	cr_assert(eq(int, jsonspan_parse(&j, review.data, review.len, &e), 0));
	req.node = jsonspan_get(&j, jsonspan_get(&j, 0, "request"), "object");
	cr_assert(eq(int, inject(&req, &parsed, &e), 0));
	cr_expect(eq(str, parsed.patch.data, g.r.patch.data));
	buf_fini(&review);
	jsonspan_fini(&j);
	inject_result_fini(&parsed);
	end(&g);
}
