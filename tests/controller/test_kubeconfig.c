/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "controller/kubeconfig.h"
#include "tests/controller/workdir.h"
#include "tests/support/leaks.h"
#include "tests/support/text.h"

Test(kubeconfig, reads_a_kubeconfig)
{
	static const char config[] =
		"apiVersion: v1\nkind: Config\npreferences: {}\ncurrent-context: b\n"
		"contexts:\n- {name: a, context: {cluster: x, user: y}}\n"
		"- {name: b, context: {cluster: k, user: u}}\n"
		"clusters:\n- name: k\n  cluster: {server: 'https://h:6443/', "
		"certificate-authority: ca.crt}\n"
		"users:\n- name: u\n  user: {client-certificate-data: QUJD, client-key-data: QUI=, "
		"token: secret}\n";
	struct workdir dir = workdir_open();
	struct sys sys = sys_real();
	struct kube_target t;
	struct err e = { 0 };
	AUTO(buf) struct buf ca;

	buf_init(&ca, 100);
	workdir_write(&dir, "config", config);
	workdir_write(&dir, "ca.crt", "PEM\n");
	cr_assert(kubeconfig_read(&sys, workdir_path(&dir, "config"), &t, &e) == 0, "%s",
		  e.msg);
	cr_expect(eq(str, t.server, TEXT("https://h:6443")));
	cr_expect(eq(str, t.token.text.data, TEXT("secret")));
	cr_expect(eq(str, t.cert.text.data, TEXT("ABC")));
	cr_expect(eq(str, t.key.text.data, TEXT("AB")));
	cr_assert(kube_target_read(&sys, &t.ca, &ca, &e) == 0, "%s", e.msg);
	cr_expect(eq(str, ca.data, TEXT("PEM")));
	kube_target_fini(&t);
	buf_fini(&ca);
	workdir_close(&dir);
	NO_LEAKS();
}

static void expect_refused(const struct workdir *dir, const char *cluster, const char *user,
			   const char *want)
{
	AUTO(free) char *config = NULL;
	struct workdir d = *dir;
	struct sys sys = sys_real();
	struct kube_target t = { .server = NULL };
	struct err e = { 0 };
	int rc;

	cr_assert(asprintf(&config,
			   "current-context: c\n"
			   "contexts: [{name: c, context: {cluster: k, user: u}}]\n"
			   "clusters: [{name: k, cluster: {server: 'https://h'%s}}]\n"
			   "users: [{name: u, user: {token: t%s}}]\n", cluster, user) > 0);
	workdir_write(&d, "config", config);
	rc = kubeconfig_read(&sys, workdir_path(&d, "config"), &t, &e);
	cr_expect(eq(int, rc, want ? -1 : 0), "%s%s: %s", cluster, user, e.msg);
	cr_expect(want == NULL || strstr(e.msg, want), "%s: not: %s", e.msg, want);
	kube_target_fini(&t);
}

Test(kubeconfig, refuses_what_it_would_have_to_ignore)
{
	struct workdir dir = workdir_open();

	expect_refused(&dir, "", "", NULL);
	expect_refused(&dir, ", insecure-skip-tls-verify: false, tls-server-name: ''", "", NULL);
	expect_refused(&dir, ", tls-server-name: x", "", "clusters: tls-server-name: not");
	expect_refused(&dir, ", insecure-skip-tls-verify: true", "",
		       "clusters: insecure-skip-tls-verify: not");
	expect_refused(&dir, ", proxy-url: 'http://p'", "", "clusters: proxy-url: not");
	expect_refused(&dir, "", ", exec: {command: aws}", "users: exec: not");
	expect_refused(&dir, "", ", auth-provider: {name: gcp}", "users: auth-provider: not");
	expect_refused(&dir, "", ", as: somebody", "users: as: not");
	workdir_close(&dir);
	NO_LEAKS();
}

Test(kubeconfig, refuses_with_what_and_how)
{
	static const struct {
		const char *config, *want;
	} rows[] = {
		{ "a: b\n", "current-context is missing" },
		{ "[]\n", "not a kubeconfig" },
		{ "current-context: c\n", "contexts: there is no \"c\"" },
		{ "current-context: c\ncontexts: [{name: c, context: {cluster: k}}]\n",
		  "clusters: there is no \"k\"" },
		{ "current-context: c\ncontexts: [{name: c, context: {cluster: k}}]\n"
		  "clusters: [{name: k, cluster: {server: 'http://10.0.0.1:80'}}]\n",
		  "use https://HOST" },
		{ "current-context: c\ncontexts: [{name: c, context: {cluster: k}}]\n"
		  "clusters: [{name: k, cluster: {server: 'https://h', "
		  "certificate-authority-data: '?'}}]\n", "not base64" },
	};
	struct workdir dir = workdir_open();
	struct sys sys = sys_real();

	for (size_t i = 0; i < COUNTOF(rows); i++) {
		struct kube_target t;
		struct err e = { 0 };

		workdir_write(&dir, "config", rows[i].config);
		cr_expect(kubeconfig_read(&sys, workdir_path(&dir, "config"), &t, &e) == -1);
		cr_expect(strstr(e.msg, rows[i].want) != NULL, "%s", e.msg);
		cr_expect(eq(int, err_exit(&e), 100));
	}
	workdir_close(&dir);
	NO_LEAKS();
}
