/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What pods, ServiceAccounts and Namespaces say under the prefix. Each line is one key: a letter
 * for the place, the key's name, "=" and the value, any bytes. Against an oracle of patterns: a
 * patch obeys the nearest value of each key and only good ones; no value becomes an address.
 */
#include <regex.h>
#include <stdio.h>
#include <string.h>

#include "inject/names.h"
#include "tests/fuzz/fuzz.h"
#include "tests/inject/golden.h"
#include "tests/inject/operator.h"
#include "tests/inject/properties.h"

#define PREFIX "wif.anthropic.com/"
#define ID "[A-Za-z0-9_-]{1,128}$"
#define HEX "[0-9A-Fa-f]"

enum { POD, ACCOUNT, NAMESPACE, OBJECTS };

struct objects {
	json_t *object[OBJECTS]; /* owned */
};

static const char pod_text[] =
	"{\"metadata\":{\"name\":\"web\",\"namespace\":\"team-a\",\"annotations\":{},"
	"\"labels\":{}},\"spec\":{\"containers\":[{\"name\":\"app\",\"image\":\"i\",\"env\":[{"
	"\"name\":\"ANTHROPIC_API_KEY\",\"value\":\"k\"}]},{\"name\":\"two\",\"image\":\"j\","
	"\"securityContext\":{\"runAsUser\":2000}}]}}";
static const char bare_text[] = "{\"metadata\":{\"annotations\":{},\"labels\":{}}}";

static json_t *map_of(const struct objects *o, char place)
{
	static const struct {
		char letter;
		int object;
		const char *map;
	} places[] = { { 'p', POD, "annotations" },	  { 'l', POD, "labels" },
		       { 's', ACCOUNT, "annotations" },	  { 'S', ACCOUNT, "labels" },
		       { 'n', NAMESPACE, "annotations" }, { 'N', NAMESPACE, "labels" } };

	for (size_t i = 0; i < COUNTOF(places); i++)
		if (places[i].letter == place)
			return json_object_get(json_object_get(o->object[places[i].object],
							       "metadata"), places[i].map);
	return NULL;
}

static void add_line(const struct objects *o, const char *line, size_t len)
{
	const char *equals = len ? memchr(line, '=', len) : NULL;
	json_t *map = equals ? map_of(o, line[0]) : NULL;
	char key[600];
	int n;

	if (!map || equals == line)
		return;
	n = snprintf(key, sizeof(key), PREFIX "%.*s", (int)(equals - line - 1), line + 1);
	if ((size_t)n >= sizeof(key))
		return;
	/* jansson refuses what is no UTF-8, as an API server does. */
	(void)json_object_set_new(map, key,
				  json_stringn(equals + 1, len - (size_t)(equals - line) - 1));
}

static struct objects read_objects(const uint8_t *data, size_t size)
{
	struct objects o = { { json_loads(pod_text, 0, NULL), json_loads(bare_text, 0, NULL),
			       json_loads(bare_text, 0, NULL) } };

	while (size) {
		const uint8_t *end = memchr(data, '\n', size);
		size_t len = end ? (size_t)(end - data) : size;

		add_line(&o, (const char *)data, len);
		data += len + !!end;
		size -= len + !!end;
	}
	return o;
}

static bool matches(const char *pattern, const json_t *value)
{
	const char *text = json_string_value(value);
	regex_t re;
	bool ok;

	MUST(regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB) == 0, "%s", pattern);
	ok = strlen(text) == json_string_length(value) && regexec(&re, text, 0, NULL, 0) == 0;
	regfree(&re);
	return ok;
}

/* The nearest object's value of KEY, or NULL. */
static const json_t *nearest(const struct objects *o, const char *key)
{
	static const char letters[OBJECTS] = { 'p', 's', 'n' };
	char full[100];
	const json_t *value = NULL;

	(void)snprintf(full, sizeof(full), PREFIX "%s", key);
	for (size_t i = 0; i < OBJECTS && !value; i++)
		value = json_object_get(map_of(o, letters[i]), full);
	return value;
}

/* Keys that every object may have, with a pattern of the values of design.md §4. */
static const struct {
	const char *key, *pattern, *audit, *preset; /* the audit field that shows it, or NULL */
} rows[] = {
	{ "mode", "^(sidecar|init|env)$", "mode", "sidecar" },
	{ "federation", "^(default|other)$", "federation", "default" },
	{ "federation-rule", "^fdrl_" ID, "rule", NULL },
	{ "service-account", "^svac_" ID, "serviceAccount", NULL },
	{ "workspace", "^default$|^wrkspc_" ID, NULL, NULL },
	{ "organization", "^" HEX "{8}-" HEX "{4}-" HEX "{4}-" HEX "{4}-" HEX "{12}$", NULL, NULL },
	{ "run-as-user", "^(0|[1-9][0-9]{0,9})$", NULL, NULL },
	{ "token-expiration", "^([6-9][0-9]{2}|[12][0-9]{3}|3[0-5][0-9]{2}|3600)$", NULL, NULL },
	{ "assertions", "^([1-9]|1[0-2])$", NULL, NULL },
};

static void check_obeyed(const struct objects *o, const json_t *answer)
{
	const json_t *audit = json_object_get(answer, "audit");

	for (size_t i = 0; i < COUNTOF(rows); i++) {
		const json_t *value = nearest(o, rows[i].key);
		const char *want = value ? json_string_value(value) : rows[i].preset;

		MUST(!value || matches(rows[i].pattern, value), "%s=%s is taken",
		     rows[i].key, want);
		if (rows[i].audit && want)
			MUST(!strcmp(properties_text(audit, rows[i].audit), want),
			     "%s: %s is not obeyed", rows[i].key, want);
	}
}

/* The only address in a patch is the operator's. */
static void check_addresses(const json_t *patch)
{
	static const char own[] = "\"" API_BASE_URL "\"";
	char *text = json_dumps(patch, 0), *at = text;

	for (; (at = strstr(at, "://")); at += 3)
		MUST(at >= text + 6 && !strncmp(at - 6, own, strlen(own)), "an address: %s", text);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(settings) struct settings set;
	struct objects o = read_objects(data, size);
	struct golden_around around = {
		.text = { [INJECT_SERVICE_ACCOUNT] = json_dumps(o.object[ACCOUNT], JSON_COMPACT),
			  [INJECT_NAMESPACE] = json_dumps(o.object[NAMESPACE], JSON_COMPACT) },
	};
	json_t *answer, *patch;
	char *fault;

	operator_settings("federation other\npolicy * federations=* rules=fdrl_* organizations=* "
			  "service-accounts=* workspaces=*", &set);
	answer = golden_run(o.object[POD], &set, &around);
	fault = properties_fault(o.object[POD], &set, &around, answer);
	MUST(!fault, "%s", fault);
	patch = json_object_get(answer, "patch");
	if (patch) {
		check_obeyed(&o, answer);
		check_addresses(patch);
	}
	json_decref(answer);
	for (size_t i = 0; i < OBJECTS; i++)
		json_decref(o.object[i]);
	golden_around_fini(&around);
	return 0;
}
