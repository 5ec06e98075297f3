/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "config/config.h"
#include "inject/settings.h"
#include "tests/support/leaks.h"
#include "tests/support/text.h"

#define UUID "00000000-0000-0000-0000-000000000000"
#define IDS "organizationId: " UUID ", federationRuleId: fdrl_x, serviceAccountId: svac_x"
#define FED(more) "federations: {d: {" IDS more "}}\n"	/* one line */
#define WRITER "writer: {image: w:1}\n"
#define GOOD FED("") WRITER				/* two lines */
#define NAME "; use 1-63 of a-z0-9- without - at an end"

static int parse(const char *text, struct settings *s, struct err *e)
{
	*e = (struct err){ 0 };
	return config_parse(text, strlen(text), "config.yaml", s, e);
}

static void load(const char *path, struct settings *s)
{
	struct sys sys = sys_real();
	struct err e = { 0 };

	cr_assert(eq(int, config_load(&sys, path, s, &e), 0), "%s", e.msg);
}

Test(config, reads_every_key)
{
	AUTO(settings) struct settings s;
	const struct federation *f;

	settings_init(&s);
	load("tests/data/config/full.yaml", &s);
	cr_expect(eq(str, s.prefix, TEXT("wif.example.com")));
	cr_expect(eq(int, s.mode, MODE_INIT));
	cr_expect(eq(int, s.static_key, KEY_DENY));
	cr_assert(eq(sz, s.n_federations, 2));
	f = &s.federations[0];
	cr_expect(eq(str, f->name, TEXT("default")));
	cr_expect(eq(str, f->organization, TEXT("5f2d7c1e-0000-4000-8000-00000000000a")));
	cr_expect(eq(str, f->rule, TEXT("fdrl_01AbC")));
	cr_expect(eq(str, f->service_account, TEXT("svac_01AbC")));
	cr_expect(eq(str, f->workspace, TEXT("wrkspc_01AbC")));
	cr_expect(eq(str, f->audience, TEXT("https://claude.example.com")));
	cr_expect(eq(str, f->base_url, TEXT("https://gw.example.com:8443/anthropic")));
	cr_expect(eq(int, f->token_lifetime_s, 180));
	cr_expect(eq(int, strncmp(f->ca_bundle, "# the gateway's own CA\n-----BEGIN", 33), 0));
	cr_expect(eq(str, f->proxy, TEXT("http://proxy.example.com:3128")));
	cr_expect(eq(str, f->no_proxy, TEXT(".svc,10.0.0.0/8")));
	cr_expect(not(f->insecure));
	cr_expect(s.federations[1].insecure);
	cr_assert(eq(sz, s.n_policy, 2));
	cr_expect(eq(str, s.policy[0].namespaces.items[0], TEXT("team-*")));
	cr_expect(eq(str, s.policy[0].rules.items[0], TEXT("fdrl_*")));
	cr_expect(eq(str, s.policy[0].service_accounts.items[0], TEXT("svac_*")));
	cr_expect(eq(sz, s.policy[0].workspaces.len, 0));
	cr_expect(eq(str, s.policy[1].federations.items[0], TEXT("*")));
	cr_expect(eq(str, s.policy[1].workspaces.items[1], TEXT("wrkspc_a*")));
	cr_expect(eq(sz, s.policy[1].organizations.len, 1));
	cr_expect(eq(str, s.skip_containers.items[0], TEXT("sidecar-*")));
	cr_expect(eq(int, strncmp(s.image, "registry.example.com:5000/", 26), 0));
	cr_expect(eq(str, s.image_pull_policy, TEXT("Always")));
	cr_expect(eq(int, s.sidecar, SIDECAR_CLASSIC));
	cr_expect(eq(str, s.after.items[0], TEXT("mesh-proxy")));
	cr_expect(eq(str, s.cpu_request, TEXT("0.01")));
	cr_expect(eq(str, s.memory_request, TEXT("12Mi")));
	cr_expect(eq(str, s.cpu_limit, TEXT("1")));
	cr_expect(eq(str, s.memory_limit, TEXT("")));
	cr_assert(eq(sz, s.registered_keys.len, 2));
	cr_expect(eq(str, s.registered_keys.items[1], TEXT("-kid-2")));
	settings_fini(&s);
	NO_LEAKS();
}

Test(config, fills_in_what_is_not_said)
{
	AUTO(settings) struct settings s;
	const struct federation *f;

	settings_init(&s);
	load("tests/data/config/minimal.yaml", &s);
	f = &s.federations[0];
	cr_expect(eq(str, s.prefix, TEXT("wif.anthropic.com")));
	cr_expect(eq(int, s.mode, MODE_SIDECAR));
	cr_expect(eq(int, s.static_key, KEY_WARN));
	cr_expect(eq(str, f->workspace, TEXT("")));
	cr_expect(eq(str, f->audience, TEXT("https://api.anthropic.com")));
	cr_expect(eq(str, f->base_url, TEXT("https://api.anthropic.com")));
	cr_expect(eq(int, f->token_lifetime_s, 0));
	cr_expect(eq(str, f->ca_bundle, TEXT("")));
	cr_expect(eq(str, f->proxy, TEXT("")));
	cr_expect(eq(str, f->no_proxy, TEXT("")));
	cr_expect(eq(sz, s.n_policy, 0));
	cr_assert(eq(sz, s.skip_containers.len, 4));
	cr_expect(eq(str, s.skip_containers.items[3], TEXT("daprd")));
	cr_assert(eq(sz, s.after.len, 6));
	cr_expect(eq(str, s.after.items[5], TEXT("linkerd-proxy")));
	cr_expect(eq(str, s.image_pull_policy, TEXT("IfNotPresent")));
	cr_expect(eq(int, s.sidecar, SIDECAR_AUTO));
	cr_expect(eq(str, s.cpu_request, TEXT("1m")));
	cr_expect(eq(str, s.memory_request, TEXT("8Mi")));
	cr_expect(eq(str, s.cpu_limit, TEXT("")));
	cr_expect(eq(str, s.memory_limit, TEXT("32Mi")));
	cr_expect(eq(sz, s.registered_keys.len, 0));
}

static const char *const accepted[] = {
	GOOD,
	"{\"federations\":{\"d\":{\"organizationId\":\"" UUID "\",\"federationRuleId\":\"fdrl_x\","
	"\"serviceAccountId\":\"svac_x\"}},\"writer\":{\"image\":\"w\"}}",
	FED(", workspaceId: default") WRITER,
	FED(", workspaceId: \"\", caBundle: \"\", proxy: {https: \"\", no: \"\"}") WRITER,
	FED(", tokenLifetimeSeconds: 0") WRITER,
	FED(", tokenLifetimeSeconds: 86400") WRITER,
	FED(", baseUrl: \"http://[::1]:80\", insecure: true") WRITER,
	FED(", insecure: true, baseUrl: \"http://a\"") WRITER,
	GOOD "policy: []\n",
	GOOD "policy: [{namespaces: []}]\n",
	GOOD "policy: [{namespaces: [a, \"*\"], federations: [d], rules: [fdrl_a]}]\n",
	GOOD "skipContainers: []\n",
	FED("") "writer: {image: w, resources: {limits: {cpu: 64}, requests: {cpu: \"\"}}}\n",
	FED("") "writer: {image: w, resources: {limits: {memory: 8388608}}}\n",
	GOOD "issuer: {}\n",
	GOOD "issuer: {registeredKeys: []}\n",
	GOOD "issuer: {registeredKeys: [\"a\", _b-, \"1e3\"]}\n",
};

Test(config, accepts_what_is_allowed)
{
	for (size_t i = 0; i < COUNTOF(accepted); i++) {
		struct settings s;
		struct err e;

		settings_init(&s);
		cr_expect(eq(int, parse(accepted[i], &s, &e), 0), "%s\n%s", accepted[i], e.msg);
		settings_fini(&s);
	}
	NO_LEAKS();
}

static const struct {
	const char *text, *want; /* after "config.yaml:" */
} refused[] = {
	{"a secret of\nsome lines\n", "1: not a map; write \"key: value\" lines below it"},
	{"[]\n", "1: not a map; write \"key: value\" lines below it"},
	{WRITER, "1: federations is missing; use at least one, named default"},
	{"federations: {}\n" WRITER, "1: federations: empty; use at least one, named default"},
	{"federations: [d]\n" WRITER,
	 "1: federations: not a map; write \"key: value\" lines below it"},
	{"federations: {d: x}\n" WRITER,
	 "1: federations.d=\"x\": not a map; write \"key: value\" lines below it"},
	{"federations: {D_: {}}\n" WRITER, "1: federations.D_: not a federation's name" NAME},
	{"federations: {d: {}}\n" WRITER,
	 "1: federations.d: organizationId is missing; use 8-4-4-4-12 hexadecimal digits"},
	{"federations: {d: {organizationId: " UUID "}}\n" WRITER,
	 "1: federations.d: federationRuleId is missing; use fdrl_ followed by 1-128 of "
	 "A-Za-z0-9_-"},
	{"federations: {d: {organizationId: " UUID ", federationRuleId: fdrl_x}}\n" WRITER,
	 "1: federations.d: serviceAccountId is missing; use svac_ followed by 1-128 of "
	 "A-Za-z0-9_-"},
	{"federations:\n  d:\n    organizationId: x\n" WRITER,
	 "3: federations.d.organizationId=\"x\": not a UUID; use 8-4-4-4-12 hexadecimal digits"},
	{"federations:\n  default:\n    organizationId: " UUID "\n    federationRuleId: x\n" WRITER,
	 "4: federations.default.federationRuleId=\"x\": not a federation rule id; use fdrl_ "
	 "followed by 1-128 of A-Za-z0-9_-"},
	{"federations: {d: {organizationId: " UUID ", federationRuleId: fdrl_x, "
	 "serviceAccountId: svac_}}\n" WRITER,
	 "1: federations.d.serviceAccountId=\"svac_\": not a service account id; use svac_ "
	 "followed by 1-128 of A-Za-z0-9_-"},
	{FED(", federationRuleID: x") WRITER,
	 "1: federations.d.federationRuleID: unknown key; did you mean federationRuleId?"},
	{FED(", workspaceId: x") WRITER,
	 "1: federations.d.workspaceId=\"x\": not a workspace id; use default, or wrkspc_ "
	 "followed by 1-128 of A-Za-z0-9_-"},
	{FED(", workspaceId: ") WRITER,
	 "1: federations.d.workspaceId: no value; write \"\" or leave the key out"},
	{FED(", workspaceId: {a: b}") WRITER,
	 "1: federations.d.workspaceId: a map where one value is expected"},
	{FED(", audience: \"a b\"") WRITER,
	 "1: federations.d.audience=\"a b\": not an audience; use 1-256 printable characters "
	 "without blanks or quotes"},
	{FED(", audience: on") WRITER,
	 "1: federations.d.audience=\"on\": not text to every YAML reader; put it in quotes"},
	{FED(", audience: 0x1p3") WRITER,
	 "1: federations.d.audience=\"0x1p3\": not text to every YAML reader; put it in quotes"},
	{FED(", baseUrl: \"http://a\"") WRITER,
	 "1: federations.d.baseUrl=\"http://a\": not https; an assertion would travel in the "
	 "clear; use https, or set insecure: true for a test"},
	{FED(", baseUrl: \"https://a/\"") WRITER,
	 "1: federations.d.baseUrl=\"https://a/\": not a URL for this; use "
	 "https://host[:port][/path], no user, query or final /"},
	{FED(", tokenLifetimeSeconds: 179") WRITER,
	 "1: federations.d.tokenLifetimeSeconds=\"179\": too short for the kubelet to keep up "
	 "with; use a rule of 180..86400 seconds"},
	{FED(", tokenLifetimeSeconds: 86401") WRITER,
	 "1: federations.d.tokenLifetimeSeconds=\"86401\": not a token's lifetime; use seconds "
	 "in 180..86400, or 0 when it is unknown"},
	{FED(", tokenLifetimeSeconds: 1e3") WRITER,
	 "1: federations.d.tokenLifetimeSeconds=\"1e3\": not a token's lifetime; use seconds in "
	 "180..86400, or 0 when it is unknown"},
	{FED(", caBundle: x") WRITER,
	 "1: federations.d.caBundle=\"x\": not PEM; use one or more -----BEGIN CERTIFICATE----- "
	 "blocks"},
	{FED(", proxy: x") WRITER,
	 "1: federations.d.proxy=\"x\": not a map; write \"key: value\" lines below it"},
	{FED(", proxy: {http: x}") WRITER,
	 "1: federations.d.proxy.http: unknown key; did you mean https?"},
	{FED(", proxy: {https: \"http://u:secret@p\"}") WRITER,
	 "1: federations.d.proxy.https: not a proxy's URL; use http://host:port or "
	 "https://host:port, without a user"},
	{FED(", proxy: {no: \"a b\"}") WRITER,
	 "1: federations.d.proxy.no=\"a b\": not a list of hosts; use names, .suffixes and "
	 "addresses, comma-separated"},
	{FED(", insecure: yes") WRITER,
	 "1: federations.d.insecure=\"yes\": not a boolean; use true or false"},
	{FED(", insecure: \"true\"") WRITER,
	 "1: federations.d.insecure=\"true\": text; use true or false without quotes"},
	{GOOD "webhook: {}\n",
	 "3: webhook: unknown key; known here: prefix, defaults, federations, policy, "
	 "skipContainers, writer, issuer"},
	{GOOD "prefix: wif.example.com/\n",
	 "3: prefix=\"wif.example.com/\": not a prefix; use a domain name such as "
	 "wif.example.com, without /"},
	{GOOD "defaults: {mode: sidcar}\n",
	 "3: defaults.mode=\"sidcar\": not known here; use sidecar, init or env"},
	{GOOD "defaults: {staticKey: Warn}\n",
	 "3: defaults.staticKey=\"Warn\": not known here; use ignore, warn, remove or deny"},
	{GOOD "policy: {}\n", "3: policy: not a list; write [a, b], or \"- a\" lines below it"},
	{GOOD "policy: [{}]\n",
	 "3: policy[0]: namespaces is missing; use a-z0-9-. and * for any characters"},
	{GOOD "policy: [{namespaces: \"*\"}]\n",
	 "3: policy[0].namespaces=\"*\": not a list; write [a, b], or \"- a\" lines below it"},
	{GOOD "policy:\n- namespaces: [a]\n- namespaces: [a]\n  federations: [\"*\", e]\n",
	 "6: policy[1].federations[1]=\"e\": not one of the federations; use a name from there, "
	 "or a pattern with *"},
	{GOOD "policy: [{namespaces: [no]}]\n",
	 "3: policy[0].namespaces[0]=\"no\": not text to every YAML reader; put it in quotes"},
	{GOOD "policy: [{namespaces: [a], rules: [x]}]\n",
	 "3: policy[0].rules[0]=\"x\": not a federation rule id; use fdrl_ followed by 1-128 of "
	 "A-Za-z0-9_-"},
	{GOOD "policy: [{namespaces: [a], serviceAccounts: [\"svac_?*\"]}]\n",
	 "3: policy[0].serviceAccounts[0]=\"svac_?*\": not a pattern; use A-Za-z0-9._- and * for "
	 "any characters"},
	{GOOD "skipContainers: [[a]]\n",
	 "3: skipContainers[0]: a list where one value is expected"},
	{FED(""), "1: writer: image is missing; use a reference such as "
		  "registry.example/claude-wif/writer:1.0"},
	{FED("") "writer: {image: \"-x\"}\n",
	 "2: writer.image=\"-x\": not an image; use a reference such as "
	 "registry.example/claude-wif/writer:1.0"},
	{FED("") "writer: {image: w, imagePullPolicy: always}\n",
	 "2: writer.imagePullPolicy=\"always\": not known here; use IfNotPresent, Always or Never"},
	{FED("") "writer: {image: w, sidecar: on}\n",
	 "2: writer.sidecar=\"on\": not text to every YAML reader; put it in quotes"},
	{FED("") "writer: {image: w, after: [a_b]}\n",
	 "2: writer.after[0]=\"a_b\": not a container's name" NAME},
	{FED("") "writer: {image: w, resources: {limits: {memory: 32m}}}\n",
	 "2: writer.resources.limits.memory=\"32m\": not an amount of memory; use 1Mi..1Ti, or "
	 "\"\" for none"},
	{FED("") "writer: {image: w, resources: {requests: {cpu: 0}}}\n",
	 "2: writer.resources.requests.cpu=\"0\": not an amount of CPU; use 1m..64, or \"\" for "
	 "none"},
	{FED("") "writer: {image: w, resources: {requests: {memory: 64Mi}}}\n",
	 "2: writer: resources: the memory request 64Mi is over the limit 32Mi; use a limit that "
	 "holds it"},
	{GOOD "issuer: [a]\n", "3: issuer: not a map; write \"key: value\" lines below it"},
	{GOOD "issuer: {keys: [a]}\n", "3: issuer.keys: unknown key; known here: registeredKeys"},
	{GOOD "issuer:\n  registeredKeys: a\n",
	 "4: issuer.registeredKeys=\"a\": not a list; write [a, b], or \"- a\" lines below it"},
	{GOOD "issuer:\n  registeredKeys:\n  - a\n  - \"b c\"\n",
	 "6: issuer.registeredKeys[1]=\"b c\": not a key's id; use a kid as the cluster's "
	 "/openid/v1/jwks has it"},
	{GOOD "issuer: {registeredKeys: [1e3]}\n",
	 "3: issuer.registeredKeys[0]=\"1e3\": not text to every YAML reader; put it in quotes"},
};

Test(config, refuses_with_file_line_key_value_and_cure)
{
	for (size_t i = 0; i < COUNTOF(refused); i++) {
		AUTO(free) char *want = NULL;
		struct settings s;
		struct err e;

		settings_init(&s);
		cr_assert(ge(int, asprintf(&want, "config.yaml:%s", refused[i].want), 0));
		cr_expect(eq(int, parse(refused[i].text, &s, &e), -1), "%s", refused[i].text);
		cr_expect(eq(str, e.msg, want), "%s", refused[i].text);
		cr_expect(s.federations == NULL, "nothing is set after an error");
	}
	NO_LEAKS();
}

/* As many keys as there may be are taken, and one more is not; a kid may be so long. */
Test(config, bounds_the_keys_of_the_issuer)
{
	AUTO(buf) struct buf text;
	struct settings s;
	struct err e;

	buf_init(&text, 1 << 16);
	buf_addf(&text, GOOD "issuer: {registeredKeys: [%0128d", 7);
	for (int i = 1; i < SETTINGS_KEYS_MAX; i++)
		buf_adds(&text, ", k");
	buf_adds(&text, "]}\n");
	settings_init(&s);
	cr_assert(eq(int, parse(text.data, &s, &e), -1), "a number is no text");
	*strchr(text.data, '7') = 'k';
	cr_assert(eq(int, parse(text.data, &s, &e), 0), "%s", e.msg);
	cr_expect(eq(sz, s.registered_keys.len, SETTINGS_KEYS_MAX));
	settings_fini(&s);
	memcpy(strstr(text.data, "]}"), ",k", 2);
	buf_adds(&text, "]}\n");
	cr_expect(eq(int, parse(text.data, &s, &e), -1));
	cr_expect(eq(str, e.msg, TEXT("config.yaml:3: issuer.registeredKeys: more than 64; use the "
				      "keys that are in use")));
}

static void hash_of(const char *text, char out[17])
{
	AUTO(settings) struct settings s;
	struct err e;

	settings_init(&s);
	cr_assert(eq(int, parse(text, &s, &e), 0), "%s", e.msg);
	memcpy(out, s.hash, 17);
}

Test(config, hash_follows_the_meaning_and_nothing_else)
{
	static const char *const same[] = {
		"# a comment\n" GOOD,
		WRITER FED(""),
		GOOD "defaults: {mode: sidecar}\npolicy: []\n",
		FED(", tokenLifetimeSeconds: 0, audience: \"https://api.anthropic.com\"") WRITER,
		GOOD "issuer: {registeredKeys: [a]}\n", /* no pod is outdated by it */
	};
	static const char *const other[] = {
		GOOD "policy: [{namespaces: [a]}]\n",
		GOOD "policy: [{namespaces: [a, b]}]\n",
		GOOD "policy: [{namespaces: [ab]}]\n",
		GOOD "skipContainers: []\n",
		GOOD "defaults: {mode: init}\n",
		FED(", insecure: true") WRITER,
		FED(", tokenLifetimeSeconds: 600") WRITER,
		FED(", workspaceId: default") WRITER,
		FED("") "writer: {image: w:2}\n",
	};
	char base[17], hash[17], seen[COUNTOF(other)][17];

	hash_of(GOOD, base);
	cr_expect(eq(sz, strspn(base, "0123456789abcdef"), 16));
	for (size_t i = 0; i < COUNTOF(same); i++) {
		hash_of(same[i], hash);
		cr_expect(eq(str, hash, base), "%s", same[i]);
	}
	for (size_t i = 0; i < COUNTOF(other); i++) {
		hash_of(other[i], seen[i]);
		cr_expect(ne(str, seen[i], base), "%s", other[i]);
		for (size_t j = 0; j < i; j++)
			cr_expect(ne(str, seen[i], seen[j]), "%s%s", other[i], other[j]);
	}
}

Test(config, names_a_file_that_cannot_be_read)
{
	struct sys sys = sys_real();
	struct settings s;
	struct err e = { 0 };

	settings_init(&s);
	cr_assert(eq(int, config_load(&sys, "tests/data/config/absent.yaml", &s, &e), -1));
	cr_expect(eq(int, e.kind, ERR_IO));
	cr_expect(strstr(e.msg, "tests/data/config/absent.yaml") != NULL, "%s", e.msg);
}
