/* SPDX-License-Identifier: Apache-2.0 */

/* The issuer's keys: the program, and a fake of the API server that serves them. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "common/attr.h"
#include "tests/controller/reviewing.h"
#include "tests/support/fake_api.h"

#define KEYS(state) "\nclaude_wif_issuer_keys{state=\"" state "\"} "
#define ASKS ",\"annotations\":{\"wif.anthropic.com/inject\":\"true\"}"

/* The config of P is CONFIG, and these keys are registered; NULL: it does not say. */
static void configure(const struct process *p, const char *config, const char *keys)
{
	AUTO(free) char *text = NULL;

	cr_assert(asprintf(&text, "%s%s%s%s", config, keys ? "issuer: {registeredKeys: [" : "",
			   keys ? keys : "", keys ? "]}\n" : "") > 0);
	workdir_write(&p->dir, "config.yaml", text);
}

Test(issuer_serve, the_config_takes_effect_while_it_runs, .timeout = 60)
{
	AUTO(process) struct process p = process_prepare();
	AUTO(fake_api) struct fake_api *api = fake_api_new();
	AUTO(free) char *config = workdir_read(&p.dir, "config.yaml"), *log = NULL;

	fake_api_keys(api, "first second");
	process_follow(&p, fake_api_port(api));
	reviewing_await_figure(&p, KEYS("unknown") "2\n", true);
	reviewing_await_figure(&p, "claude_wif_issuer_keys_age_seconds", false);
	configure(&p, config, "first");
	reviewing_await_figure(&p, KEYS("unregistered") "1\n", true);
	reviewing_await_figure(&p, KEYS("registered") "1\n", true);
	reviewing_await_figure(&p, KEYS("unserved") "0\n", true);
	reviewing_await_figure(&p, KEYS("unknown"), false);
	reviewing_await_figure(&p, "\nclaude_wif_issuer_keys_age_seconds ", true);
	configure(&p, config, "second, first");
	reviewing_await_figure(&p, KEYS("registered") "2\n", true);
	cr_expect(eq(int, fake_api_count(api, FAKE_JWKS), 1), "without another question");
	cr_expect(eq(int, process_end(&p, SIGTERM), 0));
	log = workdir_read(&p.dir, "log");
	cr_expect(strstr(log, "\"keys of the issuer are not registered\",\"keys\":\"second\"") != NULL,
		  "%s", log);
	cr_expect(strstr(log, "\"all keys of the issuer are registered\"") != NULL, "%s", log);
}

static int forbid(void *ctx, const char *method, const char *target, const char *body, char **text)
{
	(void)ctx, (void)method, (void)target, (void)body, (void)text;
	return 403;
}

/* The ClusterRole of an older install: it is ready, and injects, all the same. */
Test(issuer_serve, without_the_right_to_read_them_all_else_goes_on, .timeout = 60)
{
	AUTO(process) struct process p = process_prepare();
	AUTO(fake_api) struct fake_api *api = fake_api_new();
	AUTO(free) char *config = workdir_read(&p.dir, "config.yaml"), *log = NULL;

	configure(&p, config, "first");
	fake_api_others(api, "/openid/", forbid, NULL);
	fake_api_put(api, FAKE_NAMESPACE, "", "n", "");
	fake_api_put(api, FAKE_ACCOUNT, "n", "web", "");
	process_follow(&p, fake_api_port(api));
	reviewing_await_ready(&p);
	reviewing_expect(&p, "n", "web", ASKS, "\"reason\":\"Injected\"");
	reviewing_await_figure(&p, "\nclaude_wif_issuer_keys_age_seconds +Inf\n", true);
	reviewing_await_figure(&p, "claude_wif_issuer_keys{", false);
	cr_expect(eq(int, process_end(&p, SIGTERM), 0));
	log = workdir_read(&p.dir, "log");
	cr_expect(strstr(log, "\"unable to read the issuer's keys\",\"status\":403") != NULL, "%s", log);
}
