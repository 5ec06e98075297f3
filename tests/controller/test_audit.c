/* SPDX-License-Identifier: Apache-2.0 */

/* The audit trail that an answer leaves in the API server. */

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <jansson.h>
#include <string.h>

#include "config/config.h"
#include "controller/review.h"
#include "inject/settings.h"
#include "tests/support/leaks.h"
#include "tests/support/text.h"

#define WIF "wif.anthropic.com/"
#define ASKS(mode) "{\"" WIF "inject\":\"true\",\"" WIF "mode\":\"" mode "\"}"

static void find(void *ctx, enum inject_kind kind, const char *namespace_, const char *name,
		 struct inject_object *out)
{
	const char *namespace_says = ctx;

	(void)namespace_;
	(void)name;
	out->known = INJECT_BARE;
	if (kind != INJECT_NAMESPACE)
		return;
	out->known = INJECT_SAYS;
	out->text = namespace_says;
	out->len = strlen(namespace_says);
}

/*
 * The audit annotations of the answer to a pod with ANNOTATIONS in a Namespace whose label
 * injection is STATE; NULL for none; the caller frees. ALLOWED is the verdict.
 */
static json_t *audit_of(const char *state, const char *annotations, bool *allowed)
{
	AUTO(settings) struct settings settings;
	AUTO(jsonspan) struct jsonspan span;
	AUTO(buf) struct buf says, body, out;
	struct inject_around around = { .find = find };
	struct sys sys = sys_real();
	struct review about;
	struct err e = { 0 };
	json_t *answer, *response, *audit;

	settings_init(&settings);
	jsonspan_init(&span, REVIEW_VALUES_MAX, JSONSPAN_DEPTH_MAX);
	buf_init(&says, 4096);
	buf_init(&body, 1 << 16);
	buf_init(&out, 1 << 20);
	cr_assert(config_load(&sys, "tests/data/config/minimal.yaml", &settings, &e) == 0);
	buf_addf(&says, "{\"metadata\":{\"labels\":{\"" WIF "injection\":\"%s\"}}}", state);
	around.ctx = says.data;
	buf_addf(&body,
		 "{\"kind\":\"AdmissionReview\",\"apiVersion\":\"admission.k8s.io/v1\","
		 "\"request\":{\"uid\":\"u\",\"kind\":{\"kind\":\"Pod\"},\"operation\":\"CREATE\",\"namespace\":"
		 "\"n\",\"object\":{\"metadata\":{\"name\":\"p\",\"annotations\":%s},\"spec\":{"
		 "\"containers\":[{\"name\":\"a\",\"image\":\"i\"}]}}}}", annotations);
	cr_assert(review_answer(&settings, &around, &span, body.data, body.len, &about, &out, &e) ==
		  REVIEW_ANSWERED, "%s", e.msg);
	answer = json_loadb(out.data, out.len, JSON_REJECT_DUPLICATES, NULL);
	cr_assert(answer != NULL, "%s", out.data);
	response = json_object_get(answer, "response");
	*allowed = json_is_true(json_object_get(response, "allowed"));
	audit = json_incref(json_object_get(response, "auditAnnotations"));
	json_decref(answer);
	return audit;
}

static void is(const json_t *audit, const char *key, const char *want)
{
	const char *text = json_string_value(json_object_get(audit, key));

	cr_expect(eq(str, TEXT(text ? text : "(none)"), TEXT(want)), "%s", key);
}

Test(audit, names_the_identity_of_what_is_injected)
{
	bool allowed;
	json_t *audit = audit_of("enabled", ASKS("env"), &allowed);

	cr_expect(allowed);
	is(audit, "reason", "Injected");
	is(audit, "mode", "env");
	is(audit, "federation", "default");
	is(audit, "rule", "fdrl_x");
	is(audit, "service-account", "svac_x");
	is(audit, "observed", "(none)");
	json_decref(audit);
	NO_LEAKS();
}

Test(audit, says_what_would_have_happened_to_what_is_observed)
{
	bool allowed;
	json_t *audit = audit_of("observe", ASKS("init"), &allowed);

	cr_expect(allowed);
	is(audit, "reason", "ObservedInject");
	is(audit, "mode", "init");
	is(audit, "rule", "fdrl_x");
	is(audit, "service-account", "svac_x");
	is(audit, "observed",
	   "observe: would be injected (mode init, federation default); nothing was changed");
	json_decref(audit);
	audit = audit_of("observe", ASKS("sidcar"), &allowed);
	cr_expect(allowed);
	is(audit, "reason", "ObservedDeny");
	cr_expect(strstr(json_string_value(json_object_get(audit, "observed")),
			 "observe: would be refused: ") != NULL);
	json_decref(audit);
	NO_LEAKS();
}

Test(audit, names_the_reason_of_a_refusal)
{
	bool allowed;
	json_t *audit = audit_of("enabled", ASKS("sidcar"), &allowed);

	cr_expect(not(allowed));
	is(audit, "reason", "BadValue");
	json_decref(audit);
	NO_LEAKS();
}

Test(audit, has_nothing_of_a_pod_that_is_left_alone)
{
	bool allowed;
	json_t *audit = audit_of("enabled", "{\"" WIF "inject\":\"false\"}", &allowed);

	cr_expect(allowed);
	cr_expect(audit == NULL);
	NO_LEAKS();
}
