/* SPDX-License-Identifier: Apache-2.0 */
#include "controller/probes.h"

#include <stdio.h>
#include <string.h>

#define TEXT_TYPE "text/plain; charset=utf-8"
#define METRICS_BYTES_MAX (8u << 20) /* 10,000 namespaces with pods in each state */

const char *probes_not_ready(const struct probes *p)
{
	if (p->terminating)
		return "terminating";
	if (p->certificate.kind)
		return p->certificate.msg;
	if (!p->synced)
		return "the cluster's Namespaces and ServiceAccounts are not listed yet, or its "
		       "version is not known";
	return NULL;
}

static void answer_text(struct httpd_request *req, int status, const char *text)
{
	httpd_answer(req, status, TEXT_TYPE, text, strlen(text), NULL);
}

/* A failed probe is an Event with the status alone; why is in the log. The end has its own line. */
static void tell(struct probes *p, const char *why)
{
	if (p->terminating || !strcmp(p->told, why ? why : "ok"))
		return;
	(void)snprintf(p->told, sizeof(p->told), "%s", why ? why : "ok");
	log_event(p->log, why ? LOG_LEVEL_WARN : LOG_LEVEL_INFO, why ? "not ready" : "ready", "why",
		  why, NULL);
}

static void answer_ready(struct probes *p, struct httpd_request *req)
{
	const char *why = probes_not_ready(p);
	AUTO(buf) struct buf text;

	tell(p, why);
	buf_init(&text, 512);
	buf_addf(&text, "%s\n", why ? why : "ok");
	httpd_answer(req, why ? 503 : 200, TEXT_TYPE, text.data, text.len, NULL);
}

static void answer_metrics(const struct probes *p, struct httpd_request *req)
{
	AUTO(buf) struct buf text;
	struct err e = { 0 };

	buf_init(&text, METRICS_BYTES_MAX);
	metrics_write(p->metrics, &text);
	if (buf_check(&text, "the figures", &e) < 0)
		answer_text(req, err_http(&e), "no memory\n");
	else
		httpd_answer(req, 200, METRICS_TYPE, text.data, text.len, NULL);
}

void probes_on_request(void *ctx, struct httpd_request *req)
{
	struct probes *p = ctx;
	const char *path = httpd_path(req);

	if (!strcmp(path, "/healthz"))
		answer_text(req, 200, "ok\n");
	else if (!strcmp(path, "/readyz"))
		answer_ready(p, req);
	else if (!strcmp(path, "/metrics"))
		answer_metrics(p, req);
	else
		answer_text(req, 404, "not found; GET /healthz, /readyz or /metrics\n");
}
