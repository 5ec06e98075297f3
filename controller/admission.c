/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/admission.h"

#include <stdio.h>
#include <string.h>

#include "controller/review.h"

#define PATH "/mutate"
#define ANSWER_BYTES_MAX (4u << 20)	/* the API server reads no more than 3 MiB */
#define SCRATCH_KEPT (1u << 13)		/* JSON values: what common pods need, 128 KiB */

void admission_init(struct admission *a, struct log *log, struct metrics *metrics,
		    const struct settings *settings)
{
	*a = (struct admission){ .log = log, .metrics = metrics, .settings = settings };
	jsonspan_init(&a->span, REVIEW_VALUES_MAX, JSONSPAN_DEPTH_MAX);
}

void admission_fini(struct admission *a)
{
	jsonspan_fini(&a->span);
}

static void log_review(struct admission *a, const struct review *about, const struct err *e)
{
	log_event(a->log, LOG_LEVEL_INFO, "review", "uid", about->uid, "namespace",
		  about->namespace_, "name", about->name, "decision", about->decision, "reason",
		  about->reason, "dry_run#", about->dry_run ? "true" : "false", "error",
		  e->kind ? e->msg : NULL, NULL);
}

/* One line of text, for who calls by hand or by mistake. */
static void answer_line(struct httpd_request *req, int status, const char *line)
{
	char text[sizeof(((struct err *)0)->msg) + 1];
	int n = snprintf(text, sizeof(text), "%s\n", line);

	httpd_answer(req, status, "text/plain; charset=utf-8", text, (size_t)n, NULL);
}

/* A large review must not leave a large table behind. */
static void trim_scratch(struct admission *a)
{
	if (a->span.cap <= SCRATCH_KEPT)
		return;
	jsonspan_fini(&a->span);
	jsonspan_init(&a->span, REVIEW_VALUES_MAX, JSONSPAN_DEPTH_MAX);
}

void admission_on_request(void *ctx, struct httpd_request *req)
{
	struct admission *a = ctx;
	struct mono since = httpd_since(req);
	struct sys *sys = a->log->sys;
	AUTO(buf) struct buf out;
	struct review about;
	struct err e = { 0 };
	const char *body;
	size_t len = 0;

	buf_init(&out, ANSWER_BYTES_MAX);
	if (strcmp(httpd_path(req), PATH) != 0) {
		answer_line(req, 404, "not found; POST an AdmissionReview to " PATH);
		return;
	}
	body = httpd_body(req, &len);
	if (review_answer(a->settings, &a->span, body, len, &about, &out, &e) < 0)
		answer_line(req, err_http(&e), e.msg);
	else
		httpd_answer(req, 200, "application/json", out.data, out.len, NULL);
	metrics_review(a->metrics, about.decision, about.reason,
		       sys->ops->boot_now(sys).ns - since.ns);
	log_review(a, &about, &e);
	trim_scratch(a);
}
