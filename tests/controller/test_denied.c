/* SPDX-License-Identifier: Apache-2.0 */

/* A refusal told on the object that wanted the pod: from the review to the API server. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "config/config.h"
#include "controller/review.h"
#include "inject/settings.h"
#include "tests/controller/reviewing.h"
#include "tests/support/fake_api.h"
#include "tests/support/leaks.h"
#include "tests/support/text.h"

#define WIF "wif.anthropic.com/"
#define BAD_MODE "\"annotations\":{\"" WIF "inject\":\"true\",\"" WIF "mode\":\"sidcar\"}"
#define REF(controller, name)                                                                      \
	"{\"apiVersion\":\"apps/v1\",\"kind\":\"ReplicaSet\",\"name\":\"" name                     \
	"\",\"uid\":\"u-1\",\"controller\":" controller "}"
#define OWNED ",\"ownerReferences\":[" REF("true", "web-5d9") "]," BAD_MODE

/* What a review says of a pod with METADATA, after it was denied. */
static struct review denied(const char *metadata, const char *request)
{
	AUTO(settings) struct settings settings;
	AUTO(jsonspan) struct jsonspan span;
	AUTO(buf) struct buf body, out;
	struct sys sys = sys_real();
	struct review about;
	struct err e = { 0 };

	settings_init(&settings);
	jsonspan_init(&span, REVIEW_VALUES_MAX, JSONSPAN_DEPTH_MAX);
	buf_init(&body, 1 << 20);
	buf_init(&out, 1 << 20);
	cr_assert(config_load(&sys, "tests/data/config/minimal.yaml", &settings, &e) == 0);
	buf_addf(&body,
		 "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\","
		 "\"request\":{\"uid\":\"u\",\"kind\":{\"kind\":\"Pod\"},\"operation\":\"CREATE\",\"namespace\":"
		 "\"n\"%s,\"object\":{\"metadata\":{\"generateName\":\"web-\",%s},\"spec\":{"
		 "\"containers\":[{\"name\":\"a\",\"image\":\"i\"}]}}}}", request, metadata);
	cr_assert(review_answer(&settings, NULL, &span, body.data, body.len, &about, &out, &e) == 0,
		  "%s", e.msg);
	return about;
}

Test(denied, the_owner_is_the_reference_that_controls)
{
	struct review about = denied("\"ownerReferences\":[" REF("false", "other") ",7,"
				     REF("true", "web-5d9") "]," BAD_MODE, "");

	cr_expect(eq(str, about.owner.name, TEXT("web-5d9")));
	cr_expect(eq(str, about.owner.kind, TEXT("ReplicaSet")));
	cr_expect(eq(str, about.owner.api_version, TEXT("apps/v1")));
	cr_expect(eq(str, about.owner.uid, TEXT("u-1")));
	cr_expect(eq(int, about.dry_run, false));
	cr_expect(strstr(about.message, "pod n/web-*: annotation") == about.message, "%s",
		  about.message);
	NO_LEAKS();
}

Test(denied, an_owner_that_is_not_whole_is_none)
{
	static const char *const rows[] = {
		"\"ownerReferences\":[" REF("false", "web") "],",
		"\"ownerReferences\":[" REF("\"true\"", "web") "],",
		"\"ownerReferences\":[" REF("true", "") "],",
		"\"ownerReferences\":[{\"controller\":true,\"name\":\"web\"}],",
		"\"ownerReferences\":{\"controller\":true},",
		"\"ownerReferences\":null,",
	};

	for (size_t i = 0; i < COUNTOF(rows); i++) {
		AUTO(buf) struct buf metadata;
		struct review about;

		buf_init(&metadata, 4096);
		buf_addf(&metadata, "%s%s", rows[i], BAD_MODE);
		about = denied(metadata.data, ",\"dryRun\":true");
		cr_expect(eq(str, about.owner.kind, TEXT("")), "%s", rows[i]);
		cr_expect(eq(str, about.owner.name, TEXT("")), "%s", rows[i]);
		cr_expect(eq(int, about.dry_run, true));
	}
	NO_LEAKS();
}

Test(denied, what_is_admitted_has_no_message)
{
	struct review about = denied("\"ownerReferences\":[" REF("true", "web") "]", "");

	cr_expect(eq(str, about.message, TEXT("")));
	cr_expect(eq(str, about.owner.name, TEXT("")));
}

Test(denied, becomes_an_event_that_no_review_waits_for, .timeout = 60)
{
	AUTO(process) struct process p = process_prepare();
	AUTO(fake_api) struct fake_api *api = fake_api_new();
	const char *event;

	fake_api_put(api, FAKE_NAMESPACE, "", "n", "");
	fake_api_put(api, FAKE_ACCOUNT, "n", "web", "");
	process_follow(&p, fake_api_port(api));
	reviewing_await_ready(&p);
	reviewing_expect(&p, "n", "web", "," BAD_MODE, "\"allowed\":false"); /* nobody's pod */
	reviewing_expect(&p, "n", "web", OWNED, "\"allowed\":false");
	fake_api_await(api, FAKE_WRITES, 1);
	event = fake_api_write(api, 0);
	cr_expect(strstr(event, "POST /api/v1/namespaces/n/events application/json\n{") == event,
		  "%s", event);
	cr_expect(strstr(event, "\"involvedObject\":{\"apiVersion\":\"apps/v1\",\"kind\":"
				"\"ReplicaSet\",\"namespace\":\"n\",\"name\":\"web-5d9\",\"uid\":"
				"\"u-1\"}") != NULL, "%s", event);
	cr_expect(strstr(event, "\"reason\":\"BadValue\"") != NULL, "%s", event);
	cr_expect(strstr(event, "use sidecar, init or env") != NULL, "%s", event);
	cr_expect(eq(int, process_end(&p, SIGTERM), 0));
	cr_expect(eq(int, fake_api_count(api, FAKE_WRITES), 1));
}

Test(denied, an_api_server_that_takes_no_events_changes_no_answer, .timeout = 60)
{
	AUTO(process) struct process p = process_prepare();
	AUTO(fake_api) struct fake_api *api = fake_api_new();

	fake_api_put(api, FAKE_NAMESPACE, "", "n", "");
	fake_api_put(api, FAKE_ACCOUNT, "n", "web", "");
	fake_api_refuse(api, 403);
	process_follow(&p, fake_api_port(api));
	reviewing_await_ready(&p);
	reviewing_expect(&p, "n", "web", OWNED, "use sidecar, init or env");
	fake_api_await(api, FAKE_WRITES, 1);
	reviewing_expect(&p, "n", "web", OWNED, "use sidecar, init or env");
	cr_expect(eq(int, process_end(&p, SIGTERM), 0));
}
