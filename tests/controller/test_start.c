/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/attr.h"
#include "tests/controller/process.h"
#include "tests/support/text.h"

#define FILES                                                                                      \
	"--no-cluster", "--config", "%config.yaml", "--tls-cert", "%tls.crt", "--tls-key", "%tls.key"

/* What it printed to NAME ("out" or "log"), with the directory's path taken out. */
static char *printed(struct process *p, const char *name)
{
	char *text = workdir_read(&p->dir, name), *at;
	size_t n = strlen(p->dir.path) + 1;

	while ((at = strstr(text, p->dir.path)))
		memmove(at, at + n, strlen(at + n) + 1);
	return text;
}

static const struct {
	const char *args[14];
	int status;
	const char *want; /* a line */
} refused[] = {
	{{NULL}, 100, "wif-controller: --config FILE is missing; see wif-controller --help\n"},
	{{"--config", "%config.yaml"},
	 100,
	 "wif-controller: --tls-cert FILE is missing; see wif-controller --help\n"},
	{{"--config", "%absent", "--check-config"},
	 111,
	 "wif-controller: unable to open absent: No such file or directory\n"},
	{{"--config", "%bad.yaml", "--check-config"},
	 100,
	 "wif-controller: bad.yaml:3: federations.d.federationRuleID: unknown key; did you "
	 "mean federationRuleId?\n"},
	{{"--config", "%tls.key", "--check-config"},
	 100,
	 "wif-controller: tls.key:1: not a map; write \"key: value\" lines below it\n"},
	{{"--config", "%tls.crt", "--tls-cert", "%tls.crt", "--tls-key", "%tls.key"},
	 100,
	 "wif-controller: tls.crt:1: not a map; write \"key: value\" lines below it\n"},
	{{"--config", "%config.yaml", "--tls-cert", "%tls.crt", "--tls-key", "%other.key"},
	 100,
	 "wif-controller: other.key: not the key of the certificate in tls.crt"},
	{{FILES, "--listen", "192.0.2.1:0"},
	 111,
	 "wif-controller: unable to listen on 192.0.2.1 port 0: Cannot assign requested address\n"},
	{{FILES, "--listen", "127.0.0.1:0", "--port-file", "%absent/ports"},
	 111,
	 "wif-controller: unable to open absent/ for the port file: No such file or directory\n"},
	{{"--config", "%config.yaml", "--tls-cert", "%tls.crt", "--tls-key", "%tls.key", "--listen",
	  "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0"},
	 100,
	 "wif-controller: no cluster: KUBERNETES_SERVICE_HOST and _PORT are not set; run in a pod, "
	 "or use --kubeconfig FILE or --no-cluster\n"},
};

Test(start, refuses_with_one_line_and_the_right_status, .timeout = 60)
{
	AUTO(process) struct process p = process_prepare();

	workdir_pair(&p.dir, "other.crt", "other.key", 3600);
	workdir_write(&p.dir, "bad.yaml",
		      "writer: {image: w}\nfederations:\n  d: {federationRuleID: fdrl_a}\n");
	for (size_t i = 0; i < COUNTOF(refused); i++) {
		AUTO(free) char *log = NULL;
		const char *line;

		cr_expect(eq(int, process_run(&p, refused[i].args), refused[i].status), "%s",
			  refused[i].want);
		log = printed(&p, "log");
		line = strstr(log, "wif-controller: ");
		cr_assert(line != NULL, "%s", log);
		cr_expect(eq(int, strncmp(line, refused[i].want, strlen(refused[i].want)), 0), "%s",
			  line);
		cr_expect(strchr(line, '\n')[1] == '\0', "one line, the last: %s", line);
	}
	cr_expect(access(workdir_path(&p.dir, "ports"), F_OK) != 0);
}

Test(start, check_config_says_what_is_in_it, .timeout = 60)
{
	static const char *const args[] = { "--config", "%config.yaml", "--check-config", NULL };
	AUTO(process) struct process p = process_prepare();
	AUTO(free) char *out = NULL, *log = NULL;
	char hash[17];

	cr_assert(eq(int, process_run(&p, args), 0));
	out = printed(&p, "out");
	log = printed(&p, "log");
	cr_expect(
		eq(int,
		   sscanf(out,
			  "config.yaml: ok: 1 federation(s), 0 policy rule(s), hash %16[0-9a-f]\n",
			  hash),
		   1),
		"%s", out);
	cr_expect(eq(str, log, TEXT("")));
}

Test(start, version_and_help_go_to_standard_output, .timeout = 60)
{
	static const char *const version[] = { "--version", NULL };
	static const char *const help[] = { "--help", NULL };
	AUTO(process) struct process p = process_prepare();
	AUTO(free) char *out = NULL, *log = NULL, *text = NULL;

	cr_assert(eq(int, process_run(&p, version), 0));
	out = printed(&p, "out");
	cr_expect(eq(str, out, TEXT("wif-controller " WIF_VERSION "\n")));
	cr_assert(eq(int, process_run(&p, help), 0));
	text = printed(&p, "out");
	log = printed(&p, "log");
	cr_expect(strstr(text, "--check-config") != NULL);
	cr_expect(eq(str, log, TEXT("")));
}
