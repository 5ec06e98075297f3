/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wif-exchange: a function. A request on stdin, one HTTPS exchange, an answer on
 * stdout. Writes no file, keeps no state; its parent is wif-writer.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/fileio.h"
#include "common/sys.h"
#include "exchange/answer.h"
#include "exchange/confine.h"
#include "exchange/request.h"
#include "net/fetch.h"

#define CA_MAX (4 * 1024 * 1024) /* bytes of all roots together */

static const char usage[] =
	"usage: wif-exchange < REQUEST > ANSWER\n"
	"Exchange one assertion for one access token; wif-writer starts it.\n"
	"REQUEST and ANSWER are described in wif-exchange(8).\n";

static int read_request(struct sys *sys, struct buf *text, struct request *req, struct err *e)
{
	char chunk[4096];
	ssize_t n;

	do {
		n = sys->ops->read(sys, STDIN_FILENO, chunk, sizeof(chunk));
		if (n > 0)
			buf_add(text, chunk, (size_t)n);
	} while (n > 0 || (n < 0 && errno == EINTR));
	explicit_bzero(chunk, sizeof(chunk));
	if (n < 0)
		return err_set(e, ERR_IO, errno, "unable to read the request");
	buf_addc(text, '\0'); /* so that there is a text, even of nothing */
	if (buf_check(text, "the request", e) < 0)
		return -1;
	return request_parse(text->data, text->len - 1, req, e);
}

/* The roots: the bundle's, and the operator's own. */
static int read_roots(struct sys *sys, const struct request *req, struct buf *roots, struct err *e)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----";

	if (req->ca_bundle && fileio_read(sys, AT_FDCWD, req->ca_bundle, 0, roots, e) < 0)
		return err_wrap(e, "ca-bundle");
	if (req->ca_pem) {
		buf_addc(roots, '\n');
		buf_adds(roots, req->ca_pem);
	}
	if (buf_check(roots, "the CA bundle", e) < 0)
		return -1;
	if ((req->ca_bundle || req->ca_pem) && !memmem(roots->data, roots->len, begin, strlen(begin)))
		return err_set(e, ERR_INVALID, 0, "ca-bundle and ca-pem hold no PEM certificate");
	return 0;
}

/*
 * What the attempt needs from this pod. A failure is an answer, not an error: nothing was
 * sent, and the parent must know that the assertion is still good.
 */
static bool prepare(struct sys *sys, const struct request *req, struct buf *roots,
		    struct fetch **fetch, struct answer *out)
{
	struct err e = { 0 };

	if (read_roots(sys, req, roots, &e) == 0 &&	/* the CA files */
	    fetch_new(fetch, sys, &e) == 0)		/* /etc/resolv.conf */
		return true;
	answer_none(ANSWER_NOT_SENT, e.msg, out);
	return false;
}

/* The exchange itself. Only fails when no attempt could be made. */
static int exchange(struct sys *sys, struct fetch *fetch, const struct request *req,
		    const struct buf *roots, struct mono deadline, struct answer *out, struct err *e)
{
	static const char *const headers[] = {
		"Content-Type: application/json",
		"Accept: application/json",
		"anthropic-beta: oauth-2025-04-20,oidc-federation-2026-04-01",
		NULL,
	};
	AUTO(buf) struct buf url = { .max = 4096 }, body = { .max = 2 * ASSERTION_MAX };
	AUTO(fetch_answer) struct fetch_answer got = { 0 };
	struct err why = { 0 };
	enum fetch_result result;

	buf_addf(&url, "%s/v1/oauth/token", req->base_url);
	request_body(req, &body);
	if (buf_check(&url, "base-url", e) < 0 || buf_check(&body, "the request's body", e) < 0)
		return -1;
	result = fetch_post(fetch, &(struct fetch_request){
		.url = url.data, .headers = headers, .body = body.data, .body_len = body.len,
		.ca_pem = roots->data, .ca_len = roots->len, .proxy = req->proxy,
		.no_proxy = req->no_proxy, .insecure = req->insecure, .deadline = deadline,
	}, &got, &why);
	if (result == FETCH_ANSWERED)
		answer_judge(&(struct answer_http){
			.status = got.status, .body = got.body.data, .body_len = got.body.len,
			.request_id = got.request_id, .retry_after = got.retry_after, .date = got.date,
		}, sys->ops->wall_now(sys), out);
	else
		answer_none(result == FETCH_NOT_SENT ? ANSWER_NOT_SENT : ANSWER_TRANSIENT, why.msg, out);
	return 0;
}

static int run(struct sys *sys, struct err *e)
{
	struct mono start = sys->ops->boot_now(sys);
	AUTO(buf) struct buf text = { .max = REQUEST_MAX }, roots = { .max = CA_MAX };
	AUTO(buf) struct buf out = { .max = 2 * TOKEN_MAX };
	AUTO(answer) struct answer answer = { 0 };
	AUTO(fetch) struct fetch *fetch = NULL;
	const char *unconfined = NULL;
	struct request req;

	/* The order matters: each step may open what the one after it, or confine_late, forbids. */
	confine_early();				/* before a library reads the environment */
	if (fetch_init(e) < 0)				/* OpenSSL, without a configuration file */
		return -1;
	if (read_request(sys, &text, &req, e) < 0)	/* stdin */
		return -1;
	if (prepare(sys, &req, &roots, &fetch, &answer)) {
		unconfined = confine_late();		/* from here on: /etc/hosts and sockets */
		if (exchange(sys, fetch, &req, &roots, mono_add_ms(start, req.timeout_ms),
			     &answer, e) < 0)
			return -1;
	}
	answer.unconfined = unconfined; /* said in any case: the parent logs it */
	answer_print(&answer, &out);
	if (buf_check(&out, "the answer", e) < 0)
		return -1;
	return fileio_write_all(sys, STDOUT_FILENO, out.data, out.len, "the answer", e);
}

int main(int argc, char **argv)
{
	struct sys sys = sys_real();
	struct err e = { 0 };

	if (argc == 2 && !strcmp(argv[1], "--help"))
		return fputs(usage, stdout) < 0 || fflush(stdout) ? 111 : 0;
	if (argc == 2 && !strcmp(argv[1], "--version"))
		return printf("wif-exchange %s\n", WIF_VERSION) < 0 || fflush(stdout) ? 111 : 0;
	if (argc != 1) {
		(void)fputs(usage, stderr);
		return 100;
	}
	if (run(&sys, &e) < 0)
		(void)fprintf(stderr, "wif-exchange: %s\n", e.msg);
	_exit(err_exit(&e)); /* not exit: what OpenSSL would tidy up dies with the process */
}
