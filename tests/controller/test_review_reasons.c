/* SPDX-License-Identifier: Apache-2.0 */

/* The reasons that only whole reviews have: for each a review that gives it, and a near one. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "config/config.h"
#include "controller/review.h"
#include "inject/settings.h"
#include "tests/support/leaks.h"
#include "tests/support/text.h"

#define REVIEW(version, operation, object)                                                         \
	"{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/" version "\","           \
	"\"request\":{\"uid\":\"u\",\"kind\":{\"kind\":\"Pod\"},\"namespace\":\"n\","              \
	"\"operation\":\"" operation "\",\"object\":" object "}}"
#define POD                                                                                        \
	"{\"metadata\":{\"name\":\"p\",\"annotations\":{\"wif.anthropic.com/inject\":\"true\"}},"  \
	"\"spec\":{\"containers\":[{\"name\":\"a\",\"image\":\"i\"}]}}"
#define SAYS_NOTHING                                                                               \
	"{\"metadata\":{\"name\":\"p\"},"                                                          \
	"\"spec\":{\"containers\":[{\"name\":\"a\",\"image\":\"i\"}]}}"
#define DEEP "[[[[[[[[[[[[[[[["
#define ROOM 65536

static const struct {
	enum reason why;
	const char *review;
	size_t room; /* for the answer */
	enum review_decision decision;
} cases[] = {
	{ REASON_POD_UNREADABLE, REVIEW("v1", "CREATE", "[" POD "]"), ROOM, REVIEW_DENIED },
	{ REASON_NOT_A_POD_CREATION, REVIEW("v1", "UPDATE", POD), ROOM, REVIEW_UNCHANGED },
	{ REASON_NOT_A_REVIEW, REVIEW("v1beta1", "CREATE", POD), ROOM, REVIEW_ERROR },
	{ REASON_REVIEW_TOO_BIG, REVIEW("v1", "CREATE", DEEP DEEP DEEP DEEP), ROOM, REVIEW_ERROR },
	{ REASON_ANSWER_TOO_BIG, REVIEW("v1", "CREATE", POD), 512, REVIEW_ERROR },
};

/*
 * What is said of REVIEW, with AROUND it; in SAID the words of a refusal or an error, or the
 * answer that leaves the pod alone.
 */
static struct review judge_in(const struct inject_around *around, const char *review,
			      size_t room, struct buf *said)
{
	AUTO(settings) struct settings settings;
	AUTO(jsonspan) struct jsonspan span;
	AUTO(buf) struct buf out;
	struct sys sys = sys_real();
	struct review about;
	struct err e = { 0 };
	int rc;

	settings_init(&settings);
	jsonspan_init(&span, REVIEW_VALUES_MAX, JSONSPAN_DEPTH_MAX);
	buf_init(&out, room);
	cr_assert(config_load(&sys, "tests/data/config/minimal.yaml", &settings, &e) == 0);
	rc = review_answer(&settings, around, &span, review, strlen(review), &about, &out, &e);
	cr_expect(eq(int, rc < 0, about.decision == REVIEW_ERROR), "%s", e.msg);
	buf_adds(said, rc < 0					   ? e.msg :
		       about.decision == REVIEW_UNCHANGED ? out.data :
							    about.message);
	return about;
}

static struct review judge(const char *review, size_t room, struct buf *said)
{
	return judge_in(NULL, review, room, said);
}

Test(review, every_reason_of_whole_reviews_has_one_that_gives_it_and_a_near_one_that_does_not)
{
	for (enum reason why = REASONS_OF_PODS; why < REASONS; why++) {
		const struct reason_row *row = reason_row(why);
		size_t i = 0;

		while (i < COUNTOF(cases) && cases[i].why != why)
			i++;
		cr_expect(i < COUNTOF(cases), "no review that gives %s", row->code);
	}
	for (size_t i = 0; i < COUNTOF(cases); i++) {
		const struct reason_row *row = reason_row(cases[i].why);
		AUTO(buf) struct buf said = { .max = 4096 };
		struct review about = judge(cases[i].review, cases[i].room, &said);

		cr_expect(eq(int, about.reason, cases[i].why), "%s", row->code);
		cr_expect(eq(int, about.decision, cases[i].decision), "%s", row->code);
		/* The words are the table's, with how to fix it at their end. */
		if (row->kind == REASON_ERROR)
			cr_expect(strstr(said.data, strstr(row->text, "; ")) != NULL, "%s: %s",
				  row->code, said.data);
	}
	NO_LEAKS();
}

Test(review, what_is_only_just_not_at_fault_is_injected)
{
	AUTO(buf) struct buf said = { .max = 4096 };
	struct review about = judge(REVIEW("v1", "CREATE", POD), ROOM, &said);

	cr_expect(eq(int, about.reason, REASON_INJECTED));
	cr_expect(eq(int, about.decision, REVIEW_PATCHED));
	NO_LEAKS();
}

/* More values than there is room for: as memory that is short. */
static void add_too_much(struct buf *text)
{
	buf_adds(text, "[0");
	for (int i = 0; i < 1 << 17; i++)
		buf_adds(text, ",0");
	buf_addc(text, ']');
}

/* A Namespace of that. */
static void find_too_much(void *ctx, enum inject_kind kind, const char *namespace_,
			  const char *name, struct inject_object *out)
{
	const struct buf *text = ctx;

	(void)namespace_;
	(void)name;
	if (kind == INJECT_NAMESPACE)
		*out = (struct inject_object){ .known = INJECT_SAYS, .text = text->data,
					       .len = text->len };
}

Test(review, for_want_of_memory_only_a_pod_that_asks_is_refused)
{
	AUTO(buf) struct buf text = { .max = 1 << 20 };
	AUTO(buf) struct buf asks = { .max = 4096 };
	AUTO(buf) struct buf silent = { .max = 4096 };
	const struct inject_around around = { .find = find_too_much, .ctx = &text };
	struct review about;

	add_too_much(&text);
	about = judge_in(&around, REVIEW("v1", "CREATE", POD), ROOM, &asks);
	cr_expect(eq(int, about.reason, REASON_POD_UNREADABLE));
	cr_expect(eq(int, about.decision, REVIEW_DENIED));
	cr_expect(strstr(asks.data, "pod n/p: Namespace n: ") == asks.data, "%s", asks.data);
	/* Its Namespace may be observed, and then nothing is refused: failurePolicy Ignore. */
	about = judge_in(&around, REVIEW("v1", "CREATE", SAYS_NOTHING), ROOM, &silent);
	cr_expect(eq(int, about.reason, REASON_POD_UNREADABLE));
	cr_expect(eq(int, about.decision, REVIEW_ERROR));
	cr_expect(eq(str, silent.data, asks.data));
	NO_LEAKS();
}

/* An observed Namespace, and a ServiceAccount of the text CTX, if any. */
static void find_observed(void *ctx, enum inject_kind kind, const char *namespace_,
			  const char *name, struct inject_object *out)
{
	static const char observe[] =
		"{\"metadata\":{\"labels\":{\"wif.anthropic.com/injection\":\"observe\"}}}";

	if (kind == INJECT_NAMESPACE)
		*out = (struct inject_object){ .known = INJECT_SAYS, .text = observe,
					       .len = sizeof(observe) - 1 };
	else if (ctx)
		find_too_much(ctx, INJECT_NAMESPACE, namespace_, name, out);
}

/* A pod of so many static keys, to be removed, that the patch passes its ceiling. */
static const char *add_large(struct buf *review)
{
	buf_adds(review, "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\","
			 "\"request\":{\"uid\":\"u\",\"kind\":{\"kind\":\"Pod\"},"
			 "\"namespace\":\"n\",\"operation\":\"CREATE\",\"object\":{\"metadata\":"
			 "{\"name\":\"p\",\"annotations\":{\"wif.anthropic.com/inject\":\"true\","
			 "\"wif.anthropic.com/static-key\":\"remove\"}},\"spec\":{\"containers\":"
			 "[{\"name\":\"a\",\"image\":\"i\",\"env\":[{\"name\":\"X\"}");
	for (int i = 0; i < 40000; i++)
		buf_adds(review, ",{\"name\":\"ANTHROPIC_API_KEY\"}");
	buf_adds(review, "]}]}}}}");
	return review->data;
}

Test(review, a_patch_that_is_too_big_is_refused_with_what_to_do)
{
	AUTO(buf) struct buf review = { .max = REVIEW_BYTES_MAX };
	AUTO(buf) struct buf said = { .max = 4096 };
	struct review about;

	about = judge(add_large(&review), REVIEW_BYTES_MAX, &said);
	cr_expect(eq(int, about.reason, REASON_ANSWER_TOO_BIG));
	cr_expect(eq(int, about.decision, REVIEW_DENIED));
	cr_expect(eq(str, said.data,
		     TEXT("pod n/p: the patch is larger than 4194304 bytes; give credentials to "
			  "fewer containers, give these fewer variables, or try again when memory "
			  "was short")));
	NO_LEAKS();
}

Test(review, nothing_is_refused_where_the_namespace_is_observed)
{
	AUTO(buf) struct buf large = { .max = REVIEW_BYTES_MAX };
	AUTO(buf) struct buf account = { .max = 1 << 20 };
	const struct {
		const char *review;
		struct buf *account; /* NULL: a bare one */
		const char *would;
	} rows[] = {
		{ add_large(&large), NULL, "pod n/p: the patch is larger than 4194304 bytes" },
		{ REVIEW("v1", "CREATE", POD), &account, "pod n/p: ServiceAccount n/default: " },
		{ REVIEW("v1", "CREATE", SAYS_NOTHING), &account, "pod n/p: ServiceAccount n/" },
		{ REVIEW("v1", "CREATE", "null"), NULL, "pod n/(unnamed): the pod is not a" },
		{ REVIEW("v1", "CREATE", "[]"), NULL, "pod n/(unnamed): the pod is not a" },
		{ REVIEW("v1", "CREATE", "{\"metadata\":[]}"), NULL, "pod n/(unnamed): metadata " },
		{ REVIEW("v1", "CREATE", "{\"spec\":7}"), NULL, "pod n/(unnamed): spec is " },
	};

	add_too_much(&account);
	for (size_t i = 0; i < COUNTOF(rows); i++) {
		const struct inject_around around = { find_observed, rows[i].account };
		AUTO(buf) struct buf said = { .max = 4096 };
		AUTO(buf) struct buf want = { .max = 4096 };
		struct review about = judge_in(&around, rows[i].review, ROOM, &said);

		buf_addf(&want, "\"warnings\":[\"observe: would be refused: %s", rows[i].would);
		cr_expect(eq(int, about.reason, REASON_OBSERVED_DENY), "%s", rows[i].would);
		cr_expect(eq(int, about.decision, REVIEW_UNCHANGED), "%s", rows[i].would);
		cr_expect(strstr(said.data, "\"allowed\":true") != NULL, "%s", said.data);
		cr_expect(strstr(said.data, want.data) != NULL, "%s", said.data);
	}
	NO_LEAKS();
}

Test(review, a_refusal_that_does_not_fit_is_told_nobody)
{
	AUTO(buf) struct buf said = { .max = 4096 };
	struct review about = judge(REVIEW("v1", "CREATE", "7"), 64, &said);

	cr_expect(eq(int, about.reason, REASON_ANSWER_TOO_BIG));
	cr_expect(eq(int, about.decision, REVIEW_ERROR));
	cr_expect(eq(chr, about.message[0], '\0'), "%s", about.message);
	NO_LEAKS();
}
