/* SPDX-License-Identifier: Apache-2.0 */

/* Whom the client of the API server believes, and how it shows itself. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "kube/kube_http.h"
#include "tests/controller/workdir.h"
#include "tests/support/leaks.h"
#include "tests/support/text.h"
#include "tests/support/tls_api.h"

#define HERE "IP:127.0.0.1"

/* A server, a client of it, and what came of the client's last call. */
struct pair {
	struct workdir dir;
	struct sys sys;
	struct tls_api *api;
	struct kube_target target;
	struct kube_http *http;
	struct kube_call call;
	bool done;
	int status;
	struct err e;
	char answer[64], authorization[128], subject[128];
};

static bool on_data(void *ctx, const char *data, size_t len)
{
	struct pair *p = ctx;
	size_t n = strlen(p->answer);

	cr_assert(n + len < sizeof(p->answer));
	memcpy(p->answer + n, data, len);
	return true;
}

static void on_done(void *ctx, int status, const struct err *e)
{
	struct pair *p = ctx;

	p->done = true;
	p->status = status;
	p->e = *e;
}

/* The path of a file of P's, or NULL. */
static char *path_of(const struct pair *p, const char *name)
{
	return name ? strdup(workdir_path(&p->dir, name)) : NULL;
}

/* A server with ALT's certificate of the CA "ca", and CLIENTS; a client that trusts the file CA. */
static void open_pair(struct pair *p, const char *alt, const char *clients, const char *ca)
{
	struct err e = { 0 };

	*p = (struct pair){ .dir = workdir_open(), .sys = sys_real() };
	tls_api_certify(p->dir.path, "ca", NULL, NULL);
	tls_api_certify(p->dir.path, "other", NULL, NULL);
	tls_api_certify(p->dir.path, "server", "ca", alt);
	tls_api_certify(p->dir.path, "client", "ca", "DNS:client");
	p->api = tls_api_new(p->dir.path, "server", clients);
	workdir_write(&p->dir, "token", "first\n");
	cr_assert(asprintf(&p->target.server, "https://127.0.0.1:%d", tls_api_port(p->api)) > 0);
	p->target.ca.path = path_of(p, ca);
	p->target.token.path = path_of(p, "token");
	cr_assert(kube_http_new(&p->http, &p->target, &p->sys, &e) == 0, "%s", e.msg);
}

static void close_pair(struct pair *p)
{
	kube_http_free(p->http);
	tls_api_free(p->api);
	kube_target_fini(&p->target);
	workdir_close(&p->dir);
}

/* GET something: the status, 0 for none. */
static int get(struct pair *p)
{
	struct err e = { 0 };

	p->done = false;
	memset(p->answer, 0, sizeof(p->answer));
	p->call = (struct kube_call){ .path = "/api", .accept = KUBE_ACCEPT_JSON,
				      .timeout_ms = 20000, .on_data = on_data, .on_done = on_done,
				      .ctx = p };
	cr_assert(kube_http_start(p->http, &p->call, &e) == 0, "%s", e.msg);
	while (!p->done)
		cr_assert(kube_http_turn(p->http, 1000, &e) == 0, "%s", e.msg);
	tls_api_last(p->api, p->authorization, p->subject);
	return p->status;
}

Test(kube_http, believes_a_server_of_the_clusters_own_ca, .timeout = 60)
{
	struct pair p;

	open_pair(&p, HERE, NULL, "ca.crt");
	cr_expect(eq(int, get(&p), 200), "%s", p.e.msg);
	cr_expect(eq(str, p.answer, TEXT("{}")));
	cr_expect(eq(str, p.authorization, TEXT("Bearer first")));
	cr_expect(eq(str, p.subject, TEXT("")));
	close_pair(&p);
}

/* Refused before anything was said: the token above all. */
static bool is_refused(struct pair *p, const char *why)
{
	int status = get(p);

	if (status != 0 || tls_api_requests(p->api) != 0 || !strstr(p->e.msg, why))
		cr_log_error("status %d, %d requests: %s", status, tls_api_requests(p->api),
			     p->e.msg);
	return status == 0 && tls_api_requests(p->api) == 0 && strstr(p->e.msg, why) &&
	       p->e.kind == ERR_TRANSIENT;
}

Test(kube_http, refuses_a_server_of_another_ca, .timeout = 60)
{
	struct pair p;

	open_pair(&p, HERE, NULL, "other.crt");
	cr_expect(is_refused(&p, "unable to get local issuer certificate"));
	close_pair(&p);
}

Test(kube_http, refuses_a_server_of_another_name, .timeout = 60)
{
	struct pair p;

	open_pair(&p, "IP:127.0.0.2,DNS:kubernetes", NULL, "ca.crt");
	cr_expect(is_refused(&p, "127.0.0.1"));
	close_pair(&p);
}

Test(kube_http, without_a_ca_believes_nobody, .timeout = 60)
{
	struct pair p;

	open_pair(&p, HERE, NULL, NULL);
	cr_expect(is_refused(&p, "unable to get local issuer certificate"));
	close_pair(&p);
}

Test(kube_http, a_connection_is_not_kept_beyond_the_ca_it_was_made_by, .timeout = 60)
{
	AUTO(free) char *other = NULL;
	struct pair p;

	open_pair(&p, HERE, NULL, "ca.crt");
	cr_assert(eq(int, get(&p), 200), "%s", p.e.msg);
	cr_assert(eq(int, get(&p), 200), "%s", p.e.msg);
	cr_expect(eq(int, tls_api_connections(p.api), 1), "kept alive");
	other = workdir_read(&p.dir, "other.crt");
	workdir_write(&p.dir, "ca.crt", other);
	cr_expect(eq(int, get(&p), 0));
	cr_expect(eq(int, tls_api_requests(p.api), 2));
	close_pair(&p);
}

Test(kube_http, shows_its_certificate_where_one_is_asked_for, .timeout = 60)
{
	struct pair p;

	open_pair(&p, HERE, "ca", "ca.crt");
	cr_expect(eq(int, get(&p), 0), "none is at hand");
	p.target.cert.path = path_of(&p, "client.crt");
	p.target.key.path = path_of(&p, "client.key");
	cr_expect(eq(int, get(&p), 200), "%s", p.e.msg);
	cr_expect(eq(str, p.subject, TEXT("/CN=client")));
	cr_expect(eq(int, tls_api_requests(p.api), 1));
	close_pair(&p);
}

Test(kube_http, reads_the_token_anew_for_each_request, .timeout = 60)
{
	struct pair p;

	open_pair(&p, HERE, NULL, "ca.crt");
	cr_assert(eq(int, get(&p), 200), "%s", p.e.msg);
	cr_expect(eq(str, p.authorization, TEXT("Bearer first")));
	workdir_write(&p.dir, "token", "second\n");
	cr_assert(eq(int, get(&p), 200), "%s", p.e.msg);
	cr_expect(eq(str, p.authorization, TEXT("Bearer second")));
	cr_expect(eq(int, tls_api_connections(p.api), 1), "over the same connection");
	close_pair(&p);
}

Test(kube_http, a_token_that_cannot_be_read_is_an_error_and_no_request, .timeout = 60)
{
	struct kube_call call = { .path = "/api", .accept = KUBE_ACCEPT_JSON, .timeout_ms = 1000 };
	struct pair p;
	struct err e = { 0 };

	open_pair(&p, HERE, NULL, "ca.crt");
	workdir_write(&p.dir, "token", "two\nlines\n");
	cr_expect(eq(int, kube_http_start(p.http, &call, &e), -1));
	cr_expect(strstr(e.msg, "lines") == NULL, "no token in %s", e.msg);
	cr_assert(unlink(p.target.token.path) == 0);
	cr_expect(eq(int, kube_http_start(p.http, &call, &e), -1));
	cr_expect(eq(int, e.kind, ERR_IO));
	cr_expect(eq(int, tls_api_requests(p.api), 0));
	close_pair(&p);
	NO_LEAKS();
}
