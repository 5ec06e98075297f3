/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EXCHANGE_ANSWER_H
#define EXCHANGE_ANSWER_H

/*
 * What the endpoint's answer means, and how it is told to the writer. Pure.
 * Everything the endpoint says is hostile until it passed here: the text that
 * answer_print makes has no byte of it that was not checked.
 */

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/clock.h"

#define TOKEN_MAX (16 * 1024)		/* bytes of an access token */
#define EXPIRES_IN_MAX 31536000		/* s, a year; the endpoint's own limit is a day */
#define RETRY_AFTER_MAX 86400		/* s; longer ones are cut to it */

enum answer_result {
	ANSWER_GRANTED,
	ANSWER_DENIED,		/* the endpoint refuses this identity or assertion */
	ANSWER_MALFORMED,	/* the request's fields are wrong: the operator must fix them */
	ANSWER_THROTTLED,
	ANSWER_TRANSIENT,	/* the endpoint failed, or its answer makes no sense */
	ANSWER_NOT_SENT,	/* the assertion surely never reached the endpoint */
	ANSWER_RESULTS
};

/* One HTTP answer as received; all borrowed, header values "" when absent. */
struct answer_http {
	int status;
	const char *body;		/* may be NULL when body_len is 0 */
	size_t body_len;
	const char *request_id, *retry_after, *date;
};

struct answer {
	enum answer_result result;
	int status;			/* HTTP; 0 when there was no answer */
	int64_t expires_in_s;		/* granted: 1..EXPIRES_IN_MAX; else 0 */
	int64_t retry_after_s;		/* -1 when not said */
	int64_t date_s;			/* the endpoint's clock; 0 when not said */
	const char *unconfined;		/* what confine_late lacked, a literal; NULL nothing */
	char request_id[129];		/* "" when not said or not printable */
	char detail[161];		/* one printable line for people; may be "" */
	char token[TOKEN_MAX + 1];	/* secret; granted only */
};

/*
 * Judge an HTTP answer.
 *
 * now     wall time, for a Retry-After date when the answer has no Date.
 * Errors  none: whatever cannot be understood is ANSWER_TRANSIENT.
 * Source  RFC 6749 §5.1 and §5.2; RFC 9110 §5.6.7 and §10.2.3; Claude API, WIF errors.
 */
void answer_judge(const struct answer_http *http, struct wall now, struct answer *out);

/* An answer that is RESULT without any HTTP; CAUSE, free of secrets, becomes its detail. */
void answer_none(enum answer_result result, const char *cause, struct answer *out);

/* Append A as the text that docs/man/wif-exchange.8, ANSWER, describes. */
void answer_print(const struct answer *a, struct buf *out);

/* Wipe the token. */
void answer_fini(struct answer *a);

static inline void auto_answer(struct answer *a)
{
	answer_fini(a);
}

#endif
