/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/stand.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "sandbox/jose.h"
#include "tests/support/scratch.h"
#include "tests/support/tls_client.h"

#define ARGS_MAX 40

const char stand_exchange_headers[] =
	"Content-Type: application/json\r\nUser-Agent: test\r\n"
	"anthropic-beta: oauth-2025-04-20,oidc-federation-2026-04-01\r\n";

/* The wif-sandbox of this test binary's kind: BUILD/tests/KIND/sandbox -> BUILD/[asan/]wif-sandbox. */
static void find_program(char *out, size_t size)
{
	char self[4096] = "";
	char *slash;

	cr_assert(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	slash = strrchr(self, '/');
	*slash = '\0';
	cr_assert(strrchr(self, '/') != NULL);
	(void)snprintf(out, size, "%s/../../%swif-sandbox", self,
		       strcmp(strrchr(self, '/'), "/asan") ? "" : "asan/");
	cr_assert(access(out, X_OK) == 0, "%s is not built", out);
}

static pid_t start(const char *const *argv)
{
	const char *full[ARGS_MAX] = { "wif-sandbox" };
	char program[4200];
	pid_t pid;

	find_program(program, sizeof(program));
	for (int n = 0; argv[n] && n + 2 < ARGS_MAX; n++)
		full[n + 1] = argv[n];
	pid = fork();
	cr_assert(pid >= 0);
	if (!pid) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a failed test leaves nothing running */
		(void)execv(program, (char *const *)(uintptr_t)full);
		_exit(127);
	}
	return pid;
}

static int finish(pid_t pid)
{
	int status;

	cr_assert(waitpid(pid, &status, 0) == pid);
	cr_assert(WIFEXITED(status), "ended by signal %d", WTERMSIG(status));
	return WEXITSTATUS(status);
}

int stand_run(const char *const *argv)
{
	return finish(start(argv));
}

void stand_start(struct stand *s, const char *const *argv)
{
	s->pid = start(argv);
}

void stand_init(struct stand *s)
{
	char keys[64];

	*s = (struct stand){ .pid = 0 };
	scratch_make(s->dir, sizeof(s->dir), "/tmp");
	(void)snprintf(keys, sizeof(keys), "%s/keys", s->dir);
	cr_assert(stand_run((const char *const[]){ "keygen", "--alg", "ES256", "--out", keys,
						   NULL }) == 0);
}

int stand_end(pid_t pid)
{
	cr_assert(!kill(pid, SIGTERM));
	return finish(pid);
}

void stand_fini(struct stand *s)
{
	if (s->pid)
		cr_assert(stand_end(s->pid) == 0);
	if (s->dir[0])
		scratch_remove(s->dir);
	*s = (struct stand){ .pid = 0 };
}

/* Wait for the port file, which comes by a rename, and read it. */
static void read_ports(struct stand *s, int notify)
{
	struct pollfd p = { .fd = notify, .events = POLLIN };
	char path[64], seen[4096];
	FILE *f = NULL;

	(void)snprintf(path, sizeof(path), "%s/ports", s->dir);
	while (!(f = fopen(path, "re"))) {
		cr_assert(poll(&p, 1, 20000) == 1, "serve does not say its ports");
		cr_assert(read(notify, seen, sizeof(seen)) > 0);
	}
	cr_assert(fscanf(f, "listen %d\nadmin %d\n", &s->port, &s->admin) == 2);
	(void)fclose(f);
}

void stand_serve(struct stand *s, bool tls, const char *const *more)
{
	char ports[64], jwks[64], cert[64], key[64], events[64];
	const char *argv[ARGS_MAX] = {
		"serve", "--admin", "127.0.0.1:0", "--port-file", ports, "--issuer", STAND_ISSUER,
		"--jwks", jwks, "--audience", STAND_AUDIENCE, "--subject",
		"system:serviceaccount:team-a:*", "--rule", "fdrl_01", "--organization",
		"00000000-0000-0000-0000-000000000000", "--service-account", "svac_01",
		"--events", events,
	};
	int notify = inotify_init1(IN_CLOEXEC), n = 0;

	(void)snprintf(ports, sizeof(ports), "%s/ports", s->dir);
	(void)snprintf(jwks, sizeof(jwks), "%s/keys/jwks.json", s->dir);
	(void)snprintf(cert, sizeof(cert), "%s/keys/tls.crt", s->dir);
	(void)snprintf(key, sizeof(key), "%s/keys/tls.key", s->dir);
	(void)snprintf(events, sizeof(events), "%s/events", s->dir);
	while (argv[n])
		n++;
	argv[n++] = tls ? "--tls-cert" : "--plain";
	if (tls) {
		argv[n++] = cert;
		argv[n++] = "--tls-key";
		argv[n++] = key;
	}
	for (size_t i = 0; more && more[i]; i++)
		argv[n++] = more[i];
	cr_assert(inotify_add_watch(notify, s->dir, IN_MOVED_TO) >= 0);
	s->tls = tls;
	s->pid = start(argv);
	read_ports(s, notify);
	(void)close(notify);
}

char *stand_assertion(const struct stand *s, const char *jti)
{
	json_int_t now = (json_int_t)time(NULL);
	json_auto_t *claims = json_pack("{s:s, s:[s], s:s, s:s, s:I, s:I}", "iss", STAND_ISSUER,
					"aud", STAND_AUDIENCE, "sub", STAND_SUBJECT, "jti", jti,
					"iat", now, "exp", now + 600);
	AUTO(pkey) EVP_PKEY *key = NULL;
	AUTO(buf) struct buf jwt;
	char path[64];
	struct err e;
	FILE *f;

	buf_init(&jwt, 16 * 1024);
	(void)snprintf(path, sizeof(path), "%s/keys/issuer.key", s->dir);
	f = fopen(path, "re");
	cr_assert(f != NULL);
	key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
	(void)fclose(f);
	cr_assert(key && !jose_sign(key, claims, &jwt, &e));
	return buf_take(&jwt);
}

struct stand_answer stand_ask(int port, bool tls, const char *method, const char *path,
			      const char *headers, const char *body)
{
	struct tls_client c = tls_client_open(port, tls);
	struct stand_answer a = { .status = 0 };
	AUTO(buf) struct buf req;

	buf_init(&req, 64 * 1024);
	buf_addf(&req, "%s %s HTTP/1.1\r\nHost: localhost\r\n%s", method, path, headers);
	if (strcmp(method, "GET") != 0)
		buf_addf(&req, "Content-Length: %zu\r\n", strlen(body));
	buf_addf(&req, "\r\n%s", body);
	cr_assert(tls_client_send(&c, req.data, req.len));
	a.status = tls_client_answer(&c, a.head, sizeof(a.head), a.body, sizeof(a.body), &a.len);
	tls_client_close(&c);
	return a;
}

void stand_exchange_body(struct buf *out, const char *assertion)
{
	buf_addf(out, "{\"grant_type\":\"urn:ietf:params:oauth:grant-type:jwt-bearer\","
		      "\"assertion\":\"%s\",\"federation_rule_id\":\"fdrl_01\","
		      "\"organization_id\":\"00000000-0000-0000-0000-000000000000\","
		      "\"service_account_id\":\"svac_01\"}", assertion);
}

struct stand_answer stand_exchange(const struct stand *s, const char *assertion)
{
	AUTO(buf) struct buf body;

	buf_init(&body, 32 * 1024);
	stand_exchange_body(&body, assertion);
	return stand_ask(s->port, s->tls, "POST", "/v1/oauth/token", stand_exchange_headers,
			 body.data);
}

void stand_admin(const struct stand *s, const char *path, const char *body)
{
	struct stand_answer a = stand_ask(s->admin, false, "POST", path, "", body);

	cr_assert(a.status == 200, "%s %s: %d %s", path, body, a.status, a.body);
}

json_int_t stand_figure(const struct stand *s, const char *path)
{
	struct stand_answer a = stand_ask(s->admin, false, "GET", "/stats", "", "");
	json_auto_t *stats = json_loads(a.body, 0, NULL);
	const char *dot = strchr(path, '.');
	const json_t *at = stats;
	char group[32];

	if (dot) {
		(void)snprintf(group, sizeof(group), "%.*s", (int)(dot - path), path);
		at = json_object_get(stats, group);
		path = dot + 1;
	}
	at = json_object_get(at, path);
	cr_assert(json_is_integer(at), "no figure %s in %s", path, a.body);
	return json_integer_value(at);
}
