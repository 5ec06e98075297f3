/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "controller/apiversion.h"
#include "tests/controller/still.h"
#include "tests/controller/reviewing.h"
#include "tests/support/fake_api.h"
#include "tests/support/leaks.h"
#include "tests/support/text.h"
#include "tests/support/tls_client.h"

#define ASKS ",\"annotations\":{\"wif.anthropic.com/inject\":\"true\"}"
#define VERSION(major, minor) "{\"major\":\"" major "\",\"minor\":\"" minor "\",\"x\":1}"

struct stand {
	struct still still;
	struct apiversion version;
};

static void open_stand(struct stand *s)
{
	still_open(&s->still, open("/dev/null", O_WRONLY | O_CLOEXEC));
	apiversion_init(&s->version, &s->still.log);
}

Test(apiversion, native_from_1_32_on)
{
	static const struct {
		const char *text;
		enum sidecar_kind want;
	} rows[] = {
		{ VERSION("1", "31"), SIDECAR_CLASSIC }, { VERSION("1", "32"), SIDECAR_NATIVE },
		{ VERSION("1", "31+"), SIDECAR_CLASSIC }, { VERSION("1", "34+"), SIDECAR_NATIVE },
		{ VERSION("1", "9"), SIDECAR_CLASSIC },	 { VERSION("2", "0"), SIDECAR_NATIVE },
		{ VERSION("1", ""), SIDECAR_AUTO },	 { VERSION("x", "32"), SIDECAR_AUTO },
		{ VERSION("1", "99999"), SIDECAR_AUTO }, { "[]", SIDECAR_AUTO },
		{ "{\"major\":1,\"minor\":32}", SIDECAR_AUTO }, { "", SIDECAR_AUTO },
	};

	for (size_t i = 0; i < COUNTOF(rows); i++) {
		struct stand s;

		open_stand(&s);
		cr_assert(apiversion_due(&s.version));
		apiversion_answer(&s.version, 200, rows[i].text, "");
		cr_expect(eq(int, s.version.sidecar, rows[i].want), "%s", rows[i].text);
		cr_expect(s.version.answered);
		still_close(&s.still);
	}
	NO_LEAKS();
}

Test(apiversion, is_asked_for_again_and_what_fails_changes_nothing)
{
	struct stand s;

	open_stand(&s);
	cr_expect(apiversion_due(&s.version));
	cr_expect(not(apiversion_due(&s.version)), "one question at a time");
	apiversion_answer(&s.version, 0, NULL, "no route");
	cr_expect(not(s.version.answered));
	cr_expect(not(apiversion_due(&s.version)));
	still_pass_ms(&s.still, APIVERSION_RETRY_MS);
	cr_expect(apiversion_due(&s.version));
	apiversion_answer(&s.version, 200, VERSION("1", "30"), "");
	still_pass_ms(&s.still, APIVERSION_AGAIN_MS - 1);
	cr_expect(not(apiversion_due(&s.version)));
	still_pass_ms(&s.still, 1);
	cr_expect(apiversion_due(&s.version));
	apiversion_answer(&s.version, 500, "{}", "");
	cr_expect(eq(int, s.version.sidecar, SIDECAR_CLASSIC));
	still_pass_ms(&s.still, APIVERSION_RETRY_MS);
	cr_expect(apiversion_due(&s.version));
	apiversion_answer(&s.version, 200, VERSION("1", "32"), "");
	cr_expect(eq(int, s.version.sidecar, SIDECAR_NATIVE), "the control plane was upgraded");
	still_close(&s.still);
}

Test(apiversion, is_not_given_up_for_what_may_pass)
{
	static const int may_pass[] = { 0, 401, 429, 500, 503 };

	for (size_t i = 0; i < COUNTOF(may_pass); i++) {
		struct stand s;

		open_stand(&s);
		cr_expect(apiversion_due(&s.version));
		apiversion_answer(&s.version, may_pass[i], "{}", "");
		cr_expect(not(s.version.answered), "%d", may_pass[i]);
		still_close(&s.still);
	}
}

Test(apiversion, that_may_not_be_read_means_native)
{
	struct stand s;

	open_stand(&s);
	cr_expect(apiversion_due(&s.version));
	apiversion_answer(&s.version, 403, "{}", "");
	cr_expect(s.version.answered);
	cr_expect(eq(int, s.version.sidecar, SIDECAR_AUTO));
	still_close(&s.still);
}

/* How the writer is run in a pod that asks. */
static const char *sidecar_of(const struct process *p)
{
	AUTO(client) struct tls_client c = tls_client_open(p->port, true);
	static const char start[] = "\"patch\":\"";
	char head[2048], body[65536], *patch, *end;
	size_t len;

	reviewing_send(&c, "n", "web", ASKS);
	cr_assert(eq(int, tls_client_answer(&c, head, sizeof(head), body, sizeof(body), &len),
		     200));
	patch = strstr(body, start);
	cr_assert(patch != NULL, "%s", body);
	patch += strlen(start);
	end = strchr(patch, '"');
	len = (size_t)(end - patch);
	cr_assert(EVP_DecodeBlock((unsigned char *)body, (unsigned char *)patch, (int)len) > 0);
	body[len / 4 * 3] = '\0';
	return strstr(body, "\"restartPolicy\":\"Always\"") ? "native" :
	       strstr(body, "\"once\"")			   ? "classic" :
								     "neither";
}

static void expect_sidecar(const char *minor, const char *config, const char *want)
{
	AUTO(process) struct process p = process_prepare();
	AUTO(fake_api) struct fake_api *api = fake_api_new();
	AUTO(free) char *before = workdir_read(&p.dir, "config.yaml"), *text = NULL;

	cr_assert(asprintf(&text, "%s%s", before, config) > 0);
	workdir_write(&p.dir, "config.yaml", text);
	fake_api_minor(api, minor);
	fake_api_put(api, FAKE_NAMESPACE, "", "n", "");
	fake_api_put(api, FAKE_ACCOUNT, "n", "web", "");
	process_follow(&p, fake_api_port(api));
	reviewing_await_ready(&p);
	cr_expect(eq(int, fake_api_count(api, FAKE_VERSIONS), 1));
	cr_expect(eq(str, TEXT(sidecar_of(&p)), TEXT(want)));
	cr_expect(eq(int, process_end(&p, SIGTERM), 0));
}

Test(apiversion, decides_the_form_that_pods_get, .timeout = 60)
{
	expect_sidecar("34", "", "native");
	expect_sidecar("31", "", "classic");
}

Test(apiversion, does_not_count_when_the_config_decides, .timeout = 60)
{
	expect_sidecar("31", "  sidecar: native\n", "native");
	expect_sidecar("34", "  sidecar: classic\n", "classic");
}
