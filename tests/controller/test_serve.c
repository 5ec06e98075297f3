/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <curl/curl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "common/buf.h"
#include "tests/controller/process.h"
#include "tests/controller/reviewing.h"
#include "tests/support/text.h"
#include "tests/support/tls_client.h"

#define HEALTH "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
#define BODY_MAX (8u << 20) /* bytes, of design.md §7 */

static char *review(const char *name)
{
	struct workdir data = { "tests/data/reviews" };

	return workdir_read(&data, name);
}

/* A POST of BODY to /mutate, head and all. */
static void post_text(struct buf *out, const char *body)
{
	buf_init(out, 64 << 20);
	buf_addf(
		out,
		"POST /mutate?timeout=5s HTTP/1.1\r\nhost: claude-wif.claude-wif-system.svc:443\r\n"
		"user-agent: kube-apiserver-admission\r\naccept: application/json, */*\r\n"
		"content-type: application/json\r\ncontent-length: %zu\r\n\r\n%s",
		strlen(body), body);
}

/* Send BODY on C; whether the pod was admitted, PATCHED or as it is. */
static bool is_admitted(struct tls_client *c, const char *body, bool patched)
{
	AUTO(buf) struct buf post;
	char head[2048], answer[65536];
	size_t len;

	post_text(&post, body);
	return tls_client_send(c, post.data, post.len) &&
	       tls_client_answer(c, head, sizeof(head), answer, sizeof(answer), &len) == 200 &&
	       strstr(answer, "\"allowed\":true") &&
	       patched == !!strstr(answer, "\"allowed\":true,\"patchType\":\"JSONPatch\"");
}

/* Send the recorded Deployment pod on C; whether it came back patched. */
static bool is_served(struct tls_client *c)
{
	AUTO(free) char *body = review("deployment-pod.json");

	return is_admitted(c, body, true);
}

/* The same pod, which does not ask. */
static bool is_left_alone(struct tls_client *c)
{
	static const char asks[] = "wif.anthropic.com/inject";
	AUTO(free) char *body = review("deployment-pod.json");
	char *at = strstr(body, asks);

	cr_assert(at != NULL);
	memcpy(at, "not", 3); /* a key of somebody else's */
	return is_admitted(c, body, false);
}

static void expect_served(const struct process *p, const char *after)
{
	AUTO(client) struct tls_client c = tls_client_open(p->port, true);

	cr_expect(is_served(&c), "after %s", after);
}

static size_t keep(char *data, size_t size, size_t n, void *user)
{
	buf_add(user, data, size * n);
	return n;
}

static void must(CURLcode rc)
{
	cr_assert(eq(int, rc, CURLE_OK), "%s", curl_easy_strerror(rc));
}

Test(serve, answers_curl_over_one_connection, .timeout = 60)
{
	static const char *const names[] = { "bare-pod.json", "daemonset-pod.json",
					     "deployment-pod.json", "job-pod.json" };
	AUTO(process) struct process p = process_prepare();
	CURL *curl = curl_easy_init();
	long connects = 0;
	char url[64];

	process_serve(&p, "0");
	(void)snprintf(url, sizeof(url), "https://localhost:%d/mutate", p.port);
	must(curl_easy_setopt(curl, CURLOPT_URL, url));
	must(curl_easy_setopt(curl, CURLOPT_PROXY, ""));
	must(curl_easy_setopt(curl, CURLOPT_CAINFO, workdir_path(&p.dir, "tls.crt")));
	must(curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep));
	for (size_t i = 0; i < 40; i++) {
		AUTO(free) char *body = review(names[i % COUNTOF(names)]);
		AUTO(buf) struct buf out;
		long status = 0, fresh = 0;

		buf_init(&out, 1 << 20);
		must(curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body));
		must(curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)strlen(body)));
		must(curl_easy_setopt(curl, CURLOPT_WRITEDATA, &out));
		must(curl_easy_perform(curl));
		must(curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status));
		must(curl_easy_getinfo(curl, CURLINFO_NUM_CONNECTS, &fresh));
		connects += fresh;
		cr_expect(eq(long, status, 200));
		cr_expect(strstr(out.data, "\"allowed\":true") != NULL, "%s", out.data);
	}
	cr_expect(eq(long, connects, 1), "keep-alive holds");
	curl_easy_cleanup(curl);
	cr_expect(eq(int, process_end(&p, SIGTERM), 0));
}

#define CHUNKED                                                                                    \
	"POST /mutate HTTP/1.1\r\nhost: x\r\ntransfer-encoding: "                                  \
	"chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"

/* Each leaves its connection in some bad state; the one that hangs would be here. */
static void send_pipelined(const struct process *p, const char *body)
{
	AUTO(client) struct tls_client c = tls_client_open(p->port, true);
	AUTO(buf) struct buf one, two;

	post_text(&one, body);
	buf_init(&two, 1 << 20);
	buf_add(&two, one.data, one.len);
	buf_add(&two, one.data, one.len);
	cr_assert(two.len <= 16384, "both fit one TLS record: %zu", two.len);
	cr_expect(tls_client_send(&c, two.data, two.len));
	(void)tls_client_status(&c);
	cr_expect(tls_client_at_end(&c), "no request behind a body is served");
}

static void send_early_closes(const struct process *p, const char *body)
{
	AUTO(buf) struct buf post;

	post_text(&post, body);
	for (size_t cut = 1; cut < post.len; cut += post.len / 7) {
		AUTO(client) struct tls_client c = tls_client_open(p->port, true);

		cr_expect(tls_client_send(&c, post.data, cut));
	}
}

/* A body of LEN blanks, which is no JSON: the status. */
static int send_blanks(const struct process *p, size_t len)
{
	AUTO(client) struct tls_client c = tls_client_open(p->port, true);
	AUTO(free) char *body = calloc(1, len + 1);
	AUTO(buf) struct buf post;

	cr_assert(body != NULL);
	memset(body, ' ', len);
	post_text(&post, body);
	(void)tls_client_send(&c, post.data, post.len);
	return tls_client_status(&c);
}

static int send_text(const struct process *p, const char *text)
{
	AUTO(client) struct tls_client c = tls_client_open(p->port, true);

	cr_expect(tls_client_sends(&c, text));
	return tls_client_status(&c);
}

Test(serve, hostile_clients_do_not_keep_the_next_from_its_answer, .timeout = 120)
{
	AUTO(process) struct process p = process_prepare();
	AUTO(free) char *small = review("bare-pod.json");

	process_serve(&p, "0");
	send_pipelined(&p, small);
	expect_served(&p, "two pipelined posts in one record");
	send_early_closes(&p, small);
	expect_served(&p, "early closes");
	cr_expect(eq(int, send_text(&p, CHUNKED), 411));
	expect_served(&p, "a chunked body");
	cr_expect(eq(int, send_text(&p, "GET /mutate HTTP/1.1\r\nhost: x\r\n\r\n"), 405));
	expect_served(&p, "a get");
	cr_expect(eq(int,
		     send_text(&p, "POST /x HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}"),
		     404));
	expect_served(&p, "another path");
	for (int i = 0; i < 3; i++)
		cr_expect(eq(int, send_blanks(&p, BODY_MAX), 400));
	expect_served(&p, "bodies of 8 MiB");
	cr_expect(eq(int, send_blanks(&p, BODY_MAX + 1), 413));
	expect_served(&p, "a body over 8 MiB");
	cr_expect(eq(int, process_end(&p, SIGTERM), 0));
}

Test(serve, a_slow_drip_is_cut_while_others_are_served, .timeout = 120)
{
	AUTO(process) struct process p = process_prepare();
	AUTO(client) struct tls_client c = { .fd = -1 };

	process_serve(&p, "0");
	c = tls_client_open(p.port, true);
	cr_assert(tls_client_sends(
		&c, "POST /mutate HTTP/1.1\r\nhost: x\r\ncontent-length: 4000\r\n\r\n"));
	while (!tls_client_ready(&c, 500)) {
		(void)tls_client_sends(&c, " ");
		expect_served(&p, "one more byte of the drip");
	}
	cr_expect(tls_client_at_end(&c));
	expect_served(&p, "the drip");
	cr_expect(eq(int, process_end(&p, SIGTERM), 0));
}

Test(serve, has_descriptors_for_all_connections_that_it_takes, .timeout = 60)
{
	AUTO(process) struct process p = process_prepare();
	struct rlimit was, few, has;

	cr_assert(eq(int, getrlimit(RLIMIT_NOFILE, &was), 0));
	few = was;
	few.rlim_cur = 256;
	cr_assert(eq(int, setrlimit(RLIMIT_NOFILE, &few), 0));
	process_serve(&p, "0");
	cr_assert(eq(int, setrlimit(RLIMIT_NOFILE, &was), 0));
	cr_assert(eq(int, prlimit(p.pid, RLIMIT_NOFILE, NULL, &has), 0));
	cr_expect(has.rlim_cur >= 1200 || has.rlim_cur == has.rlim_max);
	cr_expect(eq(int, process_end(&p, SIGTERM), 0));
}

/* As many as the health port takes, by anybody who reaches it; then the kubelet's probe. */
Test(serve, idle_connections_do_not_keep_the_kubelet_out, .timeout = 60)
{
	AUTO(process) struct process p = process_prepare();
	struct tls_client idle[64];
	char text[256];
	int status = 0;

	process_serve(&p, "0");
	for (size_t i = 0; i < COUNTOF(idle); i++) {
		idle[i] = tls_client_open(p.metrics_port, false);
		cr_assert(tls_client_sends(&idle[i], HEALTH));
		cr_assert(eq(int, tls_client_status(&idle[i]), 200));
	}
	while (status != 200) { /* the youngest must have been idle for a second */
		AUTO(client) struct tls_client probe = tls_client_open(p.metrics_port, false);

		if (tls_client_sends(&probe, HEALTH))
			status = tls_client_status(&probe);
		cr_assert(status == 200 || tls_client_ready(&idle[63], 50) == 0);
	}
	/* The probe's end may not have been seen yet, and the next in line not idle for long enough. */
	while (reviewing_get(&p, "/readyz", text, sizeof(text)) != 200)
		cr_assert(tls_client_ready(&idle[63], 50) == 0);
	for (size_t i = 0; i < COUNTOF(idle); i++)
		tls_client_close(&idle[i]);
	cr_expect(eq(int, process_end(&p, SIGTERM), 0));
}

Test(serve, serves_on_and_is_not_ready_after_sigterm, .timeout = 60)
{
	AUTO(process) struct process p = process_prepare();
	AUTO(client) struct tls_client old = { .fd = -1 };
	char text[256];

	process_serve(&p, "3");
	old = tls_client_open(p.port, true);
	cr_expect(is_served(&old));
	cr_expect(eq(int, reviewing_get(&p, "/readyz", text, sizeof(text)), 200));
	cr_expect(eq(str, text, TEXT("ok\n")));
	cr_assert(eq(int, kill(p.pid, SIGTERM), 0));
	while (reviewing_get(&p, "/readyz", text, sizeof(text)) == 200)
		(void)tls_client_ready(&old, 50); /* nothing comes: it paces the questions */
	cr_expect(eq(str, text, TEXT("terminating\n")));
	cr_expect(eq(int, reviewing_get(&p, "/healthz", text, sizeof(text)), 200));
	cr_expect(is_served(&old), "on a connection from before");
	cr_expect(is_served(&old), "a patch leaves it open: the pod's next review comes there");
	cr_expect(is_left_alone(&old), "this one is answered there too");
	cr_expect(tls_client_at_end(&old), "and that, without a patch, was its last answer");
	expect_served(&p, "SIGTERM, on a new connection");
	cr_expect(eq(int, process_end(&p, SIGTERM), 0), "a second signal changes nothing");
}

Test(serve, shows_a_new_certificate_and_keeps_old_connections, .timeout = 60)
{
	AUTO(process) struct process p = process_prepare();
	AUTO(client) struct tls_client old = { .fd = -1 };
	X509 *first, *now;
	bool same = true;

	process_serve(&p, "0");
	old = tls_client_open(p.port, true);
	first = SSL_get1_peer_certificate(old.ssl);
	workdir_pair(&p.dir, "tls.crt", "tls.key", 7200);
	while (same) {
		AUTO(client) struct tls_client c = tls_client_open(p.port, true);

		now = SSL_get1_peer_certificate(c.ssl);
		same = X509_cmp(first, now) == 0;
		X509_free(now);
		(void)tls_client_ready(&old, 50);
	}
	cr_expect(is_served(&old));
	X509_free(first);
	cr_expect(eq(int, process_end(&p, SIGINT), 0));
}

Test(serve, figures_and_log_tell_of_a_review_and_nothing_of_its_object, .timeout = 60)
{
	AUTO(process) struct process p = process_prepare();
	AUTO(free) char *log = NULL;
	char text[16384];

	process_serve(&p, "0");
	expect_served(&p, "the start");
	cr_expect(eq(int, reviewing_get(&p, "/metrics", text, sizeof(text)), 200));
	cr_expect(strstr(text, "claude_wif_admission_reviews_total{decision=\"patched\",reason="
			       "\"Injected\"} 1\n") != NULL,
		  "%s", text);
	cr_expect(eq(int, reviewing_get(&p, "/other", text, sizeof(text)), 404));
	cr_expect(eq(int, process_end(&p, SIGTERM), 0));
	log = workdir_read(&p.dir, "log");
	cr_expect(
		strstr(log,
		       "\"uid\":\"ecc3807f-c509-4692-bdc8-169caae6ff34\",\"namespace\":\"default\","
		       "\"name\":\"chat-api-569b9d9d7c-*\",\"decision\":\"patched\","
		       "\"reason\":\"Injected\",\"dry_run\":false}\n") != NULL,
		"%s", log);
	cr_expect(strstr(log, "checksum/config") == NULL, "an annotation of the pod");
}
