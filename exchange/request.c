/* SPDX-License-Identifier: Apache-2.0 */
#include "exchange/request.h"

#include <string.h>

#include "common/syntax.h"

#define TIMEOUT_DEFAULT_MS 30000
#define TIMEOUT_MAX_MS 300000

#define DIGITS "0123456789"
#define ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" DIGITS

/* A value as it stands in the text, and where to put it. */
typedef int set_fn(struct request *r, const char **field, char *value, struct err *e);

static int set_text(struct request *r, const char **field, char *value, struct err *e)
{
	(void)r, (void)e;
	*field = value;
	return 0;
}

/* A line holds a whole PEM file: '|', which PEM never has, stands for its newlines. */
static int set_pem(struct request *r, const char **field, char *value, struct err *e)
{
	(void)r, (void)e;
	for (char *p = value; (p = strchr(p, '|'));)
		*p++ = '\n';
	*field = value;
	return 0;
}

static int set_base_url(struct request *r, const char **field, char *value, struct err *e)
{
	size_t len = strlen(value);

	(void)r;
	while (len && value[len - 1] == '/')
		value[--len] = '\0';
	if (!syntax_url(value, true))
		return err_set(e, ERR_INVALID, 0,
			       "base-url is no plain URL; use https://HOST[:PORT][/PATH]");
	*field = value;
	return 0;
}

static int set_proxy(struct request *r, const char **field, char *value, struct err *e)
{
	(void)r;
	if (!syntax_url(value, false))
		return err_set(e, ERR_INVALID, 0,
			       "proxy is no proxy URL; use http://HOST[:PORT], without a user");
	*field = value;
	return 0;
}

static int set_insecure(struct request *r, const char **field, char *value, struct err *e)
{
	if (strcmp(value, "true") != 0)
		return err_set(e, ERR_INVALID, 0, "insecure is only ever true; leave the line out");
	r->insecure = true;
	*field = value;
	return 0;
}

static int set_timeout(struct request *r, const char **field, char *value, struct err *e)
{
	size_t len = strlen(value);

	if (len > 6 || strspn(value, DIGITS) != len || atoi(value) < 1 ||
	    atoi(value) > TIMEOUT_MAX_MS)
		return err_set(e, ERR_INVALID, 0, "timeout-ms is not a number from 1 to %d",
			       TIMEOUT_MAX_MS);
	r->timeout_ms = atoi(value);
	*field = value;
	return 0;
}

enum key {
	BASE_URL, FEDERATION_RULE, ORGANIZATION, SERVICE_ACCOUNT, WORKSPACE,
	CA_BUNDLE, CA_PEM, PROXY, NO_PROXY, INSECURE, TIMEOUT_MS, KEYS
};

static const struct {
	const char *name;
	set_fn *set;
	bool required;
} keys[KEYS] = {
	[BASE_URL] = { "base-url", set_base_url, true },
	[FEDERATION_RULE] = { "federation-rule", set_text, true },
	[ORGANIZATION] = { "organization", set_text, true },
	[SERVICE_ACCOUNT] = { "service-account", set_text, true },
	[WORKSPACE] = { "workspace", set_text, false },
	[CA_BUNDLE] = { "ca-bundle", set_text, false },
	[CA_PEM] = { "ca-pem", set_pem, false },
	[PROXY] = { "proxy", set_proxy, false },
	[NO_PROXY] = { "no-proxy", set_text, false },
	[INSECURE] = { "insecure", set_insecure, false },
	[TIMEOUT_MS] = { "timeout-ms", set_timeout, false },
};

static int parse_line(struct request *r, const char **fields, char *line, int number,
		      struct err *e)
{
	char *value = strchr(line, ' ');
	int key;

	if (!value)
		return err_set(e, ERR_INVALID, 0, "request line %d is not `key value`", number);
	*value++ = '\0';
	for (key = 0; key < KEYS; key++)
		if (!strcmp(line, keys[key].name))
			break;
	if (key == KEYS)
		return err_set(e, ERR_INVALID, 0, "request line %d has an unknown key", number);
	if (fields[key])
		return err_set(e, ERR_INVALID, 0, "request line %d repeats key %s", number, line);
	if (!*value)
		return err_set(e, ERR_INVALID, 0, "%s is empty; leave the line out", line);
	/* Comments in a PEM file may hold anything; the reader of PEM skips them. */
	for (const char *p = value; *p && key != CA_PEM; p++)
		if (*p < 0x20 || *p > 0x7e)
			return err_set(e, ERR_INVALID, 0, "%s is not printable ASCII", line);
	return keys[key].set(r, &fields[key], value, e);
}

/* All lines before the empty one; *rest is what follows it. */
static int parse_lines(char *text, char *end, struct request *r, const char **fields, char **rest,
		       struct err *e)
{
	for (int number = 1;; number++) {
		char *newline = memchr(text, '\n', (size_t)(end - text));

		if (!newline)
			return err_set(e, ERR_INVALID, 0, "the request has no empty line");
		*newline = '\0';
		if (strlen(text) != (size_t)(newline - text))
			return err_set(e, ERR_INVALID, 0, "request line %d has a NUL byte", number);
		if (newline == text)
			break;
		if (parse_line(r, fields, text, number, e) < 0)
			return -1;
		text = newline + 1;
	}
	*rest = text + 1;
	return 0;
}

static int check_assertion(const char *s, size_t len, struct err *e)
{
	if (!len || len > ASSERTION_MAX)
		return err_set(e, ERR_INVALID, 0, "the assertion has %zu bytes; 1 to %d are allowed",
			       len, ASSERTION_MAX);
	if (strspn(s, ALNUM "-_.") != len)
		return err_set(e, ERR_INVALID, 0, "the assertion is no JWT: a byte at %zu is neither "
						  "base64url nor a dot", strspn(s, ALNUM "-_."));
	return 0;
}

/* What no single line can tell. */
static int check_whole(const struct request *r, const char *const *fields, struct err *e)
{
	for (int key = 0; key < KEYS; key++)
		if (keys[key].required && !fields[key])
			return err_set(e, ERR_INVALID, 0, "the request has no %s", keys[key].name);
	if (!strncmp(r->base_url, "http://", 7)) {
		if (!r->insecure)
			return err_set(e, ERR_INVALID, 0, "base-url is http; use https, or allow it "
							  "with `insecure true`");
	} else if (!r->ca_bundle && !r->ca_pem) {
		return err_set(e, ERR_INVALID, 0, "an https base-url needs ca-bundle or ca-pem");
	}
	return check_assertion(r->assertion, r->assertion_len, e);
}

int request_parse(char *text, size_t len, struct request *out, struct err *e)
{
	struct request r = { .timeout_ms = TIMEOUT_DEFAULT_MS };
	const char *fields[KEYS] = { NULL };
	char *rest;

	if (parse_lines(text, text + len, &r, fields, &rest, e) < 0)
		return -1;
	r.base_url = fields[BASE_URL];
	r.federation_rule = fields[FEDERATION_RULE];
	r.organization = fields[ORGANIZATION];
	r.service_account = fields[SERVICE_ACCOUNT];
	r.workspace = fields[WORKSPACE];
	r.ca_bundle = fields[CA_BUNDLE];
	r.ca_pem = fields[CA_PEM];
	r.proxy = fields[PROXY];
	r.no_proxy = fields[NO_PROXY];
	r.assertion = rest;
	r.assertion_len = (size_t)(text + len - rest);
	if (check_whole(&r, fields, e) < 0)
		return -1;
	*out = r;
	return 0;
}

static void add_member(struct buf *out, const char *name, const char *value)
{
	if (!value)
		return;
	buf_addf(out, ",\"%s\":", name);
	buf_add_json(out, value, strlen(value));
}

void request_body(const struct request *r, struct buf *out)
{
	buf_adds(out, "{\"grant_type\":\"urn:ietf:params:oauth:grant-type:jwt-bearer\"");
	add_member(out, "assertion", r->assertion);
	add_member(out, "federation_rule_id", r->federation_rule);
	add_member(out, "organization_id", r->organization);
	add_member(out, "service_account_id", r->service_account);
	add_member(out, "workspace_id", r->workspace);
	buf_addc(out, '}');
}
